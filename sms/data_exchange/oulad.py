"""A real programme of the past: the Open University Learning Analytics Dataset as files of our own kinds.

Each presentation of a module becomes a batch with one mission; its assessments become assignments, its registrations
enrollments, its submissions submissions (Kuzilek, Hlosta, Zdrahal 2017, CC BY 4.0). The dataset counts days from the
start of a presentation and tells no times, names or addresses, so these are the readings of ours:

- presentations "B" begin on 1 February and "J" on 1 October, in London;
- work is due at the end of its day, an exam without a date on the last day of the presentation, and what was
  submitted on a day counts as handed in at noon;
- the weight of an assessment, rounded, stands as its points; its score is the grade, which is in percent on both sides;
- a result that is "banked" was carried over from an earlier presentation: it keeps its score and has no time here;
- who unregistered keeps the enrollment with its access revoked: a file of enrollments cannot end one on a day of the past.

Nothing is written around the import: the files go the way of any other file (management/commands/load_oulad.py).
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from sms.assignments.models import Assignment, Submission
from sms.core.problems import Refused
from sms.programme.actions import create_batch
from sms.programme.choices import BatchStatus
from sms.programme.models import Batch, Mission, MissionEnrollment

LONDON = ZoneInfo("Europe/London")
MONTH = {"B": 2, "J": 10}
END_OF_DAY, NOON = time(23, 59), time(12)
NO_DAY = ""

COLUMNS = {
    "courses.csv": {"code_module", "code_presentation", "module_presentation_length"},
    "assessments.csv": {"code_module", "code_presentation", "id_assessment", "assessment_type", "date", "weight"},
    "studentRegistration.csv": {"code_module", "code_presentation", "id_student", "date_unregistration"},
    "studentAssessment.csv": {"id_assessment", "id_student", "date_submitted", "is_banked", "score"},
}

Row = dict[str, str]


@dataclass(frozen=True)
class Presentation:
    """A module as it was taught once: AAA in 2013J."""

    module: str
    code: str
    days: int

    @property
    def batch(self) -> str:
        return f"{self.module}-{self.code}".lower()

    @property
    def mission(self) -> str:
        return self.module.lower()

    @property
    def title(self) -> str:
        return f"{self.module} {self.code}"

    @property
    def starts_on(self) -> date:
        return date(int(self.code[:-1]), MONTH[self.code[-1]], 1)

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=self.days)

    def moment(self, day: int, wall: time) -> str:
        return datetime.combine(self.starts_on + timedelta(days=day), wall, tzinfo=LONDON).isoformat()


@dataclass(frozen=True)
class Assessment:
    """A piece of work. `number` counts those of its type in the presentation, in the order in which they are due."""

    presentation: Presentation
    key: str
    type: str
    day: int
    points: int
    number: int

    @property
    def code(self) -> str:
        return f"{self.type}-{self.key}".lower()

    @property
    def title(self) -> str:
        return f"{self.type} {self.number}"


@dataclass(frozen=True)
class Counts:
    """What a dataset says there is, and what the site says."""

    enrollments: int
    assessments: int
    submissions: int

    def __str__(self) -> str:
        return f"{self.enrollments:,} enrollments, {self.assessments:,} assessments, {self.submissions:,} submissions"


class Dataset:
    """The folder with the CSV files. Reads them as often as asked; only the small ones are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, needed in COLUMNS.items():
            self._check(name, needed)

    @cached_property
    def presentations(self) -> dict[tuple[str, str], Presentation]:
        return {
            (row["code_module"], row["code_presentation"]): Presentation(
                row["code_module"], row["code_presentation"], int(row["module_presentation_length"])
            )
            for row in self._rows("courses.csv")
        }

    @cached_property
    def assessments(self) -> dict[str, Assessment]:
        rows = [(self._presentation_of(row), row) for row in self._rows("assessments.csv")]
        numbers: Counter[tuple[Presentation, str]] = Counter()
        found = {}
        for day, presentation, row in sorted(
            ((_day_due(presentation, row), presentation, row) for presentation, row in rows),
            key=lambda each: (each[1].title, each[0], int(each[2]["id_assessment"])),
        ):
            key, kind = row["id_assessment"], row["assessment_type"]
            numbers[presentation, kind] += 1
            points = int(Decimal(row["weight"]).quantize(Decimal(1), ROUND_HALF_UP))
            found[key] = Assessment(presentation, key, kind, day, points, numbers[presentation, kind])
        return found

    def registrations(self) -> Iterator[tuple[Presentation, str, bool]]:
        """Presentation, number of the student, and whether they unregistered."""
        for row in self._rows("studentRegistration.csv"):
            yield self._presentation_of(row), row["id_student"], row["date_unregistration"] != NO_DAY

    def submissions(self) -> Iterator[Row]:
        return self._rows("studentAssessment.csv")

    def counts(self) -> Counts:
        return Counts(
            enrollments=sum(1 for _ in self.registrations()),
            assessments=len(self.assessments),
            submissions=sum(1 for _ in self.submissions()),
        )

    def _presentation_of(self, row: Row) -> Presentation:
        return self.presentations[row["code_module"], row["code_presentation"]]

    def _check(self, name: str, needed: set[str]) -> None:
        try:
            with (self.folder / name).open(newline="", encoding="utf-8") as file:
                missing = needed - set(next(csv.reader(file), []))
        except OSError as error:
            raise Refused(f"{self.folder} has no {name}. Name the folder with the files of the dataset.") from error
        if missing:
            raise Refused(f"{name} lacks the columns {', '.join(sorted(missing))}. Is this the dataset?")

    def _rows(self, name: str) -> Iterator[Row]:
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)


