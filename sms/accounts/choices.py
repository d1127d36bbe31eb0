"""States of a student and choices of the profile."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StudentStatus(TextChoices):
    WAITING = "waiting", _("waiting for approval")
    ACTIVE = "active", _("active")
    DECLINED = "declined", _("declined")
    LEFT = "left", _("left")


STUDENT_MOVES = {
    StudentStatus.WAITING: {StudentStatus.ACTIVE, StudentStatus.DECLINED},
    StudentStatus.DECLINED: {StudentStatus.ACTIVE},
    StudentStatus.ACTIVE: {StudentStatus.LEFT},
    StudentStatus.LEFT: {StudentStatus.ACTIVE},
}


class Contact(TextChoices):
    """What is masked until somebody reveals it, each by itself."""

    PHONE = "phone", _("phone")
    EMAIL = "email", _("e-mail address")


class Theme(TextChoices):
    AUTO = "auto", _("as the device")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")
