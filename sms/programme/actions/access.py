"""Changing what students may do in a mission."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record_many
from sms.core import bulk, clock
from sms.core.problems import Refused
from sms.core.sentences import listed
from sms.programme.choices import Access
from sms.programme.models import AccessChange, MissionEnrollment

LONGEST_REASON = AccessChange._meta.get_field("reason").max_length


@transaction.atomic
def change_access(
    *, actor: User | None, mission_enrollments: Iterable[MissionEnrollment], access: str, reason: str
) -> int:
    """Sets the access of students to their missions and keeps both values with the reason. Bulk form.

    Who has this access already is passed over. Returns how many changed.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_("Give a reason: the student and your colleagues will ask for it."))
    if len(reason) > LONGEST_REASON:
        raise Refused(_("Keep the reason within %(n)d characters.") % {"n": LONGEST_REASON})
    if access not in Access.values:
        raise Refused(_("“%(access)s” is no kind of access.") % {"access": access})
    before = _changing(mission_enrollments, access)
    moment = clock.now()
    bulk.insert(
        AccessChange,
        ["mission_enrollment_id", "before", "after", "reason", "changed_by_id", "changed_at"],
        (
            (each.pk, value, access, reason, actor.pk if actor else None, moment)
            for value, changing in before.items()
            for each in changing
        ),
    )
    changed = [each.pk for changing in before.values() for each in changing]
    MissionEnrollment.objects.filter(pk__in=changed).update(access=access)
    for value, changing in before.items():
        record_many(
            actor=actor,
            verb=gettext_noop("changed the access of"),
            subjects=changing,
            data={"before": value, "after": access, "reason": reason},
        )
    return len(changed)


def _changing(mission_enrollments: Iterable[MissionEnrollment], access: str) -> dict[str, list[MissionEnrollment]]:
    """Those whose access is another one, locked, by what it is now."""
    rows = list(
        MissionEnrollment.objects.filter(pk__in=[each.pk for each in mission_enrollments])
        .select_related("enrollment__student", "mission")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    gone = [row.enrollment.student for row in rows if row.left_on]
    if gone:
        raise Refused(
            _("%(names)s left the mission, so there is no access to change. Reload the page.") % {"names": listed(gone)}
        )
    before: dict[str, list[MissionEnrollment]] = defaultdict(list)
    for row in rows:
        if row.access != access:
            before[row.access].append(row)
    return before
