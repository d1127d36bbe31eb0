"""What every student of the Open University dataset should have in points: a second computation, from its CSV files alone.

It shares no code with the site, neither the import nor the rules nor the statement that books, so what both agree on is
not one mistake made once. It says again, in plain Python, how the dataset is read (sms/data_exchange/oulad.py) and what
an imported assignment gives when nobody sets anything: it takes late work without an end and takes nothing from it.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

ON_TIME, LATE = 10, 5
MONTH_OF = {"B": 2, "J": 10}

Taken = tuple[str, str, str]  # module, presentation, number of the student


def totals(folder: Path) -> dict[Taken, int]:
    """The points of every registration, those without any included."""
    lengths = {
        (course["code_module"], course["code_presentation"]): int(course["module_presentation_length"])
        for course in rows(folder, "courses")
    }
    work = {assessment["id_assessment"]: assessment for assessment in rows(folder, "assessments")}
    points = {
        (each["code_module"], each["code_presentation"], each["id_student"]): 0
        for each in rows(folder, "studentRegistration")
    }
    for result in rows(folder, "studentAssessment"):
        assessment = work[result["id_assessment"]]
        module, presentation = assessment["code_module"], assessment["code_presentation"]
        due_on = int(assessment["date"] or lengths[module, presentation])
        is_late = result["is_banked"] == "False" and (
            moment(presentation, int(result["date_submitted"]), time(12)) > moment(presentation, due_on, time(23, 59))
        )
        points[module, presentation, result["id_student"]] += LATE if is_late else ON_TIME
        if result["score"]:
            points[module, presentation, result["id_student"]] += grade_points(assessment["weight"], result["score"])
    return points


def moment(presentation: str, day: int, wall: time) -> datetime:
    """A time of day in London, so many days after the presentation began; in UTC, where moments compare as they passed."""
    began = date(int(presentation[:4]), MONTH_OF[presentation[4]], 1)
    return datetime.combine(began + timedelta(days=day), wall, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)


def grade_points(weight: str, score: str) -> int:
    return half_up(half_up(Decimal(weight)) * Decimal(score) / 100)


def half_up(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
