"""A task that tells when it begins and ends, for the tests that kill its worker."""

import time
from pathlib import Path

from huey.contrib.djhuey import db_task


@db_task()
def write_lines(path: str, seconds: float) -> None:
    with Path(path).open("a") as file:
        file.write("begun\n")
        file.flush()
        time.sleep(seconds)
        file.write("done\n")
