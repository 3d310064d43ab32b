"""A real mail server on this machine, and the mails it was given."""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from serving import free_port

USER, SECRET = "tillsight", "the mail server's secret"


@dataclass
class Inbox:
    """What has arrived; `refusal` is answered instead of taking a mail, after `delay` seconds."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    users: list[object] = field(default_factory=list)
    refusal: str = ""
    delay: float = 0.0

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by the server with a mail."""
        await asyncio.sleep(self.delay)
        if self.refusal:
            return self.refusal
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.users.append(session.auth_data)
        return "250 taken"

    def wait(self, count: int, seconds: float = 20) -> list[EmailMessage]:
        """The mails, once there are so many."""
        wait_for(lambda: len(self.mails) >= count, seconds)
        return self.mails


def wait_for(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def mail_server(
    inbox: Inbox | None = None,
    *,
    sign_in: bool = False,
    context: ssl.SSLContext | None = None,
    way: str = "none",
) -> Iterator[Inbox]:
    """Serve at the inbox's port, or a free one."""
    inbox = inbox or Inbox()
    inbox.port = inbox.port or free_port()

    def known(_server: SMTP, _session: object, _envelope: object, _how: str, given: object):
        right = given == LoginPassword(USER.encode(), SECRET.encode())
        return AuthResult(success=right, handled=False, auth_data="signed in")

    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=inbox.port,
        auth_required=sign_in,
        ssl_context=context if way == "tls" else None,
        tls_context=context if way == "starttls" else None,
        require_starttls=way == "starttls",
        auth_require_tls=False,
        authenticator=known,
    )
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a mail."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    plain, rich = (one.get_content().replace("\r\n", "\n") for one in (text, html))
    return plain, rich


def link(mail: EmailMessage) -> str:
    """The one address both parts of a mail lead to."""
    text, html = parts(mail)
    [address] = re.findall(r"^(https?://\S+)$", text, re.MULTILINE)
    assert set(re.findall(r'href="([^"]+)"', html)) == {address}
    return str(address)
