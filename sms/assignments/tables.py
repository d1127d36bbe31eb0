from datetime import datetime

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.assignments.models import Assignment, Submission, SubmissionList
from sms.assignments.sentences import done_sentence
from sms.core.columns import NUMBER, FragmentColumn, NumberColumn, StateColumn, StudentColumn, WhenColumn
from sms.core.list_page import Table


def own_submission(assignment: Assignment) -> datetime | str:
    """When the student handed it in; where nobody wrote that down, that they did."""
    return next((own.submitted_at or own.get_state_display() for own in reversed(assignment.handed_in)), "")


def number_of_grade(submission: Submission) -> float | None:
    return None if submission.grade is None else float(submission.grade)


class AssignmentTable(Table):
    title = FragmentColumn("assignments/title_cell.html", verbose_name=_("Assignment"))
    mission = tables.Column(_("Mission"), order_by=("mission__order", "day"))
    opens_at = WhenColumn(verbose_name=_("Opens"))
    due_at = WhenColumn(verbose_name=_("Due"))
    max_points = NumberColumn(_("Points"))

    class Meta(Table.Meta):
        model = Assignment
        fields = ("title", "mission", "day", "opens_at", "due_at", "max_points")


class CountedAssignmentTable(AssignmentTable):
    """For staff: with the number of submissions, which leads to them."""

    submission_count = FragmentColumn("assignments/count_cell.html", verbose_name=_("Submissions"), attrs=NUMBER)


class OwnAssignmentTable(AssignmentTable):
    """For a student: with what they handed in."""

    handed_in = FragmentColumn(
        "assignments/handed_in_cell.html", verbose_name=_("Handed in"), orderable=False, plain=own_submission
    )


class SubmissionTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    state = StateColumn(
        "assignments/submission_state.html", verbose_name=_("State"), plain=Submission.get_state_display
    )
    submitted_at = WhenColumn(verbose_name=_("Handed in"))
    grade = FragmentColumn("assignments/grade_cell.html", verbose_name=_("Grade"), attrs=NUMBER, plain=number_of_grade)
    recorded_at = WhenColumn(verbose_name=_("Recorded"))

    class Meta(Table.Meta):
        model = Submission
        fields = ("student", "state", "submitted_at", "grade", "recorded_at")


class SubmissionListTable(Table):
    """The history of submission lists."""

    assignment = FragmentColumn(
        "assignments/lists/title_cell.html", verbose_name=_("List"), order_by="assignment__title", plain=str
    )
    state = StateColumn(
        "assignments/lists/state_cell.html", verbose_name=_("State"), plain=SubmissionList.get_state_display
    )
    counts = tables.Column(_("What it did"), orderable=False)
    pasted_by = tables.Column(_("Who"), order_by="pasted_by__name", default=_("Somebody who is gone"))
    pasted_at = WhenColumn(verbose_name=_("When"))

    class Meta(Table.Meta):
        model = SubmissionList
        fields = ("assignment", "state", "counts", "pasted_by", "pasted_at")

    def render_counts(self, record: SubmissionList) -> str:
        return done_sentence(record)
