"""What can be chosen when students are shared out, and how full a mentor is."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Whom(TextChoices):
    """Who is shared out in an even distribution."""

    MENTORLESS = "mentorless", _("only students without a mentor")
    ALL = "all", _("everyone whom none of these mentors guides yet")


class Fullness(TextChoices):
    """How full a mentor is. UNDER begins below UNDER_PERCENT of the capacity."""

    OVER = "over", _("over capacity")
    FULL = "full", _("full")
    ROOM = "room", _("has room")
    UNDER = "under", _("much room")


UNDER_PERCENT = 50

TONE = {Fullness.OVER: "bad", Fullness.FULL: "brand", Fullness.ROOM: "good", Fullness.UNDER: "warn"}
BAR_TONE = TONE | {Fullness.ROOM: "brand"}


def fullness(load: int, capacity: int) -> Fullness:
    if load > capacity:
        return Fullness.OVER
    if load == capacity:
        return Fullness.FULL
    return Fullness.UNDER if load * 100 < capacity * UNDER_PERCENT else Fullness.ROOM
