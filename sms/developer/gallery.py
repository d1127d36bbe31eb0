"""Made-up data for the gallery at /developer/components/, where every component stands in every state.

Nothing here reads the database, so the page looks the same on every machine and pictures of it can be compared.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.dateformat import format as format_date

from sms.core import clock

ICONS = [
    "house", "check", "book-open", "list-checks", "bell", "phone", "flag", "clock", "users", "calendar-days",
    "chart-column", "settings", "search", "download", "upload", "shield", "key-round", "log-out", "mail", "inbox",
]  # fmt: skip
COLOURS = ["ground", "surface", "sunken", "line", "line-2", "edge", "brand", "good", "warn", "bad"]
PATTERN = ["present", "present", "late", "present", "absent", "excused", "off", "none", "present", "open"]


@dataclass(frozen=True)
class Person:
    name: str

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2])


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As it shall stand on your certificate.")
    email = forms.EmailField(label="E-mail address")
    password = forms.CharField(widget=forms.PasswordInput)
    seats = forms.IntegerField(required=False)
    mission = forms.ChoiceField(choices=[("m3", "Mission 3 · Git"), ("m4", "Mission 4 · JavaScript basics")])
    starts_on = forms.DateField()
    opens_at = forms.TimeField()
    due_at = forms.DateTimeField()
    evidence = forms.FileField(required=False)
    outcome = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[(word, word) for word in ("Picked", "No answer", "Phone off", "Busy", "Wrong number", "Call later")],
        initial="Picked",
    )
    barriers = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=[(word, word) for word in ("Work", "Health", "Device", "Content too hard")],
        required=False,
    )
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label="I have read the guidelines", required=False)

    def clean(self) -> None:
        self.add_error(None, "This mission ended on 12 October. Choose one that is still running.")


def gallery() -> dict[str, Any]:
    now = clock.now()
    today = now.date()
    people = [Person(name) for name in ("Tanvir Hasan", "Mim Islam", "Rakib Ahmed", "Jannat Sultana", "Farhan Hossain")]
    return {
        "icons": ICONS,
        "colours": COLOURS,
        "people": people,
        "days": _days(today, 14),
        "day_statuses": ["present", "late", "absent", "excused", "none", "off", "open"],
        "today": today,
        "moments": [
            now + timedelta(hours=2, minutes=10),
            now + timedelta(days=3, hours=1),
            now - timedelta(minutes=5),
            now - timedelta(days=2, hours=1),
            now - timedelta(days=40),
        ],
        "tabs": [
            {"label": "Overview", "url": "#tabs", "current": True, "count": None},
            {"label": "Attendance", "url": "#tabs", "current": False, "count": None},
            {"label": "Assignments", "url": "#tabs", "current": False, "count": 3},
            {"label": "Calls", "url": "#tabs", "current": False, "count": 12},
        ],
        "timeline": [
            ("phone-missed", "No answer", "Nusrat · retry after 17:00", now - timedelta(hours=3)),
            ("mail", "E-mail “We miss you”", "opened", now - timedelta(days=1, hours=2)),
            ("flag", "Concern by mentor", "waits for your answer, due today", now - timedelta(days=4)),
        ],
        "bars": [
            {"label": "On track", "value": 1804, "tone": "good", "href": "#bar_chart"},
            {"label": "Watch", "value": 412, "tone": "warn"},
            {"label": "At risk", "value": 161, "tone": "bad"},
            {"label": "Critical", "value": 53, "tone": "bad"},
        ],
        "form": SampleForm(prefix="clean"),
        "form_with_keys": SampleForm(prefix="keys"),
        "form_with_errors": SampleForm({"wrong-email": "arif@", "wrong-outcome": "Busy"}, prefix="wrong"),
        "page": Paginator(range(240), 25).page(3),
        "rows": _rows(people, today),
    }


def _days(last: date, count: int) -> list[dict[str, Any]]:
    days = clock.days_until(last, count)
    statuses = [PATTERN[place % len(PATTERN)] for place in range(count)]
    return [
        {"on": on, "status": status, "label": f"{format_date(on, 'D j M')}: {status}"}
        for on, status in zip(days, statuses, strict=True)
    ]


def _rows(people: list[Person], today: date) -> list[dict[str, Any]]:
    risks = [("critical", "bad"), ("at risk", "bad"), ("watch", "warn"), ("on track", "good"), ("no data", "neutral")]
    return [
        {"person": person, "risk": risk, "tone": tone, "days": _days(today, 14), "attendance": 41 + 12 * place}
        for place, (person, (risk, tone)) in enumerate(zip(people, risks, strict=True))
    ]
