"""What marking a day of many students would change."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from sms.accounts.models import User
from sms.attendance.choices import DayStatus, Whom
from sms.attendance.models import BulkMark, DailyRecord
from sms.programme import queries as programme
from sms.programme.models import Mission


class Change(NamedTuple):
    mission_enrollment_id: int
    before: str | None


@dataclass(frozen=True)
class Plan:
    """Whose day changes, from what. Two plans with one fingerprint change the same days of the same students."""

    on: date
    status: str
    changes: list[Change]
    unchanged: int

    @property
    def fingerprint(self) -> str:
        return _hashed((self.on.isoformat(), str(self.status), [tuple(change) for change in self.changes]))

    @property
    def status_label(self) -> str:
        return str(DayStatus(self.status).label)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """(status before or "none", how it is called, how many)."""
        numbers = Counter(change.before for change in self.changes)
        return [
            (status or "none", str(DayStatus(status).label) if status else "", number)
            for status, number in numbers.most_common()
        ]


def fingerprint_of(statuses: Mapping[int, str | None]) -> str:
    """Stands for what is recorded of whom, so that what is confirmed is what was shown."""
    return _hashed(sorted((pk, status and str(status)) for pk, status in statuses.items()))


def _hashed(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def plan_of_mark(user: User, mission: Mission, *, on: date, status: str, whom: str, mentor: User | None = None) -> Plan:
    """Of those who took part on the day and whom the person may see, perhaps of one mentor's students only.

    One's own day is marked by somebody else.
    """
    record = DailyRecord.objects.filter(mission_enrollment=OuterRef("pk"), on=on)
    students = (
        programme.visible_to(user)
        .filter(Q(left_on=None) | Q(left_on__gt=on), mission=mission, joined_on__lte=on)
        .exclude(access="revoked")
        .exclude(enrollment__student=user)
    )
    if mentor:
        students = students.filter(pk__in=programme.assigned_to(mentor).values("pk"))
    rows = (
        students.annotate(before=Subquery(record.values("status")[:1]))
        .filter(WHOM[whom])
        .order_by("pk")
        .values_list("pk", "before")
    )
    rows = list(rows)
    changes = [Change(pk, before) for pk, before in rows if before != status]
    return Plan(on, status, changes, len(rows) - len(changes))


WHOM = {Whom.ALL: Q(), Whom.WITHOUT: Q(before=None), Whom.ABSENT: Q(before=DayStatus.ABSENT)}


def marks_of(mission: Mission) -> QuerySet[BulkMark]:
    """What was marked at once, newest first."""
    return mission.bulk_marks.select_related("marked_by", "undone_by").defer("before")
