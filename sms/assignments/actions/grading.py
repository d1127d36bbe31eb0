"""Grading one submission on its page, by the rubric of the assignment or by a plain percentage.

Each grade is a further row. Whoever grades names the grade that they saw: when somebody else was faster, they are told
what that grade is and decide anew, so that no grade replaces one that nobody looked at.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.assignments import gradebook
from sms.assignments.choices import GradeSource
from sms.assignments.models import Grade, GradePart, RubricCriterion, Submission
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.points.actions import request_recalculation

CENT = Decimal("0.01")
FULL_MARKS = 100


class GradedMeanwhile(Refused):
    """Somebody else has graded since the page was opened; `grade` is what they gave."""

    def __init__(self, sentence: str, grade: Grade) -> None:
        super().__init__(sentence)
        self.grade = grade


@transaction.atomic
def grade_submission(
    *,
    actor: User,
    submission: Submission,
    seen: int | None,
    percent: Decimal | None = None,
    points: Mapping[int, Decimal] | None = None,
    comment: str = "",
    private_note: str = "",
    reason: str = "",
) -> Grade:
    """Gives a grade: `points` by criterion where the assignment has a rubric, else `percent`.

    `seen` is the key of the grade that the person saw as the current one, None for none. A grade in place of another
    needs a reason. It is out at once unless the assignment holds its grades.
    """
    held = gradebook.hold_still([submission.assignment_id])
    _lock(submission)
    before = _current(submission)
    if (before.pk if before else None) != seen:
        raise GradedMeanwhile(_meanwhile(before), before)
    if before and before.percent is not None and not reason.strip():
        raise Refused(_("Say why you grade this again; the student’s first grade stays in the history."))
    criteria = list(submission.assignment.criteria.all())
    grade = Grade(
        submission=submission,
        percent=_percent_of(criteria, percent, points or {}),
        comment=comment.strip(),
        private_note=private_note.strip(),
        reason=reason.strip(),
        source=GradeSource.HAND,
        graded_by=actor,
        graded_at=clock.now(),
    )
    if before:
        Grade.objects.filter(pk=before.pk).update(is_current=False)
    grade.save(force_insert=True)
    GradePart.objects.bulk_create(GradePart(grade=grade, criterion=each, points=points[each.pk]) for each in criteria)
    if submission.assignment_id not in held:
        _let_out(submission, grade)
    data = {"after": grade.shown, "reason": grade.reason}
    if before:
        data["before"] = before.shown
    record(actor=actor, verb=gettext_noop("graded"), subject=submission, data=data)
    return grade


def _lock(submission: Submission) -> None:
    if not Submission.objects.select_for_update(of=("self",)).filter(pk=submission.pk).exists():
        raise Refused(_("This submission was taken out of the record meanwhile. It cannot be graded."))


def _current(submission: Submission) -> Grade | None:
    return Grade.objects.filter(submission=submission, is_current=True).select_related("graded_by").first()


def _meanwhile(grade: Grade) -> str:
    who = grade.graded_by.name if grade.graded_by else _("a file")
    return _(
        "Graded meanwhile by %(who)s: %(grade)s. Nothing of yours was saved. Keep that grade, or say why and grade again."
    ) % {"who": who, "grade": grade.shown or _("no grade any more")}


def _percent_of(criteria: Sequence[RubricCriterion], percent: Decimal | None, points: Mapping[int, Decimal]) -> Decimal:
    """Of all points of the rubric, the share that was earned; without a rubric the percentage that was given."""
    if {each.pk for each in criteria} != points.keys():
        raise Refused(_("The rubric was changed meanwhile. Open the page again and grade by the new one."))
    if any(not 0 <= points[each.pk] <= each.points for each in criteria):
        raise Refused(_("A criterion gives no fewer points than 0 and no more than it has."))
    if criteria:
        percent = FULL_MARKS * sum(points.values()) / sum(each.points for each in criteria)
    if percent is None or not 0 <= percent <= FULL_MARKS:
        raise Refused(_("A grade is a percentage from 0 to 100."))
    return Decimal(percent).quantize(CENT, ROUND_HALF_UP)


def _let_out(submission: Submission, grade: Grade) -> None:
    submission.grade = grade.percent
    submission.save(update_fields=["grade"])
    request_recalculation([submission.mission_enrollment_id])
