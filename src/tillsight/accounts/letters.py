"""Mails with links. A request only puts a job; the link is made when the mail is sent.

So no link lies in the queue, a slow mail server slows nobody, and asking for a new password takes
the same time whether or not there is such an account: it is looked up here, not in the request.
"""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight import formats, jobs, languages, mail
from tillsight.accounts import links, texts
from tillsight.accounts.models import Purpose, User
from tillsight.accounts.users import find_user
from tillsight.database import Database
from tillsight.errors import Forbidden
from tillsight.settings import PREFIX, Mail, Settings

LONGEST_LOGIN = 254


def require_mail(settings: Settings) -> None:
    """Refuse what needs mail where there is none.

    Raises:
        Forbidden: naming the setting and the way without mail.
    """
    if settings.mail is Mail.off:
        raise Forbidden(
            f"This server sends no mail ({PREFIX}MAIL is empty). Ask an admin, who can verify"
            " accounts and hand out links."
        )


def write(session: Session, purpose: Purpose, user: User) -> None:
    """Have a mail with a new link sent to somebody once this transaction commits."""
    jobs.put(session, f"mail.{purpose}", {"user_id": user.id, **_asked()})


def write_if_known(session: Session, purpose: Purpose, login: str) -> None:
    """Have a mail sent to whoever has this e-mail or username, if anybody; says nothing of it."""
    jobs.put(session, f"mail.{purpose}", {"login": login[:LONGEST_LOGIN], **_asked()})


def _asked() -> jobs.Payload:
    """In which language this was asked for: it is the receiver's, who has not chosen another."""
    return {"language": languages.current()}


def handlers(settings: Settings, database: Database) -> dict[str, jobs.Handler]:
    """What does the jobs put here, for a worker."""

    def handler(purpose: Purpose) -> jobs.Handler:
        return lambda payload: _send(settings, database, purpose, payload)

    return {f"mail.{purpose}": handler(purpose) for purpose in Purpose if purpose in texts.SUBJECTS}


def _send(settings: Settings, database: Database, purpose: Purpose, payload: jobs.Payload) -> None:
    with database.writing() as session:
        user = _reader(session, payload)
        if user is None or user.email is None or not _may_have(purpose, user):
            return
        to, token = user.email, links.issue(session, purpose, user.id)
        language = languages.of(user.language, str(payload.get("language")))
    until = f"{datetime.now(UTC) + links.LIFETIME[purpose]}"
    with languages.speaking(language):
        message = mail.compose(
            settings,
            to,
            texts.SUBJECTS[purpose].format(shop=settings.shop_name),
            str(purpose),
            link=links.address_of(settings, purpose, token),
            until=f"{formats.moment(until, settings.timezone)} ({settings.timezone})",
        )
    mail.deliver(settings, message)


def _reader(session: Session, payload: jobs.Payload) -> User | None:
    if "login" in payload:
        return find_user(session, str(payload["login"]))
    return session.scalar(select(User).where(User.id == payload["user_id"]))


def _may_have(purpose: Purpose, user: User) -> bool:
    """Whether such a link makes sense for them by now."""
    if purpose is Purpose.reset:
        return user.is_active
    waits = user.is_active and not user.is_verified
    invited = not user.password_hash
    return waits and invited is (purpose is Purpose.invite)
