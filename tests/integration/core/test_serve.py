"""`make run` as a newcomer meets it: it starts, repairs itself, and leaves nothing behind."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from huey.contrib.djhuey import HUEY

from tests.integration.core.served_site import ServedSite, wait_for
from tests.integration.core.slow_tasks.tasks import write_lines

pytestmark = pytest.mark.slow


def test_starts_serves_and_leaves_no_process_behind(site: ServedSite) -> None:
    status, _, page = site.get("/accounts/login/")
    assert (status, "csrfmiddlewaretoken" in page) == (200, True)
    running = {word for process in site.processes() for word in process.cmdline()}
    assert {"granian", "run_huey", "sms.core.minder", "sms.core.postgres_keeper"} <= running

    assert site.stop(signal.SIGINT) == 0
    wait_for(lambda: site.processes() == [], site, patience=5)  # the minder sees the end of the pipe a moment later


def test_a_supervisor_that_is_killed_takes_everything_with_it(site: ServedSite) -> None:
    assert site.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: site.processes() == [], site)

    # and the data is fit for the next start
    site.output.unlink()
    site.start()
    assert site.get("/accounts/login/")[0] == 200
    assert site.stop(signal.SIGTERM) == 0
    wait_for(lambda: site.processes() == [], site, patience=5)  # the minder sees the end of the pipe a moment later


def test_a_killed_worker_is_replaced_and_its_task_runs_again(site: ServedSite) -> None:
    lines = site.data_dir / "lines"
    site.enqueue(HUEY.serialize_task(write_lines.s(str(lines), 1.0)))
    wait_for(lambda: lines.exists() and lines.read_text() == "begun\n", site)
    worker = site.process_with("run_huey")

    worker.kill()

    wait_for(lambda: lines.read_text() == "begun\nbegun\ndone\n", site)
    assert site.process_with("run_huey").pid != worker.pid


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "sms.core.serve"],
            cwd=settings.BASE_DIR,
            env={"PORT": str(port), "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use). Try another: make run PORT={port + 1}\n",
    )
