"""`make bench`: builds the demo at full size in a database of its own and measures the site against its goals."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.report import Result, below, none_of, table, write_json
from tests.bench.surroundings import (
    OULAD,
    PROJECT_ROOT,
    PYTHON,
    administration,
    describe,
    environment_of_site,
    manage,
    running,
    scratch_databases,
    server_url,
    with_database,
)

STUDENTS, FEW_STUDENTS = 3_000, 240  # few, but no list may be empty
REPEATS = 5
SLOWEST_SHOWN = 5
OUTPUT = PROJECT_ROOT / "bench.json"


def main() -> int:
    begun = time.monotonic()
    url = server_url()
    full, small, bulk, real, counted = (
        f"bench_{os.getpid()}{suffix}" for suffix in ("", "_small", "_bulk", "_real", "_points")
    )
    heading = describe(url)
    tell(heading)
    with scratch_databases(url, [full, small, bulk, real, counted]), TemporaryDirectory() as media:
        environment = environment_of_site(with_database(url, full)) | {"MEDIA_ROOT": media, "STORAGE_URL": ""}
        small_environment = environment | {"DATABASE_URL": with_database(url, small)}
        results = [build_demo(small_environment, FEW_STUDENTS), build_demo(environment, STUDENTS)]
        every_page = pages(environment, small_environment)
        results += bulk_data(environment | {"DATABASE_URL": with_database(url, bulk)})
        results += real_programme(environment | {"DATABASE_URL": with_database(url, real)})
        results += submission_lists(environment)
        results += points(environment | {"DATABASE_URL": with_database(url, counted)})
        results += submissions(environment, url, full)
        results += mentoring(environment)  # leaves a hundred thousand students more
    print(heading)
    print(table([*results, *summary(every_page)]))
    print(f"The whole took {time.monotonic() - begun:.0f} s.")
    write_json([*results, *summary(every_page), *every_page.timings], OUTPUT)
    return 0 if all(result.ok for result in [*results, *summary(every_page)]) else 1


def build_demo(environment: dict[str, str], students: int) -> Result:
    manage(environment, "prepare").check_returncode()
    tell(f"The demo with {students} students ...")
    begun = time.monotonic()
    manage(environment, "demo", "--students", str(students), "--yes", "--really").check_returncode()
    seconds = time.monotonic() - begun
    name = f"demo with {students} students"
    return below(name, seconds, "s", 90) if students == STUDENTS else Result(name, round(seconds, 2), "s")


def submissions(environment: dict[str, str], url: str, database: str) -> list[Result]:
    os.environ.update(environment)
    import django

    django.setup()
    from tests.bench.deadline import Deadline
    from tests.bench.submissions import Bench

    with administration(environment["DATABASE_URL"]) as connection, running(environment) as processes:
        bench = Bench(processes, connection, database)
        tell("Submissions, in turns with the minimal view ...")
        results = bench.throughput()
        tell("Three thousand students within a minute ...")
        results += bench.burst()
        tell("A deadline: submissions, uploads and lists at once ...")
        results += Deadline(bench).run()
    drifted = manage(environment, "recalculate_points", "--check").returncode != 0
    return [*results, none_of("ledger that differs from its sources (recalculate_points --check)", int(drifted))]


def bulk_data(environment: dict[str, str]) -> list[Result]:
    """Imports and exports of students, each import beside a staged COPY of the same rows in the same process."""
    manage(environment, "prepare").check_returncode()
    tell("Imports and exports of 10,000 and 100,000 students ...")
    found = figures_of("tests.bench.imports", environment)
    results = []
    for size in (10_000, 100_000):
        copied, together = found[f"copy_{size}"], found[f"preview_{size}"] + found[f"apply_{size}"]
        is_goal = size == 10_000
        name = f"import of {size:,} new students, preview and apply"
        reference = round(copied, 3)
        results += [
            Result(
                name, round(together, 2), "s", reference, round(together / copied, 1),
                "< 5" if is_goal else None, together < 5 or not is_goal,
            ),
            Result(f"  of that the preview, {size:,}", round(found[f"preview_{size}"], 2), "s"),
            Result(
                f"the same file again, {size:,}", round(found[f"again_{size}"], 2), "s", reference,
                round(found[f"again_{size}"] / copied, 1), "< 2" if is_goal else None,
                found[f"again_{size}"] < 2 or not is_goal,
            ),
            Result(
                f"memory above the idle process, {size:,}", round(found[f"memory_{size}"]), "MB",
                goal="< 256" if is_goal else None, ok=found[f"memory_{size}"] < 256 or not is_goal,
            ),
        ]  # fmt: skip
    growth, copied = (
        sum(found[f"{part}_100000"] for part in parts) / sum(found[f"{part}_10000"] for part in parts) / 10
        for parts in (("preview", "apply"), ("copy",))
    )
    return [
        *results,
        Result(
            "time a row at 100,000 against 10,000", round(growth, 2), "", round(copied, 2), round(growth / copied, 2),
            "ratio < 1.3", growth / copied < 1.3,
        ),
        Result("export of 100,000 students", round(found["export_seconds"], 2), "s"),
        Result(
            "memory that the export adds", round(found["export_memory"], 1), "MB", None, None, "< 32",
            found["export_memory"] < 32,
        ),
    ]  # fmt: skip


def real_programme(environment: dict[str, str]) -> list[Result]:
    """The Open University dataset through the import, where its files are beside the project."""
    if not OULAD.is_dir():
        tell("The Open University dataset is not here (OULAD_DIR); it is left out.")
        return []
    manage(environment, "prepare").check_returncode()
    tell("The Open University dataset ...")
    begun = time.monotonic()
    is_whole = manage(environment, "load_oulad", str(OULAD)).returncode == 0
    seconds = time.monotonic() - begun
    found = figures_of("tests.bench.oulad", environment)
    return [
        Result("load_oulad: 13,529 enrollments, 92 assignments, 82,842 submissions", round(seconds, 1), "s"),
        none_of("counts of the dataset that the site does not have", int(not is_whole), reference="issue 3"),
        Result(f"  points of all of them, {found['entries']:,} entries", round(found["recalculation"], 2), "s"),
        none_of(
            f"  totals, of {found['students']:,}, that are not what the CSV files say", found["wrong"],
            reference="issue 4",
        ),
    ]  # fmt: skip


def mentoring(environment: dict[str, str]) -> list[Result]:
    tell("Mentors: sharing out 3,000 students, and a mentor's list beside 100,000 others ...")
    found = figures_of("tests.bench.mentoring", environment)
    few, many = found["list_few"] * 1000, found["list_many"] * 1000
    return [
        below("3,000 students to 50 mentors, grants included", found["allocation"], "s", 1, reference="issue 3"),
        Result("a mentor's list, 3,000 students", round(few, 1), "ms"),
        Result(
            f"the same, {found['students']:,.0f} mission enrollments", round(many, 1), "ms", round(few, 1),
            round(many / few, 2), "ratio < 1.3", many / few < 1.3,
        ),
    ]  # fmt: skip


def submission_lists(environment: dict[str, str]) -> list[Result]:
    tell("Submission lists of 3,000 lines ...")
    found = figures_of("tests.bench.lists", environment)
    return [
        below("3,000 pasted lines until it is shown whom they mean", found["resolve"], "s", 1, reference="issue 4"),
        Result("  of that reading, looking up and keeping them", round(found["paste"], 2), "s"),
        below("the same list confirmed, points included", found["apply"], "s", 2, reference="issue 4"),
    ]


def points(environment: dict[str, str]) -> list[Result]:
    """Recalculating a mission beside one hand-written statement for the same totals, in turns on the same database."""
    manage(environment, "prepare").check_returncode()
    tell("Points of missions of 3,000 to 100,000 students ...")
    found = figures_of("tests.bench.points", environment)
    sizes = sorted(int(name.removeprefix("again_")) for name in found if name.startswith("again_"))
    fewest, most = sizes[0], sizes[-1]
    results = [none_of("totals that differ from the hand-written ones", sum(found[f"wrong_{size}"] for size in sizes))]
    for size in sizes:
        again, reference = found[f"again_{size}"], found[f"reference_{size}"]
        results += [
            Result(
                f"recalculating {size:,} students, {found[f'entries_{size}']:,.0f} entries", round(again, 3), "s",
                round(reference, 3), round(again / reference, 2), "ratio < 3" if size == fewest else None,
                again / reference < 3 or size != fewest,
            ),
            *(
                [Result(f"  the first time, when every entry is written, {size:,}", round(found[f"first_{size}"], 2), "s")]
                if f"first_{size}" in found
                else []
            ),
            Result(f"  a rehearsal of two rules, {size:,}", round(found[f"rehearsal_{size}"], 3), "s"),
        ]  # fmt: skip
    growth, of_reference = (
        found[f"{name}_{most}"] / found[f"{name}_{fewest}"] / (most / fewest) for name in ("again", "reference")
    )
    return [
        *results,
        Result(
            f"time a student at {most:,} against {fewest:,}", round(growth, 2), "", round(of_reference, 2),
            round(growth / of_reference, 2), "ratio < 1.5", growth / of_reference < 1.5,
        ),
        below("one student's event after 300 days", found["event_long"], "s", 1, reference="issue 4"),
        Result("  the same after one day", round(found["event_short"], 4), "s"),
    ]  # fmt: skip


def figures_of(module: str, environment: dict[str, str]) -> dict[str, float]:
    """What `main()` of the module prints, one JSON object a figure, in a process of its own."""
    program = f"import django; django.setup(); from {module} import main; main()"
    done = subprocess.run(
        [PYTHON, "-c", program], cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return {row["name"]: row["value"] for row in map(json.loads, done.stdout.splitlines())}


class Pages:
    """What tests.bench.pages found in the full and in the small demo."""

    def __init__(self, full: list[dict], small: list[dict]) -> None:
        small_queries = {(row["page"], row["role"]): row["queries"] for row in small if "role" in row}
        self.problems = [f"{row['page']}: {row['problem']}" for row in full + small if "problem" in row]
        self.timings = []
        self.growing = []
        for row in full:
            if "role" not in row:
                continue
            name = f"{row['page']} as {row['role']}"
            self.timings.append(below(name, row["milliseconds"], "ms", 300, reference=f"{row['queries']} queries"))
            before = small_queries.get((row["page"], row["role"]))
            if before != row["queries"]:
                self.growing.append(
                    f"{name}: {before} queries with {FEW_STUDENTS} students, {row['queries']} with {STUDENTS}"
                )


def pages(environment: dict[str, str], small_environment: dict[str, str]) -> Pages:
    tell("Every page for every role ...")
    found = Pages(read_pages(environment, REPEATS), read_pages(small_environment, 0))
    for sentence in found.problems + found.growing:
        tell(f"  {sentence}")
    return found


def read_pages(environment: dict[str, str], repeats: int) -> list[dict]:
    program = f"import django; django.setup(); from tests.bench.pages import main; main({repeats})"
    done = subprocess.run(
        [PYTHON, "-c", program], cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(found: Pages) -> list[Result]:
    slowest = sorted(found.timings, key=lambda result: result.value, reverse=True)
    return [
        none_of(f"pages slower than 300 ms, of {len(found.timings)}", sum(not result.ok for result in found.timings)),
        *slowest[:SLOWEST_SHOWN],
        none_of("pages whose queries grow with the students", len(found.growing)),
        none_of("pages that nobody could open", len(found.problems)),
    ]


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    assert Path.cwd() == PROJECT_ROOT, "Run it from the root of the project: make bench"
    sys.exit(main())
