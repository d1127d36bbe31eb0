"""Until when a day may be changed, and by whom. Everything that sets a day by hand asks here.

A day that is locked, or older than the mission gives for corrections, is frozen for everyone but whoever holds
attendance.correct_locked. Mentors have a limit of their own, where the mission lets them correct at all.
What the system does by itself, and what students submit in time, is bound by no limit.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sms.accounts.models import User
from sms.attendance.models import AttendancePolicy

OF_STAFF = ("attendance.correct_record", "attendance.mark_many", "attendance.manage_policy")


@dataclass(frozen=True)
class Limits:
    """What a mission allows. Without a policy nothing is locked, and mentors correct nothing."""

    locked_until: date | None = None
    days: int | None = None
    mentors_days: int | None = None

    @classmethod
    def of(cls, policy: AttendancePolicy) -> "Limits":
        return cls(
            policy.locked_until,
            policy.corrections_until_days,
            policy.mentors_until_days if policy.mentors_may_correct else None,
        )

    def why_locked(self, actor: User | None, on: date, today: date) -> str:
        """The sentence that says why a day is frozen for the person and who may change it; empty when it is not."""
        if actor is None or actor.has_perm("attendance.correct_locked"):
            return ""
        day = date_format(on, "j F Y")
        if self.locked_until and on <= self.locked_until:
            return _("%(day)s is locked: ask a manager or an admin to change it.") % {"day": day}
        if self.days is not None and on < today - timedelta(days=self.days):
            return _("%(day)s is too long ago to be changed: ask a manager or an admin.") % {"day": day}
        return ""

    def why_frozen(self, actor: User | None, on: date, today: date) -> str:
        """The same for whoever sets the day by hand, which mentors may within limits of their own."""
        if actor is None or actor.has_perm("attendance.correct_locked"):
            return ""
        if locked := self.why_locked(actor, on, today):
            return locked
        if any(actor.has_perm(permission) for permission in OF_STAFF):
            return ""
        if self.mentors_days is None:
            return _("Mentors do not correct days in this mission: ask an SRE.")
        if on < today - timedelta(days=self.mentors_days):
            return _("%(day)s is too long ago for a mentor to change it: ask an SRE.") % {
                "day": date_format(on, "j F Y")
            }
        return ""
