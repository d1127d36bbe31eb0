"""`make run`: the whole site on one machine, from the database to the worker, until Ctrl-C.

Run as `python -m sms.core.serve`. The server and its settings are those of production, less TLS. Everything that runs
belongs to this process: when it ends, even by kill -9, nothing stays behind (sms/core/minder.py, embedded_postgres.py).
"""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import environ
from django.core.exceptions import ImproperlyConfigured

from sms.core import embedded_postgres
from sms.core.minder import end_groups, signal_groups

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(PROJECT_ROOT / "manage.py")]
DEMO_ACCOUNTS = ["admin", "developer", "manager", "sre", "sre2", "mentor", "mentor2", "student", "student2"]

LONGEST_PAUSE = 30.0  # seconds before a child that keeps failing is started again
LONG_RUN = 60.0  # seconds after which a failure counts as the first one
START_PATIENCE = 60.0  # seconds until the web server has to answer


class CannotServe(Exception):
    """The message is one sentence for the person."""


@dataclass
class Child:
    """A process that is started again when it ends, after a pause that doubles with each failure in a row."""

    name: str
    command: list[str]
    stop_signal: int
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = field(default=0.0)


class Supervisor:
    def __init__(self, environment: dict[str, str], children: list[Child]) -> None:
        self.environment = environment
        self.children = children
        self.stop_requests = 0
        self.minder = subprocess.Popen(
            [sys.executable, "-m", "sms.core.minder"], cwd=PROJECT_ROOT, stdin=subprocess.PIPE, start_new_session=True
        )

    def request_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1
        if self.stop_requests > 1:
            signal_groups(self.groups(), signal.SIGKILL)

    def groups(self) -> list[int]:
        return [child.process.pid for child in self.children if child.process]

    def watch(self) -> None:
        """Keeps the children running until somebody asks to stop."""
        while not self.stop_requests:
            for child in self.children:
                self.look_after(child)
            time.sleep(0.1)

    def look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process and child.process.poll() is not None:
            self.note_failure(child, now)
        if not child.process and now >= child.start_again_at:
            self.start(child)

    def start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches this process alone, which ends its children in order.
        child.process = subprocess.Popen(
            child.command, cwd=PROJECT_ROOT, env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.tell_minder(f"+{child.process.pid}")

    def note_failure(self, child: Child, now: float) -> None:
        assert child.process
        signal_groups([child.process.pid], signal.SIGKILL)  # what the dead process has left of its group
        self.tell_minder(f"-{child.process.pid}")
        child.failures = 1 if now - child.started_at > LONG_RUN else child.failures + 1
        pause = min(0.5 * 2 ** (child.failures - 1), LONGEST_PAUSE)
        tell(f"The {child.name} ended ({describe_exit(child.process.returncode)}); starting it again in {pause:g} s.")
        child.process = None
        child.start_again_at = now + pause

    def tell_minder(self, line: str) -> None:
        assert self.minder.stdin
        try:
            self.minder.stdin.write(f"{line}\n".encode())
            self.minder.stdin.flush()
        except BrokenPipeError:
            tell("The process that cleans up after a kill -9 has ended; everything else goes on.")

    def end(self) -> None:
        """Ends the children, then the minder."""
        for child in self.children:
            if child.process:
                signal_groups([child.process.pid], child.stop_signal)
        deadline = time.monotonic() + 10
        for child in self.children:
            if child.process:
                wait_until(child.process, deadline)
        end_groups(self.groups(), patience=0)
        assert self.minder.stdin
        self.minder.stdin.close()
        self.minder.wait()


def wait_until(process: subprocess.Popen[bytes], deadline: float) -> None:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        signal_groups([process.pid], signal.SIGKILL)
        process.wait()


def describe_exit(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def environment_of_site(data_dir: Path) -> dict[str, str]:
    """The settings of production on this machine: no TLS, this host's names, a key of its own that stays."""
    environ.Env.read_env(PROJECT_ROOT / ".env")
    ours = {"ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]", "TLS": "0", "LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1"}
    environment = ours | os.environ
    if not environment.get("SECRET_KEY"):
        environment["SECRET_KEY"] = secret_key(data_dir / "secret-key")
    if not environment.get("DATABASE_URL"):
        environment["DATABASE_URL"] = embedded_postgres.start(data_dir / "postgres")
    return environment


def secret_key(path: Path) -> str:
    """Made once: a new key would end every session at each start."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"Port {port} on {host} cannot be used ({error.strerror}). Try another: make run PORT={port + 1}"
            ) from error


def prepare(environment: dict[str, str]) -> bool:
    """Migrations, static files, the demo programme on the first run. True when the demo accounts exist."""
    command = [*MANAGE, "prepare"] + ([] if environment.get("DEMO") == "0" else ["--demo"])
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise CannotServe("The site could not be prepared; the reason is above.")
    return "demo" in done.stdout.split()


def site_children(host: str, port: int, workers: int) -> list[Child]:
    web = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--host", host, "--port", str(port)]
    web += ["--workers", str(workers), "--respawn-failed-workers", "--workers-kill-timeout", "10"]
    web += ["--log-level", "warning", "sms.config.asgi:application"]
    return [
        Child("web server", web, stop_signal=signal.SIGTERM),
        Child("worker", [*MANAGE, "run_huey", "--quiet"], stop_signal=signal.SIGINT),
    ]


def answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status < 600
    except OSError:
        return False
    finally:
        connection.close()


def announce(host: str, port: int, data_dir: Path, with_demo: bool) -> None:
    name = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1") else host
    lines = ["", f"  The site is at  http://{name}:{port}/", ""]
    if with_demo:
        lines += ["  Sign in with one of these; the password is  mentorship", ""]
        lines += [f"    {account}@example.com" for account in DEMO_ACCOUNTS] + [""]
    lines += [f"  Ctrl-C stops everything. The data stays in {data_dir}", ""]
    print("\n".join(lines), flush=True)


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def serve(host: str, port: int, data_dir: Path) -> None:
    refuse_taken_port(host, port)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    tell("Starting the database and preparing the site ...")
    environment = environment_of_site(data_dir)
    with_demo = prepare(environment)
    supervisor = Supervisor(environment, site_children(host, port, int(environment.get("WEB_CONCURRENCY", "2"))))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.request_stop)
    try:
        for child in supervisor.children:
            supervisor.start(child)
        wait_for_answer(supervisor, host, port)
        if not supervisor.stop_requests:
            announce(host, port, data_dir, with_demo)
        supervisor.watch()
        tell("Stopping ...")
    finally:
        supervisor.end()


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def wait_for_answer(supervisor: Supervisor, host: str, port: int) -> None:
    deadline = time.monotonic() + START_PATIENCE
    web = supervisor.children[0].process
    assert web
    while not supervisor.stop_requests and not answers(host, port):
        if web.poll() is not None or time.monotonic() > deadline:
            raise CannotServe("The web server did not start; the reason is above.")
        time.sleep(0.05)


def main() -> int:
    data_dir = Path(os.environ.get("DATA_DIR") or PROJECT_ROOT / ".data").resolve()
    os.environ["DATA_DIR"] = str(data_dir)
    try:
        serve(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000")), data_dir)
    except KeyboardInterrupt:
        pass
    except (CannotServe, ImproperlyConfigured) as error:
        tell(str(error))
        return 1
    finally:
        embedded_postgres.leave(data_dir / "postgres")
    return 0


if __name__ == "__main__":
    sys.exit(main())
