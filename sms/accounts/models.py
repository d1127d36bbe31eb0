"""People. Everyone signs in with an e-mail address; what they may do follows from their roles.

A student who registers by themself is `waiting`: they can sign in, but hold no role, and so see
nothing but their profile until staff approve them (domain.md, "Roles").
"""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from sms.accounts.choices import StudentStatus, Theme
from sms.core import clock
from sms.core.fields import TimezoneField, clean_email, masked_email, masked_phone, readable_phone, zone_of


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=clean_email(email))


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("Someone with this address exists already.")}
    )
    name = models.CharField(_("name"), max_length=200)
    phone = models.CharField(
        _("phone"), max_length=20, blank=True, help_text=_("With country code, like +8801712345678.")
    )
    timezone = TimezoneField()
    language = models.CharField(_("language"), max_length=8, default="en")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.AUTO)
    notify_by_email = models.BooleanField(_("e-mail me about what concerns me"), default=True)
    notify_of_deadlines = models.BooleanField(_("remind me of deadlines"), default=True)
    active_role_key = models.CharField(max_length=40, blank=True, editable=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_users", _("See the people of the site")),
            ("manage_users", _("Create, edit and deactivate people")),
            ("approve_students", _("Approve students who registered themselves")),
            ("reveal_contacts", _("Reveal phone numbers and addresses of students")),
            ("edit_students", _("Edit the contacts and data of students")),
            ("invite_people", _("Invite people by e-mail")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar."""
        words = self.name.split() or [self.email]
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    @property
    def readable_phone(self) -> str:
        return readable_phone(self.phone)

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.phone)

    @property
    def masked_email(self) -> str:
        return masked_email(self.email)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name else self.email


class StudentProfile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="student_profile")
    student_id = models.CharField(_("student number"), max_length=40, null=True, blank=True, unique=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=StudentStatus.choices, default=StudentStatus.WAITING, db_index=True
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)
