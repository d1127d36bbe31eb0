"""A mail server that really listens, a queue that works at once, and people whose address is confirmed."""

import email
import re
import socket
from collections.abc import Callable, Iterator
from email.message import Message
from email.policy import default as modern

import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache
from django.test import Client
from huey.contrib.djhuey import HUEY

from sms.accounts.actions import remember_verified_address
from sms.accounts.models import User
from tests.factories import PASSWORD, StudentFactory


class Mailbox:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802
        self.messages.append(email.message_from_bytes(envelope.content, policy=modern))
        return "250 OK"

    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.messages]

    def last_link(self) -> str:
        """The path of the link in the newest mail that has one."""
        texts = [message.get_content() for message in self.messages]
        return [link for text in texts for link in re.findall(r"https?://testserver(/accounts/\S+)", text)][-1]


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    received = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield received
    server.stop()


@pytest.fixture
def queue_works_at_once() -> Iterator[None]:
    HUEY.immediate = True
    yield
    HUEY.immediate = False


@pytest.fixture(autouse=True)
def _no_rate_is_used_up(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person(db: None) -> User:
    user = StudentFactory(name="Rahim Uddin", email="rahim@example.com")
    remember_verified_address([user])
    return user


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """By the form, as a person does."""

    def by_password(user: User, password: str = PASSWORD, **options: object) -> Client:
        client = Client(**options)
        client.post("/accounts/login/", {"login": user.email, "password": password})
        return client

    return by_password
