import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.core.list_page import Table


class MentorTable(Table):
    name = tables.TemplateColumn("{% person record detail=record.email %}", verbose_name=_("Mentor"))
    student_count = tables.TemplateColumn(
        template_name="mentoring/load_cell.html",
        verbose_name=_("Students in running missions"),
        attrs={"td": {"class": "number"}, "th": {"class": "number"}},
    )

    class Meta(Table.Meta):
        model = User
        fields = ("name", "student_count")

    def value_name(self, value: str) -> str:
        return value

    def value_student_count(self, value: int) -> int:
        return value
