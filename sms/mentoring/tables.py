import django_tables2 as tables
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.core.columns import (
    FragmentColumn,
    NumberColumn,
    PercentColumn,
    PersonColumn,
    StateColumn,
    StudentColumn,
    WhenColumn,
)
from sms.core.list_page import Table
from sms.mentoring.choices import fullness
from sms.mentoring.models import MentorAssignment
from sms.programme.models import MissionEnrollment


def state_of(mentor: User) -> str:
    """How full the mentor is; or that they guide nobody any more, whatever they hold."""
    if not mentor.is_able:
        return gettext("not a mentor now") if mentor.is_active else gettext("cannot sign in")
    return fullness(mentor.load, mentor.capacity).label


class RosterTable(Table):
    """`queries.roster`, enriched by `queries.add_missions`."""

    name = PersonColumn(
        lambda record: {
            "shown": record,
            "detail": record.email,
            "page": reverse("mentoring:mentor", args=[record.pk]),
        },
        verbose_name=_("Mentor"),
        order_by=("name", "pk"),
    )
    state = StateColumn(
        "mentoring/state_badge.html",
        verbose_name=_("State"),
        order_by=("share", "name", "pk"),
        empty_values=(),
        extra_context=lambda record: {"mentor": record, "fullness": fullness(record.load, record.capacity)},
        plain=state_of,
    )
    load = NumberColumn(_("Students in running missions"), order_by=("load", "name", "pk"))
    capacity = NumberColumn(_("Capacity"), order_by=("capacity", "name", "pk"))
    share = PercentColumn(_("Of capacity"), order_by=("share", "name", "pk"))
    missions = FragmentColumn(
        "mentoring/missions_cell.html",
        verbose_name=_("Missions"),
        orderable=False,
        empty_values=(),
        plain=lambda record: ", ".join(f"{each['title']} {each['own_students']}" for each in record.missions),
    )

    class Meta(Table.Meta):
        model = User
        fields = ("name", "state", "load", "capacity", "share", "missions")


class OwnStudentTable(Table):
    """Whom a mentor guides, from their open assignments."""

    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    batch = tables.Column(_("Batch"), accessor="mission_enrollment__mission__batch")
    started_at = WhenColumn(verbose_name=_("Since"))

    class Meta(Table.Meta):
        model = MentorAssignment
        fields = ("student", "batch", "started_at")


class PastTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    started_at = WhenColumn(verbose_name=_("From"))
    ended_at = WhenColumn(verbose_name=_("Until"))
    ended_by = tables.Column(_("Ended by"), accessor="ended_by__name")
    reason = tables.Column(_("Reason"))

    class Meta(Table.Meta):
        model = MentorAssignment
        fields = ("student", "started_at", "ended_at", "ended_by", "reason")


class MissionStudentTable(Table):
    """The students of a mission, each with a box to tick."""

    student = FragmentColumn(
        "mentoring/ticked_student.html",
        verbose_name=_("Student"),
        accessor="enrollment__student__name",
    )
    mentors = FragmentColumn(
        "mentoring/mentor_names.html",
        verbose_name=_("Mentors"),
        orderable=False,
        empty_values=(),
        plain=lambda record: ", ".join(assignment.mentor.name for assignment in record.open_mentor_assignments),
    )

    class Meta(Table.Meta):
        model = MissionEnrollment
        fields = ("student", "mentors")
        order_by = ("student", "pk")
