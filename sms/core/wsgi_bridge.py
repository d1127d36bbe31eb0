"""Serves a WSGI application from an ASGI server, on a fixed pool of threads.

Django under ASGI proper costs more than half of the throughput and leaks persistent database connections
(docs/adr/0002-asgi-bridge.md). Here a request is read and its answer is sent on the event loop, so that slow clients
hold no thread; in between it is one call on one thread, which keeps its database connection for the next request.

A response that is complete goes back in one hand-over. A streaming one is sent piece by piece, no faster than the
client takes it, and is closed when the client goes away.
"""

import asyncio
import io
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import IO, Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SPOOLED_IN_MEMORY = 1024 * 1024  # bytes of a request body; what is longer waits in a temporary file
PATIENCE_WITH_LONG_BODIES = 4  # times the limit that are read for the sake of a proper answer


class ClientGone(Exception):
    """The client closed the connection before it had sent, or got, everything."""


class BodyTooLong(Exception):
    """The request body is longer than the site takes."""


class WsgiBridge:
    """`threads` requests run at a time, others wait; a body may have `body_limit` bytes."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int, body_limit: int) -> None:
        self.application = application
        self.body_limit = body_limit
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(scope, receive, self.body_limit)
        except ClientGone:
            return
        except BodyTooLong:
            await send_refusal(send)
            return
        exchange = Exchange(asyncio.get_running_loop(), receive, send, is_head=scope["method"] == "HEAD")
        with body:
            # An empty context for each request: an activated language or timezone does not stay on the thread.
            environ = build_environ(scope, body)
            complete = await exchange.loop.run_in_executor(
                self.pool, Context().run, exchange.call, self.application, environ
            )
        if complete is not None:
            await exchange.send_complete(complete)


class Exchange:
    """One request and its response."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send, *, is_head: bool) -> None:
        self.loop = loop
        self.receive = receive
        self.send = send
        self.is_head = is_head
        self.status = 0
        self.headers: Headers = []

    def call(self, application: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> bytes | None:
        """On a thread of the pool: the body when it is complete, None when it has been streamed."""
        response = application(environ, self.start_response)
        try:
            if not getattr(response, "streaming", False):
                return b"".join(response)
            self.stream(response)
            return None
        finally:
            # Django ends the request here: it must be on this thread, whose database connection it looks after.
            close = getattr(response, "close", None)
            if close:
                close()

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def stream(self, response: Iterable[bytes]) -> None:
        watch = asyncio.run_coroutine_threadsafe(wait_for_disconnect(self.receive), self.loop)
        try:
            self.send_from_thread(self.start_message())
            if not self.is_head:
                for piece in response:
                    if watch.done():
                        return
                    self.send_from_thread({"type": "http.response.body", "body": piece, "more_body": True})
            self.send_from_thread({"type": "http.response.body", "body": b""})
        finally:
            watch.cancel()

    def send_from_thread(self, message: Message) -> None:
        """Waits until the server has taken the message: that is what keeps a fast export from filling the memory."""
        asyncio.run_coroutine_threadsafe(self.send_awaitable(message), self.loop).result()

    async def send_awaitable(self, message: Message) -> None:
        await self.send(message)

    async def send_complete(self, body: bytes) -> None:
        await self.send(self.start_message())
        await self.send({"type": "http.response.body", "body": b"" if self.is_head else body})

    def start_message(self) -> Message:
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


async def read_body(scope: Message, receive: Receive, limit: int) -> IO[bytes]:
    """The whole body, from its start. Raises ClientGone, or BodyTooLong when it has more than `limit` bytes."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if length.isdigit() and int(length) > limit * PATIENCE_WITH_LONG_BODIES:
        raise BodyTooLong
    piece, more = await read_piece(receive)
    if not more:
        return io.BytesIO(piece)
    body = tempfile.SpooledTemporaryFile(max_size=SPOOLED_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        size = await copy_body(piece, receive, body, limit)
        if size > limit:
            raise BodyTooLong
        body.seek(0)
    except BaseException:
        body.close()
        raise
    return body


async def copy_body(piece: bytes, receive: Receive, body: IO[bytes], limit: int) -> int:
    """The size of the body. What passes the limit is read and dropped: a browser only shows an answer that comes
    after it has sent everything."""
    size, more = 0, True
    while True:
        size += len(piece)
        if size <= limit:
            body.write(piece)
        if not more or size > limit * PATIENCE_WITH_LONG_BODIES:
            return size
        piece, more = await read_piece(receive)


async def read_piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_refusal(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")],
        }
    )
    await send({"type": "http.response.body", "body": b"That is more than this site takes in one piece."})


def build_environ(scope: Message, body: IO[bytes]) -> dict[str, Any]:
    """The request as PEP 3333 wants it: text that holds bytes."""
    root = scope.get("root_path", "")
    path = scope["path"].removeprefix(root)
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin-1"),
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name_bytes, value_bytes in scope["headers"]:
        name = name_bytes.decode("latin-1")
        # With an underscore it could pass for another header; servers drop it for the same reason.
        if "_" not in name:
            add_header(environ, name, value_bytes.decode("latin-1"))
    # Also of a body that came in chunks: Django reads as much as this says.
    environ["CONTENT_LENGTH"] = str(body.seek(0, io.SEEK_END))
    body.seek(0)
    return environ


def add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    if name not in ("content-type", "content-length"):
        key = f"HTTP_{key}"
    if key in environ:
        value = f"{environ[key]}{';' if name == 'cookie' else ','}{value}"
    environ[key] = value
