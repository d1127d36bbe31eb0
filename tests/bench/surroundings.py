"""Where the bench runs: databases of its own, the site's environment, and processes that end with it."""

import http.client
import os
import platform
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from environ import Env
from psycopg import sql

from sms.core import embedded_postgres
from sms.core.serve import MANAGE, PROJECT_ROOT, site_children

PATIENCE = 60.0  # seconds


def server_url() -> str:
    """The database server to use: DATABASE_URL, or the embedded one."""
    data_dir = Path(os.environ.get("DATA_DIR", PROJECT_ROOT / ".data"))
    return os.environ.get("DATABASE_URL") or embedded_postgres.start(data_dir / "postgres")


def with_database(url: str, name: str) -> str:
    address, mark, options = url.partition("?")
    return address.rpartition("/")[0] + f"/{name}{mark}{options}"


@contextmanager
def scratch_databases(url: str, names: Sequence[str]) -> Iterator[None]:
    """Empty databases that are dropped at the end, whatever happens."""
    with administration(url) as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield
        finally:
            for name in names:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def administration(url: str) -> psycopg.Connection:
    database = Env.db_url_config(url)
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    )


def environment_of_site(database_url: str) -> dict[str, str]:
    """Production, less TLS."""
    ours = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "localhost",
        "DEBUG": "0",
        "TLS": "0",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "sms.config.settings",
    }
    return dict(os.environ) | ours


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MANAGE, *arguments], cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL, check=False
    )


@contextmanager
def running(environment: dict[str, str]) -> Iterator[dict[str, psutil.Process]]:
    """The site's server and worker, started as sms.core.serve starts them, and the minimal view's server beside them.

    Yields the processes by name; the ports are in `ports_of`.
    """
    web, worker = (child.command for child in site_children("127.0.0.1", SITE_PORT, WEB_WORKERS))
    minimal = site_children("127.0.0.1", MINIMAL_PORT, WEB_WORKERS)[0].command
    minimal[minimal.index("asgi")] = "asginl"  # it has nothing to do at its start
    commands = {"site": web, "worker": worker, "minimal": [*minimal[:-1], "tests.bench.minimal.site:application"]}
    processes = {name: start(name, command, environment) for name, command in commands.items()}
    try:
        for port in (SITE_PORT, MINIMAL_PORT):
            wait_until_answering(port)
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(15)
            except psutil.TimeoutExpired:
                for child in [*process.children(recursive=True), process]:
                    child.kill()


def start(name: str, command: list[str], environment: dict[str, str]) -> psutil.Process:
    if name == "minimal":
        environment = environment | {"DJANGO_SETTINGS_MODULE": "tests.bench.minimal.settings"}
    return psutil.Popen(command, cwd=PROJECT_ROOT, env=environment, stdin=subprocess.DEVNULL)


def wait_until_answering(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            connection.getresponse()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            connection.close()


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time of a process and those that it started."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def backends_cpu_seconds(connection: psycopg.Connection, database: str) -> float:
    """Processor time of the server's backends on a database; 0 where the server is on another machine."""
    pids = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [database]).fetchall()
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for (pid,) in pids if psutil.pid_exists(pid))


def describe(url: str) -> str:
    with administration(url) as connection:
        version = connection.execute("SHOW server_version").fetchone()[0]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}; Python {platform.python_version()}, "
        f"PostgreSQL {version}; {WEB_WORKERS} web processes; load before the start {load}"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


WEB_WORKERS = int(os.environ.get("WEB_CONCURRENCY", "2"))
SITE_PORT, MINIMAL_PORT = free_port(), free_port()
PYTHON = sys.executable
OULAD = Path(os.environ.get("OULAD_DIR", PROJECT_ROOT.parent / "shared" / "data" / "oulad"))
