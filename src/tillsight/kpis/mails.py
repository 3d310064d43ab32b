"""Mails about KPIs: when they are due, and that each is put on its way once.

A row of `kpi_mails` is inserted in the transaction that puts the job of its mail. The unique
constraint decides between servers that come to the same mail at once, and what was not committed is
found again by the next round. The mail itself is written when it is sent, from what holds then.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight import jobs, languages, mail
from tillsight.accounts.models import Circle, CircleMember, User
from tillsight.clock import removal_clock
from tillsight.database import Database
from tillsight.kpis import digest, reminders
from tillsight.kpis.board import KeptFigures
from tillsight.kpis.mail_choices import MailKind, reader, readers
from tillsight.kpis.models import Kpi, KpiMail
from tillsight.kpis.spans import read_period, write_period
from tillsight.kpis.words import Periodicity
from tillsight.kpis.worklist import missing_values
from tillsight.metrics.periods import DAY
from tillsight.settings import Mail, Settings

FIRST_HOUR = 8
"""Mails are sent from this hour on, by the shop's clock."""
ROUND = timedelta(minutes=1)
KEPT = timedelta(days=60)
REMINDER, DIGEST = "mail.kpi_reminder", "mail.kpi_digest"
ENTER_PAGE, BOARD_PAGE, PROFILE_PAGE = "enter_values", "board", "profile"


class Rounds:
    """Looks whether mails are due, every minute on whichever server holds the lease."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._zone = ZoneInfo(settings.timezone)
        self._database = database
        self._done: date | None = None
        self._thread = jobs.Recurring(database, "kpi-mails", ROUND, self._look)
        self._needed = settings.mail is not Mail.off

    def start(self) -> None:
        """Begin, where this server sends mail at all."""
        if self._needed:
            self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        if self._needed:
            self._thread.stop()

    def _look(self) -> None:
        today = mail_day(datetime.now(UTC), self._zone)
        if today is None or today == self._done:
            return
        put_mails(self._database, today, self._zone)
        self._done = today


def mail_day(now: datetime, zone: ZoneInfo) -> date | None:
    """The day it is for the shop, once its mails may be sent; none earlier in the morning."""
    local = now.astimezone(zone)
    return local.date() if local.hour >= FIRST_HOUR else None


def put_mails(database: Database, today: date, zone: ZoneInfo) -> int:
    """Put every mail of the day that is not on its way yet; says how many there were.

    What becomes due later on the day is told with the next day's.
    """
    with database.reading() as session:
        due = _due(session, today, zone)
    put = sum(_put(database, one) for one in due)
    with database.writing() as session:
        session.execute(delete(KpiMail).where(KpiMail.at < removal_clock.now() - KEPT))
    return put


def pass_over_mails(database: Database, today: date, zone: ZoneInfo) -> None:
    """Have every mail of the day count as sent, where nobody was there to be told by then."""
    with database.writing() as session:
        for one in _due(session, today, zone):
            session.add(_on_its_way(one))


@dataclass(frozen=True)
class _Due:
    """A mail to somebody: the name that makes it one, and the job that sends it."""

    user_id: int
    about: str
    kind: str
    payload: jobs.Payload


def _due(session: Session, today: date, zone: ZoneInfo) -> list[_Due]:
    return [*_reminders(session, today, zone), *_digests(session, today)]


def _on_its_way(due: _Due) -> KpiMail:
    return KpiMail(user_id=due.user_id, about=due.about, at=datetime.now(UTC))


def _put(database: Database, due: _Due) -> bool:
    try:
        with database.writing() as session:
            session.add(_on_its_way(due))
            session.flush()
            jobs.put(session, due.kind, {"user_id": due.user_id, "about": due.about, **due.payload})
    except IntegrityError:  # another server was first, or the person is gone
        return False
    return True


def _reminders(session: Session, today: date, zone: ZoneInfo) -> list[_Due]:
    last = _last_reminders(session, today)
    missing = missing_values(session, true(), today, zone)
    people = reminders.who_is_reminded(missing, last, today) & readers(session, MailKind.reminders)
    return [
        _Due(
            person,
            _about_reminder(today),
            REMINDER,
            {"day": f"{today}", "after": f"{reminders.since(last.get(person), today)}"},
        )
        for person in sorted(people)
    ]


def _last_reminders(session: Session, today: date) -> dict[int, date]:
    """By person, the day of the last reminder, as far back as days are caught up."""
    days = {
        _about_reminder(day): day
        for day in (today - number * DAY for number in range(reminders.CAUGHT_UP.days + 2))
    }
    query = (
        select(KpiMail.user_id, func.max(KpiMail.about))
        .where(KpiMail.about.in_(days))
        .group_by(KpiMail.user_id)
    )
    return {user_id: days[about] for user_id, about in session.execute(query)}


def _about_reminder(day: date) -> str:
    return f"reminder {day}"


def _digests(session: Session, today: date) -> list[_Due]:
    """Last week's digests, to everybody of each circle that has something to tell."""
    week = digest.told_week(today)
    if week is None:
        return []
    written = write_period(Periodicity.weekly, week)
    wanting = readers(session, MailKind.digest)
    query = (
        select(CircleMember.circle_id, CircleMember.user_id)
        .join(Circle, Circle.id == CircleMember.circle_id)
        .where(
            Circle.archived_at.is_(None),
            select(Kpi.id)
            .where(Kpi.circle_id == Circle.id, Kpi.active, Kpi.archived_at.is_(None))
            .exists(),
        )
        .order_by(CircleMember.circle_id, CircleMember.user_id)
    )
    due = [
        _Due(user, f"digest {circle} {written}", DIGEST, {"circle_id": circle, "week": written})
        for circle, user in session.execute(query)
        if user in wanting
    ]
    names = {one.about for one in due}
    sent = {
        (user_id, about)
        for user_id, about in session.execute(
            select(KpiMail.user_id, KpiMail.about).where(KpiMail.about.in_(names))
        )
    }
    return [one for one in due if (one.user_id, one.about) not in sent]


