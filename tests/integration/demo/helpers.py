"""Building a demo at a moment that tests know, and looking at all that it wrote."""

from datetime import UTC, datetime

from sms.accounts.models import User
from sms.attendance.models import DailyRecord
from sms.audit.models import Event
from sms.core import clock
from sms.demo.build import build
from sms.mentoring.models import MentorAssignment
from sms.outreach.models import Call
from sms.points.models import LedgerEntry
from sms.programme.models import MissionEnrollment

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)  # a Sunday, 14:00 in Dhaka
A_FRIDAY = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def demo(students: int, seed: int = 12, at: datetime = NOW) -> None:
    with clock.frozen_at(at):
        build(students=students, seed=seed, progress=lambda step: None)


def contents() -> dict[str, object]:
    """Everything that the demo writes, without the keys that the database gives."""
    return {
        "people": sorted(User.objects.values_list("email", "name", "phone", "student_profile__city")),
        "days": sorted(
            DailyRecord.objects.values_list(
                "mission_enrollment__enrollment__student__email", "on", "status", "submitted_at"
            ),
            key=str,
        ),
        "points": sorted(
            # A meeting is referred to by its start and, behind the bar, its key, which is another one each time.
            (email, reference.partition("/")[0] if "-" in reference else "", points, at)
            for email, reference, points, at in LedgerEntry.objects.values_list(
                "mission_enrollment__enrollment__student__email", "reference", "points", "created_at"
            )
        ),
        "calls": sorted(
            Call.objects.values_list(
                "entry__mission_enrollment__enrollment__student__email", "started_at", "outcome", "notes"
            )
        ),
        "mentors": sorted(
            MentorAssignment.objects.values_list(
                "mentor__email", "mission_enrollment__enrollment__student__email", "started_at"
            )
        ),
        "events": sorted(Event.objects.values_list("at", "actor_name", "verb", "subject_label")),
    }


def person(account: str) -> User:
    return User.objects.get(email=f"{account}@example.com")


def enrolled(account: str) -> MissionEnrollment:
    return MissionEnrollment.objects.select_related("mission__batch", "mission__attendance_policy").get(
        mission__code="js-basics", enrollment__student=person(account)
    )
