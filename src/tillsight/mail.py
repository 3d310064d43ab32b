"""Mail: composed from templates as text and HTML, and handed to the mail server.

Slow or failing mail servers are the reason that nothing here is called from a request: mail is sent
by a job (`jobs.put`), which is tried again until the server takes it.
"""

import smtplib
import ssl
import sys
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path

from tillsight import templates
from tillsight.jobs import Hopeless
from tillsight.settings import Mail, MailTls, Settings

TIMEOUT = 20.0  # seconds for each answer of the mail server
PERMANENT = range(500, 600)

_templates = templates.environment(Path(__file__).parent / "letters")


def compose(
    settings: Settings, to: str, subject: str, letter: str, **facts: object
) -> EmailMessage:
    """A message with the text and HTML of the templates `letter`.txt and .html, in the language
    that is spoken.

    `to` is an address as `accounts.users.normal_email` gives it: nothing in it can end a header.
    """
    facts |= {"shop_name": settings.shop_name, "subject": subject, "url": settings.public_url}
    message = EmailMessage()
    message["From"] = Address(_one_line(settings.shop_name), addr_spec=settings.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _one_line(subject)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # no answers from people on holiday
    message.set_content(_templates.get_template(f"{letter}.txt").render(facts))
    message.add_alternative(_templates.get_template(f"{letter}.html").render(facts), subtype="html")
    return message


def deliver(settings: Settings, message: EmailMessage) -> None:
    """Hand it to the mail server, or print it in console mode.

    Raises:
        Hopeless: the server will not take this mail, now or later; or mail is switched off.
        OSError, smtplib.SMTPException: it cannot be reached or refuses for now.
    """
    if settings.mail is Mail.console:
        _print(message)
    elif settings.mail is Mail.smtp:
        _send(settings, message)
    else:
        raise Hopeless("TILLSIGHT_MAIL is empty: no mail is sent.")


def _send(settings: Settings, message: EmailMessage) -> None:
    tls = ssl.create_default_context()
    # Left alone, smtplib asks the DNS for our own name, which takes seconds where it has none.
    me = settings.sender.rpartition("@")[2]
    place = (settings.smtp_host, settings.smtp_port, me)
    if settings.smtp_tls is MailTls.tls:
        server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=TIMEOUT, context=tls)
    else:
        server = smtplib.SMTP(*place, timeout=TIMEOUT)
    with server:
        if settings.smtp_tls is MailTls.starttls:
            server.starttls(context=tls)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if all(code in PERMANENT for code in codes):
                raise Hopeless(f"The mail server refuses the address ({codes[0]}).") from None
            raise
        except smtplib.SMTPDataError as error:
            if error.smtp_code in PERMANENT:
                raise Hopeless(f"The mail server refuses the mail ({error.smtp_code}).") from None
            raise


def _print(message: EmailMessage) -> None:
    text = message.get_body(("plain",))
    body = text.get_content() if text else ""
    sys.stdout.write(f"\n--- mail to {message['To']}: {message['Subject']}\n{body}---\n")
    sys.stdout.flush()


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