def handlers(settings: Settings, database: Database) -> dict[str, jobs.Handler]:
    """What does the jobs put here, for a worker."""
    kept = KeptFigures()  # all of a circle are told the same
    return {
        REMINDER: lambda payload: _send_reminder(settings, database, payload),
        DIGEST: lambda payload: _send_digest(settings, database, kept, payload),
    }


def _send_reminder(settings: Settings, database: Database, payload: jobs.Payload) -> None:
    after, today = (date.fromisoformat(str(payload[name])) for name in ("after", "day"))
    zone = ZoneInfo(settings.timezone)
    with database.reading() as session:
        user = reader(session, MailKind.reminders, _user_id(payload))
        if user is None:
            return
        with languages.speaking(languages.of(user.language)):
            told = reminders.reminder(session, user.id, after, today, zone)
            if told is None:
                return
            facts = {"link": f"{settings.public_url}/{ENTER_PAGE}", "parts": told.parts}
            message = _written(settings, user, told.subject, "kpi_reminder", facts)
    _deliver(settings, user, payload, message)


def _send_digest(
    settings: Settings, database: Database, kept: KeptFigures, payload: jobs.Payload
) -> None:
    week = read_period(Periodicity.weekly, str(payload["week"]))
    circle_id = int(str(payload["circle_id"]))
    with database.reading() as session:
        user = reader(session, MailKind.digest, _user_id(payload))
        if user is None or session.get(CircleMember, (circle_id, user.id)) is None:
            return
        with languages.speaking(languages.of(user.language)):
            told = digest.digest(session, kept, circle_id, week, ZoneInfo(settings.timezone))
            if told is None:
                return
            shown = urlencode({"circle": told.circle})  # the page's own way to say it in an address
            facts = {"link": f"{settings.public_url}/{BOARD_PAGE}?{shown}", "told": told}
            message = _written(settings, user, told.subject, "kpi_digest", facts)
    _deliver(settings, user, payload, message)


def _user_id(payload: jobs.Payload) -> int:
    return int(str(payload["user_id"]))


def _written(
    settings: Settings, user: User, subject: str, templates: str, facts: Mapping[str, object]
) -> EmailMessage:
    """A mail to somebody, in the language that is spoken here."""
    return mail.compose(
        settings,
        user.email or "",
        subject,
        templates,
        name=user.full_name or user.username,
        profile=f"{settings.public_url}/{PROFILE_PAGE}",
        **facts,
    )


def _deliver(settings: Settings, user: User, payload: jobs.Payload, message: EmailMessage) -> None:
    # The same each time it is tried: who gets it twice, because a server died, sees it once.
    about = f"{settings.public_url} {user.id} {payload['about']}"
    name = hashlib.sha256(about.encode()).hexdigest()[:32]
    domain = settings.sender.rpartition("@")[2]
    message.replace_header("Message-ID", f"<kpi-{name}@{domain}>")
    mail.deliver(settings, message)
