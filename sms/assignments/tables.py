import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.assignments.choices import Timeliness
from sms.assignments.list_sentences import done_sentence
from sms.assignments.models import Assignment, Extension, Submission, SubmissionList
from sms.core.columns import NUMBER, ActionsColumn, FragmentColumn, NumberColumn, StateColumn, StudentColumn, WhenColumn
from sms.core.list_page import Table


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


def in_time(submission: Submission) -> str:
    return str(Timeliness(submission.timeliness).label)


class SubmissionTable(Table):
    """Of submissions with their timeliness (queries.with_timeliness)."""

    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    state = StateColumn(
        "assignments/submission_state.html", verbose_name=_("State"), plain=Submission.get_state_display
    )
    submitted_at = WhenColumn(verbose_name=_("Handed in"))
    own_due_at = WhenColumn(verbose_name=_("Due"))
    timeliness = FragmentColumn("assignments/timeliness_cell.html", verbose_name=_("In time"), plain=in_time)
    grade = FragmentColumn("assignments/grade_cell.html", verbose_name=_("Grade"), attrs=NUMBER, plain=number_of_grade)
    recorded_at = WhenColumn(verbose_name=_("Recorded"))

    class Meta(Table.Meta):
        model = Submission
        fields = ("student", "state", "submitted_at", "own_due_at", "timeliness", "grade", "recorded_at")


def mark_of_draft(submission: Submission) -> float | None:
    return next((float(grade.percent) for grade in submission.current_grades), None)


class GradedSubmissionTable(SubmissionTable):
    """For those who grade: with the grade that was given, also where it is held, which leads to its page."""

    grade = FragmentColumn(
        "assignments/grading/given_cell.html",
        verbose_name=_("Grade"),
        attrs=NUMBER,
        empty_values=(),
        plain=mark_of_draft,
    )


class QueueTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    assignment = FragmentColumn(
        "assignments/grading/assignment_cell.html",
        verbose_name=_("Assignment"),
        order_by=("assignment__due_at", "assignment__title"),
        plain=lambda submission: str(submission.assignment),
    )
    state = StateColumn(
        "assignments/submission_state.html", verbose_name=_("State"), plain=Submission.get_state_display
    )
    waiting_since = WhenColumn(verbose_name=_("Waiting since"))
    action = ActionsColumn("assignments/grading/grade_button.html", verbose_name=_("Grade"))

    class Meta(Table.Meta):
        model = Submission
        fields = ("student", "assignment", "state", "waiting_since", "action")


class ExtensionTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    due_at = WhenColumn(verbose_name=_("Due"))
    reason = tables.Column(_("Reason"))
    granted_by = tables.Column(_("Given by"), order_by=("granted_by__name",))
    granted_at = WhenColumn(verbose_name=_("Given"))
    take_back = ActionsColumn("assignments/take_back_cell.html", verbose_name=_("Take back"))

    class Meta(Table.Meta):
        model = Extension
        fields = ("student", "due_at", "reason", "granted_by", "granted_at", "take_back")


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
