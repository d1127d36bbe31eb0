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
