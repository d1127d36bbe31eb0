"""The load generator, a process of its own: reads a plan from standard input, writes what came of it to standard output.

It shares the cores with what it measures, so it does little: raw sockets, ready-made requests, no parsing beyond status,
length and one word that the answer has to contain. Requests with a second `at` which they are due start on time however
slow the answers are, each on a connection of its own, and the time counts from when it was due; without, `connections`
persistent connections send one request after the other.
"""

import asyncio
import json
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

TIMEOUT = 30.0  # seconds
PREPARATION = 0.5  # seconds before the first request is due
HEAD_END = b"\r\n\r\n"
FORM, BOUNDARY = "application/x-www-form-urlencoded", "boundary-of-the-bench"


class Connection(asyncio.Protocol):
    """One request at a time; `answer` is the future of the present one."""

    transport: asyncio.Transport
    answer: asyncio.Future[tuple[int, bytes]]

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        self.received = b""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(HEAD_END)
        if end and len(body) >= length_of(head) and not self.answer.done():
            self.answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exception: Exception | None) -> None:
        if hasattr(self, "answer") and not self.answer.done():
            self.answer.set_exception(exception or ConnectionError("closed"))


class Run:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.expected = plan["expected"].encode()
        self.latencies: list[float] = []
        self.failures: Counter[str] = Counter()

    async def connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, "127.0.0.1", self.plan["port"]))[1]

    async def one(self, connection: Connection, request: bytes, due: float) -> None:
        status, body = await asyncio.wait_for(connection.ask(request), TIMEOUT)
        self.latencies.append(time.perf_counter() - due)
        if status != 200 or self.expected not in body:
            self.failures[f"status {status}"] += 1

    async def closed_loop(self, requests: Iterator[bytes]) -> None:
        connection = await self.connect()
        for request in requests:
            try:
                await self.one(connection, request, time.perf_counter())
            except (OSError, TimeoutError) as error:
                self.failures[type(error).__name__] += 1
                connection = await self.connect()
        connection.transport.close()

    async def on_time(self, request: dict[str, Any], begun: float) -> None:
        due = begun + request["at"]
        # A large file is made when it is sent, so that not all of them are in memory.
        ready = None if "file" in request else ready_made(request)
        await asyncio.sleep(due - time.perf_counter())
        try:
            connection = await self.connect()
            await self.one(connection, ready or ready_made(request), due)
            connection.transport.close()
        except (OSError, TimeoutError) as error:
            self.failures[type(error).__name__] += 1

    async def run(self) -> dict[str, Any]:
        requests = self.plan["requests"]
        if "at" in requests[0]:
            begun = time.perf_counter() + PREPARATION
            await asyncio.gather(*(self.on_time(request, begun) for request in requests))
        else:
            remaining = iter([ready_made(request) for request in requests])
            begun = time.perf_counter()
            await asyncio.gather(*(self.closed_loop(remaining) for _ in range(self.plan["connections"])))
        seconds = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "seconds": seconds,
            "latencies": self.latencies,
            "failures": self.failures,
            "cpu": used.ru_utime + used.ru_stime,
        }


def length_of(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(b"content-length:") + len(b"content-length:")
    return int(lowered[at:].split(b"\r\n", 1)[0])


def ready_made(request: dict[str, Any]) -> bytes:
    """As a browser sends it: a page that is opened, a form by HTMX, or a form with a file by HTMX."""
    head = f"{'POST' if 'body' in request else 'GET'} {request['path']} HTTP/1.1\r\nHost: localhost\r\nCookie: {request['cookie']}\r\n"
    head += "Accept: text/html\r\n"
    if "body" not in request:
        return f"{head}\r\n".encode()
    kind, body = FORM, request["body"].encode()
    if file := request.get("file"):
        kind, body = f"multipart/form-data; boundary={BOUNDARY}", multipart(request["body"], **file)
    return f"{head}Content-Type: {kind}\r\nHX-Request: true\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def multipart(body: str, *, name: str, size: int) -> bytes:
    """The one field that stands in `body` and a file, as the parts of a form."""
    field, _, value = body.partition("=")
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    before = (
        f'{part}"{field}"\r\n\r\n{value}\r\n{part}"file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    return b"".join([before.encode(), content(name, size), f"\r\n--{BOUNDARY}--\r\n".encode()])


def content(name: str, size: int) -> bytes:
    """A PDF by its first bytes, another one for each name, that nothing can compress."""
    head = f"%PDF-1.7\n% {name}\n".encode()
    return head + noise(size)[len(head) :]


@cache
def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def generate(plan: dict[str, Any]) -> dict[str, Any]:
    """Runs a plan in a process of its own. Returns what `Run.run` says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Run(json.load(sys.stdin)).run())))
