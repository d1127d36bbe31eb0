"""The load generator, a process of its own: reads a plan from standard input, writes what came of it to standard output.

It shares the cores with what it measures, so it does little: raw sockets, ready-made requests, no parsing beyond status,
length and one word that the answer has to contain. With `rate` requests start on time however slow the answers are, each
on a connection of its own, and the time counts from when it was due; without, `connections` persistent connections
send one request after the other.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

TIMEOUT = 30.0  # seconds
HEAD_END = b"\r\n\r\n"


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

    async def on_time(self, request: bytes, due: float) -> None:
        await asyncio.sleep(due - time.perf_counter())
        try:
            connection = await self.connect()
            await self.one(connection, request, due)
            connection.transport.close()
        except (OSError, TimeoutError) as error:
            self.failures[type(error).__name__] += 1

    async def run(self) -> dict[str, Any]:
        requests = [ready_made(request) for request in self.plan["requests"]]
        begun = time.perf_counter()
        if rate := self.plan.get("rate"):
            await asyncio.gather(*(self.on_time(request, begun + n / rate) for n, request in enumerate(requests)))
        else:
            remaining = iter(requests)
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


def ready_made(request: dict[str, str]) -> bytes:
    body = request["body"].encode()
    head = (
        f"POST {request['path']} HTTP/1.1\r\nHost: localhost\r\nCookie: {request['cookie']}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nHX-Request: true\r\nAccept: text/html\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Run(json.load(sys.stdin)).run())))
