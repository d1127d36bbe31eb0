"""Assigning mentors. The assignment and the grant that follows from it are one transaction.

`assign_pairs`, `end_pairs` and `remove_pairs` are the bulk forms, a handful of statements for any number of pairs
(mentor's key, mission enrollment's key); all other actions go through them.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from sms.accounts.models import User
from sms.audit.actions import record
from sms.authorization import grants
from sms.core import clock
from sms.core.problems import Refused
from sms.mentoring import moving, plan, queries, rows
from sms.mentoring.choices import Whom
from sms.mentoring.models import MentorAssignment, MentorCapacity
from sms.mentoring.rows import Pair
from sms.mentoring.tasks import tell_of_lost_students, tell_of_new_students
from sms.programme.models import Mission, MissionEnrollment


class PlanChanged(Refused):
    """What the person was shown is no longer what would happen. They are to be shown the new plan."""


class LastMentor(Refused):
    """The student would be left without a mentor, which somebody has to want."""


# --- Bulk forms


@transaction.atomic
def assign_pairs(*, actor: User | None, pairs: Iterable[Pair], site: str = "") -> int:
    """Gives students to mentors, who see them from now on. Returns how many assignments are new; twice adds nothing.

    With `site`, the address of this site (https://…/), each mentor who gets students is told by mail.
    """
    opened = _open(actor, set(pairs))
    if site:
        for mentor, missions in rows.by_mission(opened).items():
            tell_of_new_students(mentor, missions, site)
    return len(opened)


@transaction.atomic
def end_pairs(*, actor: User | None, pairs: Iterable[Pair], reason: str = "") -> int:
    """Ends the assignments; the mentors no longer see the students. Returns how many were open."""
    return len(_close(actor, set(pairs), reason))


@transaction.atomic
def remove_pairs(*, actor: User | None, pairs: Iterable[Pair]) -> int:
    """Takes back assignments that were opened by mistake, as if they had never been. Returns how many were open."""
    removed = rows.remove(pairs)
    grants.revoke(removed)
    _record(actor, gettext_noop("undid assignments of"), removed)
    return len(removed)


# --- One mentor, one assignment


@transaction.atomic
def assign_mentor(
    *, actor: User | None, mentor: User, mission_enrollments: Iterable[MissionEnrollment], site: str = ""
) -> int:
    """Gives the students to one mentor. Returns how many are new."""
    return assign_pairs(actor=actor, pairs=[(mentor.pk, student.pk) for student in mission_enrollments], site=site)


@transaction.atomic
def end_assignment(*, actor: User, assignment: MentorAssignment, even_the_last: bool = False, reason: str = "") -> None:
    """Ends one assignment. Ending it twice changes nothing.

    Raises LastMentor where it would leave a student of a running mission without a mentor, unless told that it may.
    """
    # Two people who end the last two mentors at once wait here for one another.
    MissionEnrollment.objects.select_for_update(no_key=True).get(pk=assignment.mission_enrollment_id)
    assignment = MentorAssignment.objects.get(pk=assignment.pk)
    if assignment.ended_at:
        return
    if not even_the_last and queries.is_last_mentor(assignment):
        raise LastMentor(_("Nobody else guides this student in this mission."))
    end_pairs(actor=actor, pairs=[(assignment.mentor_id, assignment.mission_enrollment_id)], reason=reason)


@transaction.atomic
def set_capacity(*, actor: User, mentor: User, students: int) -> None:
    """How many students a mentor can guide at once. Whoever guides more keeps them."""
    capacity, is_new = MentorCapacity.objects.select_for_update(no_key=True).get_or_create(
        mentor=mentor, defaults={"students": students}
    )
    before = None if is_new else capacity.students
    if before == students:
        return
    capacity.students = students
    capacity.save(update_fields=["students"])
    record(
        actor=actor,
        verb=gettext_noop("set the capacity of"),
        subject=mentor,
        data={"from": before, "to": students},
    )


# --- Plans that somebody has seen


@transaction.atomic
def distribute(
    *, actor: User | None, mission: Mission, mentors: Collection[User], whom: Whom, fingerprint: str, site: str = ""
) -> plan.Plan:
    """Shares the students of a mission out evenly, as the plan with this fingerprint showed."""
    chosen = _hold(mentors, of=mission)
    agreed = plan.even(students=queries.seen_in(mission, actor), mentors=chosen, whom=whom)
    _check_unchanged(agreed, fingerprint)
    assign_pairs(actor=actor, pairs=agreed.pairs, site=site)
    return agreed


@transaction.atomic
def assign_chosen(
    *, actor: User, mission: Mission, students: QuerySet[MissionEnrollment], mentor: User, fingerprint: str, site: str
) -> plan.Plan:
    """Gives chosen students to a mentor, as the plan with this fingerprint showed."""
    [chosen] = _hold([mentor], of=mission)
    agreed = plan.by_hand(students=students, mentor=chosen)
    _check_unchanged(agreed, fingerprint)
    assign_pairs(actor=actor, pairs=agreed.pairs, site=site)
    return agreed


@transaction.atomic
def reassign(
    *,
    actor: User,
    mentor: User,
    students: QuerySet[MissionEnrollment],
    to: Collection[User],
    fingerprint: str,
    reason: str = "",
    site: str = "",
) -> plan.Plan:
    """Hands students of a mentor over to others, with all that moves along, as the plan with this fingerprint showed.

    With `site`, the old mentor and the new ones are told by mail.
    """
    if mentor in to:
        raise Refused(_("Choose somebody other than %(name)s.") % {"name": mentor})
    chosen = _hold(to, besides=mentor)
    agreed = plan.handover(mentor=mentor, students=students, to=chosen)
    _check_unchanged(agreed, fingerprint)
    leaving = agreed.successors
    _check_students(student for _mentor, student in agreed.pairs)  # before the assignments, like everyone else
    ended = _close(actor, {(mentor.pk, student) for student in leaving}, reason)
    if len(ended) != len(leaving):
        raise PlanChanged(_changed())
    _open(actor, set(agreed.pairs))
    moving.move(actor=actor, mentor=mentor, successors=leaving)
    if site and ended:
        tell_of_lost_students(mentor.pk, rows.by_mission(ended)[mentor.pk], site)
        for successor, missions in rows.by_mission((new, student) for student, new in leaving.items()).items():
            tell_of_new_students(successor, missions, site, former_id=mentor.pk)
    return agreed


@transaction.atomic
def reconcile_grants() -> tuple[int, int]:
    """Brings the grants to what the open assignments say. Returns how many were added and removed."""
    should, are = queries.open_pairs(), grants.all_pairs()
    grants.grant(should - are)
    grants.revoke(are - should)
    return len(should - are), len(are - should)


@transaction.atomic
def end_assignments_of(*, actor: User | None, mission_enrollment_ids: Iterable[int]) -> int:
    """Ends every open assignment to these students, who have left their missions. Returns how many."""
    left = queries.open_assignments().filter(mission_enrollment__in=list(mission_enrollment_ids))
    pairs = left.values_list("mentor_id", "mission_enrollment_id")
    return end_pairs(actor=actor, pairs=pairs, reason=_("The student left the mission."))


@transaction.atomic
def resume_assignments_of(*, actor: User | None, mission_enrollment_ids: Iterable[int]) -> int:
    """Gives students whose leaving was taken back the mentors whom they had until then. Returns how many assignments."""
    return assign_pairs(actor=actor, pairs=queries.last_pairs_of(mission_enrollment_ids))


# --- Parts


def _open(actor: User | None, pairs: Collection[Pair]) -> list[Pair]:
    _check_mentors({mentor for mentor, _student in pairs})
    _check_students(student for _mentor, student in pairs)
    opened = rows.open_new(pairs, at=clock.now(), by=actor.pk if actor else None)
    grants.grant(opened)
    _record(actor, gettext_noop("assigned students to"), opened)
    return opened


def _close(actor: User | None, pairs: Collection[Pair], reason: str) -> list[Pair]:
    ended = rows.close(pairs, at=clock.now(), by=actor.pk if actor else None, reason=reason)
    grants.revoke(ended)
    _record(actor, gettext_noop("ended assignments of"), ended, {"reason": reason} if reason else {})
    return ended


def _record(actor: User | None, verb: str, pairs: Collection[Pair], data: dict[str, str] | None = None) -> None:
    """One event a mentor, with the number of students."""
    numbers = Counter(mentor for mentor, _student in pairs)
    for mentor in User.objects.filter(pk__in=numbers).order_by("pk"):
        record(actor=actor, verb=verb, subject=mentor, data={"students": numbers[mentor.pk], **(data or {})})


def _check_students(keys: Iterable[int]) -> None:
    gone = rows.not_there(keys)
    if gone:
        sentence = ngettext(
            "%(n)d of the students is no longer in the mission. Nobody was assigned.",
            "%(n)d of the students are no longer in the mission. Nobody was assigned.",
            len(gone),
        )
        raise Refused(sentence % {"n": len(gone)})


def _check_mentors(keys: set[int]) -> None:
    strangers = keys - set(queries.mentors().filter(pk__in=keys).values_list("pk", flat=True))
    if strangers:
        names = [str(person) for person in User.objects.filter(pk__in=strangers).order_by("name", "pk")]
        sentence = ngettext(
            "%(names)s is not a mentor who can sign in. Give them the role, or reactivate them, first.",
            "%(names)s are not mentors who can sign in. Give them the role, or reactivate them, first.",
            len(strangers),
        )
        raise Refused(sentence % {"names": ", ".join(names) or _("Somebody who no longer exists")})


def _hold(mentors: Collection[User], *, of: Mission | None = None, besides: User | None = None) -> list[User]:
    """The mentors with their load, by name. Until the end of the transaction, others who share out students to any
    of them, or those of the mission, wait.
    """
    if of:
        Mission.objects.select_for_update(no_key=True).get(pk=of.pk)
    keys = {mentor.pk for mentor in mentors}
    held = keys | {besides.pk} if besides else keys
    list(User.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk"))
    _check_mentors(keys)
    return list(queries.with_load(queries.mentors().filter(pk__in=keys), of=of))


def _check_unchanged(agreed: plan.Plan, fingerprint: str) -> None:
    if agreed.fingerprint != fingerprint:
        raise PlanChanged(_changed())


def _changed() -> str:
    return _("Something has changed since you looked. Nobody was assigned. Look at the new plan and confirm it.")