def write_files(dataset: Dataset, folder: Path) -> dict[str, Path]:
    """The import files by their kind, in the order in which they are to be imported."""
    return {kind: _write(folder / f"{kind}.csv", rows(dataset)) for kind, rows in FILES.items()}


@transaction.atomic
def create_batches(dataset: Dataset) -> int:
    """The batches of the presentations, which no file of ours can make. Those that exist stay. Returns how many are new."""
    existing = set(Batch.objects.values_list("code", flat=True))
    new = [each for each in dataset.presentations.values() if each.batch not in existing]
    for presentation in new:
        create_batch(
            actor=None,
            code=presentation.batch,
            title=presentation.title,
            status=BatchStatus.COMPLETED,
            starts_on=presentation.starts_on,
            ends_on=presentation.ends_on,
            timezone=LONDON.key,
        )
    return len(new)


def counts_on_the_site(dataset: Dataset) -> Counts:
    """What the missions of these presentations hold now."""
    missions = Mission.objects.filter(batch__code__in=[each.batch for each in dataset.presentations.values()])
    return Counts(
        enrollments=MissionEnrollment.objects.filter(mission__in=missions).count(),
        assessments=Assignment.objects.filter(mission__in=missions).count(),
        submissions=Submission.objects.filter(assignment__mission__in=missions).count(),
    )


def email_of(student: str) -> str:
    return f"s{student}@oulad.example"


def missions(dataset: Dataset) -> Iterator[Row]:
    for presentation in dataset.presentations.values():
        yield {
            "batch": presentation.batch,
            "mission": presentation.mission,
            "title": f"Module {presentation.module}",
            "status": "completed",
            "starts_on": presentation.starts_on.isoformat(),
            "ends_on": presentation.ends_on.isoformat(),
        }


def students(dataset: Dataset) -> Iterator[Row]:
    for student in dict.fromkeys(student for _presentation, student, _has_left in dataset.registrations()):
        yield {
            "email": email_of(student),
            "name": f"Student {student}",
            "student_id": student,
            "timezone": LONDON.key,
        }


def enrollments(dataset: Dataset) -> Iterator[Row]:
    for presentation, student, has_left in dataset.registrations():
        yield {
            "email": email_of(student),
            "batch": presentation.batch,
            "mission": presentation.mission,
            "access": "revoked" if has_left else "full",
        }


def assignments(dataset: Dataset) -> Iterator[Row]:
    for assessment in dataset.assessments.values():
        presentation = assessment.presentation
        yield {
            "batch": presentation.batch,
            "mission": presentation.mission,
            "assignment": assessment.code,
            "title": assessment.title,
            "opens_at": presentation.moment(0, time.min),
            "due_at": presentation.moment(assessment.day, END_OF_DAY),
            "max_points": str(assessment.points),
        }


def submissions(dataset: Dataset) -> Iterator[Row]:
    for row in dataset.submissions():
        assessment = dataset.assessments[row["id_assessment"]]
        presentation = assessment.presentation
        is_banked = row["is_banked"] == "True"
        yield {
            "email": email_of(row["id_student"]),
            "batch": presentation.batch,
            "mission": presentation.mission,
            "assignment": assessment.code,
            "submitted_at": "" if is_banked else presentation.moment(int(row["date_submitted"]), NOON),
            "grade": row["score"],
        }


FILES: dict[str, Callable[[Dataset], Iterable[Row]]] = {
    "missions": missions,
    "students": students,
    "enrollments": enrollments,
    "assignments": assignments,
    "submissions": submissions,
}


def _day_due(presentation: Presentation, row: Row) -> int:
    return presentation.days if row["date"] == NO_DAY else int(row["date"])


def _write(path: Path, rows: Iterable[Row]) -> Path:
    rows = iter(rows)
    first = next(rows, None)
    with path.open("w", newline="", encoding="utf-8") as file:
        if first:
            writer = csv.DictWriter(file, fieldnames=list(first))
            writer.writeheader()
            writer.writerow(first)
            writer.writerows(rows)
    return path
