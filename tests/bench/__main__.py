"""`make bench`: builds the demo at full size in a database of its own and measures the site against its goals."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.report import Result, below, none_of, table, write_json
from tests.bench.surroundings import (
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
    full, small = f"bench_{os.getpid()}", f"bench_{os.getpid()}_small"
    heading = describe(url)
    tell(heading)
    with scratch_databases(url, [full, small]):
        environment = environment_of_site(with_database(url, full))
        small_environment = environment | {"DATABASE_URL": with_database(url, small)}
        results = [build_demo(small_environment, FEW_STUDENTS), build_demo(environment, STUDENTS)]
        every_page = pages(environment, small_environment)
        results += submissions(environment, url, full)
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
    from tests.bench.submissions import Bench

    with administration(environment["DATABASE_URL"]) as connection, running(environment) as processes:
        bench = Bench(processes, connection, database)
        tell("Submissions, in turns with the minimal view ...")
        results = bench.throughput()
        tell("Three thousand students within a minute ...")
        results += bench.burst()
    drifted = manage(environment, "recalculate_points", "--check").returncode != 0
    return [*results, none_of("ledger that differs from its sources (recalculate_points --check)", int(drifted))]


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
