"""The database that nobody installed: started by whoever comes first, stopped after whoever leaves last."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from django.conf import settings
from environ import Env

from tests.integration.core.served_site import wait_for

pytestmark = pytest.mark.slow

USE = """
import sys
from pathlib import Path
from sms.core import embedded_postgres
print(embedded_postgres.start(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the database until it is told to end, or killed."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, str(data_dir)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def url(self) -> str:
        return self.process.stdout.readline().strip()

    def end(self, *, kill: bool = False) -> str:
        if kill:
            self.process.kill()
        return self.process.communicate()[0]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="sms-Postgres-"))
    yield parent / "data of the site"
    wait_for(lambda: servers(parent) == [])
    shutil.rmtree(parent)


def servers(data_dir: Path) -> list[str]:
    """The server and its keeper. A child of the server looks like it until it has given itself a name."""
    processes = {process.pid: process.info for process in psutil.process_iter(["cmdline", "ppid"])}
    ours = {
        pid: info
        for pid, info in processes.items()
        if any(str(data_dir) in word for word in info["cmdline"] or []) and "-c" not in info["cmdline"][:2]
    }
    keepers = {pid for pid, info in ours.items() if "sms.core.postgres_keeper" in info["cmdline"]}
    servers = {pid for pid, info in ours.items() if pid not in keepers and info["ppid"] not in ours.keys() - keepers}
    return ["keeper"] * len(keepers) + ["postgres"] * len(servers)


def ask(url: str, question: str) -> tuple:
    database = Env.db_url_config(url)
    with psycopg.connect(host=database["HOST"], dbname=database["NAME"], user=database["USER"]) as connection:
        return connection.execute(question).fetchone()


def test_many_at_once_share_one_server_that_stops_after_the_last(data_dir: Path) -> None:
    users = [User(data_dir) for _ in range(4)]
    assert len({user.url() for user in users}) == 1
    assert servers(data_dir) == ["keeper", "postgres"]

    for user in users[1:]:
        user.end(kill=True)
    assert servers(data_dir) == ["keeper", "postgres"]

    users[0].end(kill=True)
    wait_for(lambda: servers(data_dir) == [])


def test_the_database_is_as_the_site_needs_it_and_keeps_its_data_wherever_it_lies(data_dir: Path) -> None:
    first = User(data_dir)
    facts = ask(
        first.url(),
        "SELECT current_database(), pg_encoding_to_char(encoding), datlocale, upper('é'), "
        "current_setting('synchronous_commit'), current_setting('fsync') "
        "FROM pg_database WHERE datname = current_database()",
    )
    assert facts == ("mentorship", "UTF8", "C.UTF-8", "É", "on", "on")
    first.end()

    again = User(data_dir.rename(data_dir.with_name("a path that is too long for a socket " * 4)))
    assert ask(again.url(), "SELECT count(*) FROM pg_database WHERE datname = 'mentorship'") == (1,)
    again.end()


def test_a_killed_keeper_is_replaced(data_dir: Path) -> None:
    user = User(data_dir)
    user.url()
    keeper = next(
        p
        for p in psutil.process_iter(["cmdline"])
        if "sms.core.postgres_keeper" in (p.info["cmdline"] or []) and str(data_dir) in p.info["cmdline"]
    )
    keeper.kill()
    later = User(data_dir)
    assert ask(later.url(), "SELECT 1") == (1,)
    assert servers(data_dir) == ["keeper", "postgres"]
    user.end()
    later.end()


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("12\n")
    user = User(tmp_path)
    assert "ImproperlyConfigured: The embedded PostgreSQL did not start: The data in" in user.end()
