"""Starts the whole site as `make run` does, on a free port and with data of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
from django.conf import settings
from environ import Env

PATIENCE = 40.0  # seconds


class ServedSite:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.output = self.data_dir / "output"

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DEMO": "0",
            "WEB_CONCURRENCY": "1",
            "DJANGO_SETTINGS_MODULE": "tests.integration.core.served_settings",
        }
        with self.output.open("ab") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "sms.core.serve"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_for(lambda: b"The site is at" in self.output.read_bytes() or self.supervisor.poll() is not None, self)
        assert self.supervisor.poll() is None, self.output.read_text()

    def get(self, path: str, cookie: str = "") -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """Every process that has this site's directory in its environment or its command line."""
        return [process for process in psutil.process_iter() if self.owns(process)]

    def owns(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.environ().get("DATA_DIR") == str(self.data_dir) or any(
                str(self.data_dir) in word for word in process.cmdline()
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def process_with(self, word: str) -> psutil.Process:
        return next(process for process in self.processes() if word in process.cmdline())

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.data_dir / "postgres/data/postmaster.pid").read_text().splitlines()[0]))

    def enqueue(self, message: bytes) -> None:
        database = Env.db_url_config((self.data_dir / "postgres/url").read_text())
        with psycopg.connect(host=database["HOST"], dbname=database["NAME"], user=database["USER"]) as connection:
            connection.execute("INSERT INTO huey_task (queue, data) VALUES ('sms', %s)", [message])

    def stop(self, number: int = signal.SIGINT) -> int:
        self.supervisor.send_signal(number)
        return self.supervisor.wait(PATIENCE)

    def clean_up(self) -> None:
        if self.supervisor.poll() is None:
            self.stop()
        self.output.unlink()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], object], site: ServedSite | None = None, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        said = site.output.read_text() if site else ""
        assert time.monotonic() < deadline, f"Waited {patience:.0f} s in vain. {said}"
        time.sleep(0.05)
