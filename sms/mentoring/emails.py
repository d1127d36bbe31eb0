"""Mail to mentors about whom they guide: numbers and a link, never a student's name or contact."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from sms.accounts.models import User
from sms.programme.models import Mission

Missions = Sequence[tuple[int, int]]  # (mission's key, number of students)


def send_new_students(mentor_id: int, missions: Missions, *, site: str, former_id: int | None = None) -> None:
    former = User.objects.filter(pk=former_id).first()
    _send("new_students", mentor_id, missions, site, former=former)


def send_lost_students(mentor_id: int, missions: Missions, *, site: str) -> None:
    _send("lost_students", mentor_id, missions, site)


def _send(name: str, mentor_id: int, missions: Missions, site: str, **words: Any) -> None:
    """Sends nothing to whoever cannot sign in or wants no mail."""
    mentor = User.objects.filter(pk=mentor_id, is_active=True, notify_by_email=True).first()
    if mentor is None:
        return
    numbers = dict(missions)
    found = Mission.objects.filter(pk__in=numbers).select_related("batch").order_by("batch", "order")
    words |= {
        "user": mentor,
        "missions": [(mission, numbers[mission.pk]) for mission in found],
        "students": sum(numbers.values()),
        "link": urljoin(site, reverse("dashboards:mentor-home")),
    }
    with translation.override(mentor.language):
        send_mail(
            subject=render_to_string(f"mentoring/email/{name}_subject.txt", words).strip(),
            message=render_to_string(f"mentoring/email/{name}_message.txt", words),
            from_email=None,
            recipient_list=[mentor.email],
        )
