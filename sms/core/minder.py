"""Ends process groups when the process that started them is no more, however it went.

Run as `python -m sms.core.minder` with standard input as a pipe: `+ID` and `-ID`, one a line, add and remove the id of
a process group; at the end of the input every group still known is ended.
"""

import os
import signal
import sys
import time
from collections.abc import Collection

PATIENCE = 10.0  # seconds between asking and killing


def main() -> None:
    # A Ctrl-C in the terminal is for the supervisor: it closes the pipe when it is done.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        (groups.add if change == "+" else groups.discard)(group)
    end_groups(groups)


def end_groups(groups: Collection[int], first_signal: int = signal.SIGTERM, patience: float = PATIENCE) -> None:
    """Asks, waits up to `patience` seconds, then kills."""
    signal_groups(groups, first_signal)
    deadline = time.monotonic() + patience
    while any(is_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    signal_groups(groups, signal.SIGKILL)


def signal_groups(groups: Collection[int], number: int) -> None:
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of dead processes
            pass


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
