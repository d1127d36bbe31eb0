"""The rubric of an assignment.

As soon as a grade was given by it, its criteria and their points stand: a percentage that somebody reads must be the
sum that they see beside it. The words may still be made clearer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.assignments.models import Assignment, GradeRelease, RubricCriterion
from sms.assignments.queries import is_graded_by_rubric
from sms.audit.actions import record
from sms.core.problems import Refused
from sms.programme.copying import Copy


@dataclass(frozen=True)
class Criterion:
    """One row of a rubric; `pk` is None for a new one."""

    pk: int | None
    title: str
    points: int
    description: str = ""


@transaction.atomic
def set_rubric(*, actor: User | None, assignment: Assignment, criteria: Sequence[Criterion]) -> None:
    """Gives the assignment these criteria, in this order; none of them for plain grades."""
    # Whoever grades shares a lock on the assignment, so the rubric does not change under their hands.
    Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    before = {each.pk: each.points for each in assignment.criteria.all()}
    if {each.pk for each in criteria if each.pk} - before.keys():
        raise Refused(_("Somebody else has changed this rubric meanwhile. Open the page again."))
    if {each.pk: each.points for each in criteria} != before and is_graded_by_rubric(assignment):
        raise Refused(
            _(
                "Grades were given by this rubric, so its criteria and their points stand. You can still change the words."
            )
        )
    assignment.criteria.exclude(pk__in=[each.pk for each in criteria if each.pk]).delete()
    rows = [
        RubricCriterion(
            pk=each.pk,
            assignment=assignment,
            order=order,
            title=each.title,
            description=each.description,
            points=each.points,
        )
        for order, each in enumerate(criteria, start=1)
    ]
    RubricCriterion.objects.bulk_update([row for row in rows if row.pk], ["order", "title", "description", "points"])
    RubricCriterion.objects.bulk_create(row for row in rows if not row.pk)
    data = {"criteria": len(criteria), "points": sum(each.points for each in criteria)}
    record(actor=actor, verb=gettext_noop("set the rubric of"), subject=assignment, data=data)


@transaction.atomic
def copy_grading(*, actor: User | None, copy: Copy) -> None:
    """Gives the work of a duplicated batch the rubrics of the old one, and holds grades where the old one ever did."""
    new = {
        (each.mission_id, each.code): each
        for each in Assignment.objects.filter(mission__in=[mission.pk for mission in copy.missions.values()])
    }
    counterpart = {
        each.pk: new[copy.missions[each.mission_id].pk, each.code]
        for each in Assignment.objects.filter(mission__in=copy.missions)
    }
    RubricCriterion.objects.bulk_create(
        RubricCriterion(
            assignment=counterpart[each.assignment_id],
            order=each.order,
            title=each.title,
            description=each.description,
            points=each.points,
        )
        for each in RubricCriterion.objects.filter(assignment__in=counterpart)
    )
    GradeRelease.objects.bulk_create(
        GradeRelease(assignment=counterpart[each.assignment_id])
        for each in GradeRelease.objects.filter(assignment__in=counterpart)
    )
