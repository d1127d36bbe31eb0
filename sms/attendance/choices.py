"""Attendance of a day: its states and kinds."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from sms.programme.choices import MissionStatus


class DayStatus(TextChoices):
    PRESENT = "present", _("present")
    LATE = "late", _("late")
    EXCUSED = "excused", _("excused")
    ABSENT = "absent", _("absent")


ATTENDED = (DayStatus.PRESENT, DayStatus.LATE)


class DayKind(TextChoices):
    ORIENTATION = "orientation", _("orientation")
    REGULAR = "regular", _("regular")
    REVISION = "revision", _("revision")


KIND_BY_MISSION_STATUS = {
    MissionStatus.UPCOMING: DayKind.ORIENTATION,
    MissionStatus.ACTIVE: DayKind.REGULAR,
    MissionStatus.COMPLETED: DayKind.REVISION,
}


class WindowState(TextChoices):
    OFF = "off", _("no attendance on this day")
    BEFORE = "before", _("not open yet")
    OPEN = "open", _("open")
    LATE = "late", _("open, counts as late")
    CLOSED = "closed", _("closed")


class MeetingWay(TextChoices):
    CODE = "code", _("code that the host shows")
    LINK = "link", _("link, without a code")


class MeetingState(TextChoices):
    SCHEDULED = "scheduled", _("scheduled")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


MEETING_MOVES = {
    MeetingState.SCHEDULED: {MeetingState.OPEN, MeetingState.CLOSED, MeetingState.CANCELLED},
    MeetingState.OPEN: {MeetingState.CLOSED, MeetingState.CANCELLED},
    MeetingState.CLOSED: set(),
    MeetingState.CANCELLED: set(),
}


class MeetingDoor(TextChoices):
    """Whether a student can submit a meeting at an instant."""

    BEFORE = "before", _("not yet")
    WAITING = "waiting", _("waiting for the host")
    OPEN = "open", _("open")
    LATE = "late", _("open, counts as late")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


DOORS_TO_SUBMIT = (MeetingDoor.OPEN, MeetingDoor.LATE)


class TapState(TextChoices):
    PENDING = "pending", _("in review")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class TapOutcome(TextChoices):
    """What became of a tap that arrived after the fact."""

    RECORDED = "recorded", _("recorded")
    REVIEW = "review", _("in review")
    REFUSED = "refused", _("refused")


class ExcuseState(TextChoices):
    PENDING = "pending", _("waiting")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Whom(TextChoices):
    """Of whom a mark of a whole day speaks."""

    ALL = "all", _("Everyone in the mission")
    WITHOUT = "without", _("Those without a record")
    ABSENT = "absent", _("Those who are absent")
