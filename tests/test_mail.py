"""Mail through a real mail server, from a really started one of ours."""

import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from email.errors import HeaderParseError
from pathlib import Path
from smtplib import SMTPAuthenticationError, SMTPException
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from mail_server import SECRET, USER, Inbox, link, mail_server, parts
from parts import missing
from serving import Server, free_port, serving
from shop import Shop
from tillsight import jobs, mail
from tillsight.accounts import letters
from tillsight.accounts.models import Purpose, Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.jobs import Hopeless, Job
from tillsight.settings import Settings, load_settings

TROUBLESHOOTING = (Path(__file__).parents[1] / "docs" / "troubleshooting.md").read_text("utf-8")
ADA = {"email": "ada@example.com", "password": "a long enough password", "full_name": "Ada Love"}
SENDER = "shop@corner.example"


def smtp(port: int, **more: str) -> dict[str, str]:
    """Settings for a mail server at this port, as environment variables name them."""
    return {
        "REGISTRATION": "open",
        "MAIL": "smtp",
        "MAIL_FROM": SENDER,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_TLS": "none",
        **more,
    }


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as started:
        yield started


@pytest.fixture
def mailing(settings: Settings, inbox: Inbox) -> Settings:
    """Settings that send to the inbox."""
    return given(settings, inbox.port)


def given(settings: Settings, port: int, **more: str) -> Settings:
    named = {name.lower(): value for name, value in smtp(port, **more).items()}
    return load_settings(home=settings.home, **named)


def write(settings: Settings, to: str = "ada@example.com") -> None:
    message = mail.compose(
        settings, to, "Hello", "reset", link="https://x.example/?a=1&b=2", until=""
    )
    mail.deliver(settings, message)


def login(server: Server) -> httpx2.Response:
    return httpx2.post(
        f"{server.url}/api/auth/login", json={"email": ADA["email"], "password": ADA["password"]}
    )


def test_a_mail_has_both_parts_and_plain_headers(settings: Settings, inbox: Inbox) -> None:
    named = given(
        settings, inbox.port, SHOP_NAME="Corner <b>\r\nBcc: all@example.com\r\n\r\nShop Ü"
    )
    write(named)
    [got] = inbox.wait(1)
    assert got["To"] == "ada@example.com"
    assert got["Bcc"] is None
    assert got["From"].addresses[0].addr_spec == SENDER
    assert got["From"].addresses[0].display_name == "Corner <b> Bcc: all@example.com Shop Ü"
    assert got["Message-ID"].endswith("@corner.example>")
    text, html = parts(got)
    assert "https://x.example/?a=1&b=2\n" in text
    assert 'href="https://x.example/?a=1&amp;b=2"' in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


@pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "a@x, b@x", "<a@x>"])
def test_an_address_cannot_bring_a_header(mailing: Settings, to: str) -> None:
    with pytest.raises((ValueError, HeaderParseError)):
        write(mailing, to)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_it_signs_in_at_the_mail_server(settings: Settings) -> None:
    with mail_server(sign_in=True) as inbox:
        wrong = given(settings, inbox.port, SMTP_USER=USER, SMTP_PASSWORD="wrong")
        with pytest.raises(SMTPAuthenticationError):
            write(wrong)
        write(given(settings, inbox.port, SMTP_USER=USER, SMTP_PASSWORD=SECRET))
        assert len(inbox.wait(1)) == 1
        assert inbox.users == ["signed in"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_it_speaks_tls_to_servers_with_a_certificate_of_trust_only(
    settings: Settings, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = certified(tmp_path)
    with mail_server(sign_in=True, context=context, way=way) as inbox:
        named = given(settings, inbox.port, SMTP_TLS=way, SMTP_USER=USER, SMTP_PASSWORD=SECRET)
        with pytest.raises(ssl.SSLCertVerificationError):
            write(named)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        write(named)
        assert len(inbox.wait(1)) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize(
    ("server", "asking", "error"),
    [
        ({}, {"SMTP_TLS": "starttls"}, "SMTPNotSupportedError"),
        ({}, {"SMTP_TLS": "tls"}, "SSLError"),
        ({"way": "tls"}, {}, "SMTPServerDisconnected"),
        ({"way": "tls"}, {"SMTP_TLS": "starttls"}, "SMTPServerDisconnected"),
        ({"way": "starttls"}, {}, "SMTPSenderRefused"),
        ({"way": "starttls"}, {"SMTP_TLS": "starttls"}, "SSLCertVerificationError"),
        ({"sign_in": True}, {}, "SMTPSenderRefused"),
        ({"sign_in": True}, {"SMTP_USER": USER, "SMTP_PASSWORD": "no"}, "SMTPAuthenticationError"),
        (None, {}, "ConnectionRefusedError"),
        (None, {"SMTP_HOST": "nowhere.invalid"}, "gaierror"),
    ],
)
def test_every_mistake_in_the_settings_is_called_as_the_docs_say(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: dict[str, Any] | None,
    asking: dict[str, str],
    error: str,
) -> None:
    """The log has the name of the error, which docs/troubleshooting.md explains."""
    monkeypatch.setattr(mail, "TIMEOUT", 1.0)  # a way that nobody answers on takes 20 s
    context = {"context": certified(tmp_path)[0]} if server and "way" in server else {}
    port = free_port()
    with (
        nullcontext() if server is None else mail_server(Inbox(port), **context, **server),
        pytest.raises((OSError, SMTPException)) as refused,
    ):
        write(given(settings, port, **asking))
    assert type(refused.value).__name__ == error
    assert f"`{error}`" in TROUBLESHOOTING


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS with a certificate made here."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("there is no openssl on this machine")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=us"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


@pytest.mark.parametrize(
    ("refusal", "given_up"), [("550 no such mailbox", True), ("451 later, please", False)]
)
def test_what_the_server_will_never_take_is_given_up(
    shop: Shop, inbox: Inbox, refusal: str, given_up: bool
) -> None:
    inbox.refusal = refusal
    settings = given(shop.settings, inbox.port)
    with shop.database.writing() as session:
        user = add_user(session, ADA["email"], ADA["password"], Role.viewer)
        letters.write(session, Purpose.reset, user)
    assert jobs.run_due(shop.database, letters.handlers(settings, shop.database))
    with shop.database.reading() as session:
        job = session.scalars(select(Job)).one()
    assert (job.failed_at is not None) is given_up
    assert ADA["email"] not in (job.error or "")


def test_without_mail_nothing_is_sent(settings: Settings) -> None:
    with pytest.raises(Hopeless, match="TILLSIGHT_MAIL"):
        write(settings)


def account_life(folder: Path, inbox: Inbox, **more: str) -> None:
    """From registration to a new password and an invitation, by the links in the mails."""
    inbox.delay = 3.0
    with serving(folder, **smtp(inbox.port), **more) as server:
        before = time.monotonic()
        answer = httpx2.post(f"{server.url}/api/auth/register", json=ADA)
        assert time.monotonic() - before < 2, "the request waited for the mail server"
        assert answer.status_code == 201
        assert "verification_token" not in answer.json()
        assert login(server).status_code == 403
        [verify] = inbox.wait(1)
        assert verify["To"] == ADA["email"]
        page = httpx2.get(link(verify))
        assert page.status_code == 200
        assert "Your address is confirmed" in page.text
        assert login(server).status_code == 200
        inbox.delay = 0
        httpx2.post(f"{server.url}/api/auth/forgot-password", json={"login": ADA["email"]})
        reset = link(inbox.wait(2)[1])
        assert httpx2.get(reset).status_code == 200
        form = {"token": reset.partition("token=")[2], "password": "another long password"}
        done = httpx2.post(reset.partition("?")[0], data=form)
        assert done.headers["location"] == "/signin?done=reset"
        assert login(server).status_code == 401
        with server.client() as owner:
            owner.post("/api/users/invite", json={"email": "bob@example.com", "role": "editor"})
        invited = link(inbox.wait(3)[2])
        assert "bob@example.com" in httpx2.get(invited).text
        said = (folder / "server.log").read_text()
        secrets = [one.partition("token=")[2] for one in (link(verify), reset, invited)]
        assert not [one for one in secrets if not one or one in said]


def test_the_link_in_the_mail_works_when_clicked(tmp_path: Path, inbox: Inbox) -> None:
    account_life(tmp_path, inbox)


def test_mail_is_sent_once_the_mail_server_is_back(tmp_path: Path) -> None:
    with mail_server() as inbox:
        pass  # now its port is known, and nobody listens there
    with serving(tmp_path, **smtp(inbox.port)) as server:
        httpx2.post(f"{server.url}/api/auth/register", json=ADA)
        time.sleep(1)
        with mail_server(inbox):
            [got] = inbox.wait(1)
            assert httpx2.get(link(got)).status_code == 200


def test_a_restart_loses_no_mail(tmp_path: Path) -> None:
    with mail_server() as inbox:
        pass
    with serving(tmp_path, **smtp(inbox.port)) as server:
        httpx2.post(f"{server.url}/api/auth/register", json=ADA)
        httpx2.post(f"{server.url}/api/auth/forgot-password", json={"login": ADA["email"]})
        server.process.kill()
        server.process.wait()
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    with database.writing() as session:  # as if the claim of the one killed had run out since
        session.execute(update(Job).values(claimed_until=None, run_at=datetime.now(UTC)))
    database.close()
    with mail_server(inbox), serving(tmp_path, **smtp(inbox.port)):
        subjects = {str(one["Subject"]) for one in inbox.wait(2, seconds=30)}
        assert subjects == {"Confirm your address for Tillsight", "A new password for Tillsight"}
        assert len(inbox.mails) == 2
