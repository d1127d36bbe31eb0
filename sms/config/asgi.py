"""The entry of the server: one kind of process, one port.

Every request goes to Django's WSGI handler on a fixed pool of threads. An event stream, which has to wait without
holding a thread, will be answered here beside it.
"""

import gc
import os
from typing import Any

from sms.config.wsgi import application as wsgi_application
from sms.core.wsgi_bridge import Message, Receive, Send, WsgiBridge

THREADS = int(os.environ.get("WEB_THREADS", "6"))
BODY_LIMIT = int(os.environ.get("REQUEST_BODY_LIMIT", str(25 * 1024 * 1024)))  # bytes

# What is loaded by now stays for good: the garbage collector need not walk over it again and again.
gc.collect()
gc.freeze()

http = WsgiBridge(wsgi_application, threads=THREADS, body_limit=BODY_LIMIT)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message: dict[str, Any] = dict(await receive())
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
