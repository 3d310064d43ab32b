"""Where somebody is signed in, in words they can recognise."""

import re
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.models import UserSession
from tillsight.errors import NotFound

MOST_SHOWN = 200

# The first that fits: many browsers claim to be the ones below them, too.
_BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
    (r"curl/", "curl"),
    (r"python|httpx|aiohttp", "Python"),
    (r"PostmanRuntime/", "Postman"),
)
_SYSTEMS = (
    (r"Windows", "Windows"),
    (r"iPhone|iPad|iPod", "iOS"),
    (r"Android", "Android"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def browser_in_words(user_agent: str | None) -> str:
    """Such as “Firefox on Windows”; what a browser says of itself proves nothing."""
    browser = _first(_BROWSERS, user_agent or "") or "Unknown browser"
    system = _first(_SYSTEMS, user_agent or "")
    return f"{browser} on {system}" if system else browser


def list_sessions(session: Session, user_id: int) -> list[UserSession]:
    """The sessions of somebody that go on, the last used first."""
    return list(
        session.scalars(
            select(UserSession)
            .where(*_live(user_id))
            .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
            .limit(MOST_SHOWN)
        )
    )


def end_own_session(session: Session, user_id: int, session_id: int) -> None:
    """End one of somebody's sessions.

    Raises:
        NotFound: they have no such session, or it ended before.
    """
    now = datetime.now(UTC)
    known = (*_live(user_id), UserSession.id == session_id)
    end = update(UserSession).where(*known).values(ended_at=now)
    if not session.connection().execute(end).rowcount:
        raise NotFound(f"You have no session {session_id}.")


def _live(user_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        UserSession.user_id == user_id,
        UserSession.ended_at.is_(None),
        UserSession.expires_at > datetime.now(UTC),
    )


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for sign, name in names if re.search(sign, user_agent, re.IGNORECASE)), None)
