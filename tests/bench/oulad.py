"""Points of the Open University programme that was loaded before, beside the second computation of tests/oulad_points.py.

Prints one JSON object a figure.
"""

import json
import time

from django.db.models import Sum
from django.db.models.functions import Coalesce

from sms.points.actions import recalculate_unequal
from sms.points.models import LedgerEntry
from sms.programme.models import MissionEnrollment
from tests.bench.surroundings import OULAD
from tests.oulad_points import Taken, totals


def main() -> None:
    begun = time.perf_counter()
    recalculate_unequal(MissionEnrollment.objects.all())
    seconds = time.perf_counter() - begun
    booked, expected = totals_of_the_ledger(), totals(OULAD)
    figures = {
        "recalculation": seconds,
        "entries": LedgerEntry.objects.count(),
        "students": len(expected),
        "points": sum(expected.values()),
        "wrong": sum(booked.get(student) != expected.get(student) for student in booked.keys() | expected.keys()),
    }
    for name, value in figures.items():
        print(json.dumps({"name": name, "value": value}), flush=True)


def totals_of_the_ledger() -> dict[Taken, int]:
    """What each student of each presentation has, by the names that the dataset gives them."""
    booked = MissionEnrollment.objects.annotate(points=Coalesce(Sum("ledger_entries__points"), 0)).values_list(
        "mission__batch__title", "enrollment__student__student_profile__student_id", "points"
    )
    return {(*title.split(), student): points for title, student, points in booked}
