"""Reading about people's accounts."""

from functools import lru_cache
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from sms.accounts.choices import StudentStatus
from sms.accounts.models import User

REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


def address_is_taken(email: str) -> bool:
    """Whether it is someone's address. One that somebody only asked to change to stays free for its owner."""
    return User.objects.filter(email=email).exists() or EmailAddress.objects.is_verified(email)


def sessions_of(user: User) -> QuerySet[UserSession]:
    """Where the person is signed in, the newest first."""
    return UserSession.objects.filter(user=user).order_by("-created_at")


@lru_cache(maxsize=1)
def timezone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every timezone of a place as (region, [(name, place), …]), and UTC; short and historic names are left out."""
    places: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for name in sorted(available_timezones()):
        region, _slash, place = name.partition("/")
        if place and region in places:
            places[region].append((name, place.replace("_", " ").replace("/", ", ")))
    return [*places.items(), ("UTC", [("UTC", "UTC")])]


def registered_students() -> QuerySet[User]:
    """Students whom staff may approve or decline, or have just decided on. Who has left comes back by an edit."""
    registered = User.objects.filter(student_profile__isnull=False, is_active=True)
    return registered.exclude(student_profile__status=StudentStatus.LEFT).select_related("student_profile")
