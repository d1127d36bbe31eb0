"""Assigning mentors. The assignment and the grant that follows from it are one transaction."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record, record_many
from sms.authorization import grants
from sms.core import clock
from sms.core.problems import Refused
from sms.mentoring.models import MentorAssignment
from sms.mentoring.queries import open_assignments, open_pairs
from sms.programme.models import MissionEnrollment

BULK = 5_000


@transaction.atomic
def assign_mentor(*, actor: User | None, mentor: User, mission_enrollments: Iterable[MissionEnrollment]) -> None:
    """Gives the students to a mentor, who sees them from now on. Bulk form; twice changes nothing."""
    if not mentor.has_perm("mentoring.view_own_students"):
        raise Refused(_("%(name)s is not a mentor. Give them the role first.") % {"name": mentor})
    mission_enrollments = list(mission_enrollments)
    MentorAssignment.objects.bulk_create(
        [
            MentorAssignment(mission_enrollment=mission_enrollment, mentor=mentor, started_at=clock.now())
            for mission_enrollment in mission_enrollments
        ],
        ignore_conflicts=True,
        batch_size=BULK,
    )
    grants.grant((mentor.pk, mission_enrollment.pk) for mission_enrollment in mission_enrollments)
    record(
        actor=actor,
        verb=gettext_noop("assigned students to"),
        subject=mentor,
        data={"students": len(mission_enrollments)},
    )


@transaction.atomic
def end_assignment(*, actor: User, assignment: MentorAssignment) -> None:
    """Ends one assignment; the mentor no longer sees the student. Ending it twice changes nothing."""
    assignment = MentorAssignment.objects.select_for_update().get(pk=assignment.pk)
    if assignment.ended_at:
        return
    assignment.ended_at = clock.now()
    assignment.save(update_fields=["ended_at"])
    grants.revoke([(assignment.mentor_id, assignment.mission_enrollment_id)])
    record(actor=actor, verb=gettext_noop("ended the assignment"), subject=assignment)


@transaction.atomic
def reconcile_grants() -> tuple[int, int]:
    """Brings the grants to what the open assignments say. Returns how many were added and removed."""
    should, are = open_pairs(), grants.all_pairs()
    grants.grant(should - are)
    grants.revoke(are - should)
    return len(should - are), len(are - should)


@transaction.atomic
def end_assignments_of(*, actor: User | None, mission_enrollment_ids: Iterable[int]) -> int:
    """Ends every open assignment to these students, who have left their missions. Returns how many."""
    ended = list(
        open_assignments()
        .filter(mission_enrollment__in=list(mission_enrollment_ids))
        .select_related("mentor", "mission_enrollment__enrollment__student", "mission_enrollment__mission")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    MentorAssignment.objects.filter(pk__in=[each.pk for each in ended]).update(ended_at=clock.now())
    grants.revoke((each.mentor_id, each.mission_enrollment_id) for each in ended)
    record_many(actor=actor, verb=gettext_noop("ended the assignment"), subjects=ended)
    return len(ended)
