from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.core.columns import NumberColumn, PersonColumn
from sms.core.list_page import Table


class MentorTable(Table):
    name = PersonColumn(lambda record: {"shown": record, "detail": record.email}, verbose_name=_("Mentor"))
    student_count = NumberColumn(_("Students in running missions"))

    class Meta(Table.Meta):
        model = User
        fields = ("name", "student_count")
