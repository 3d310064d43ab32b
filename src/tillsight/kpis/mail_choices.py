"""Which mails about KPIs somebody wants, and who may get one."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Select, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.models import User
from tillsight.kpis.models import KpiMailChoice


class MailKind(StrEnum):
    """A kind of mail that can be had or not."""

    reminders = "reminders"
    digest = "digest"


COLUMNS = {
    MailKind.reminders: KpiMailChoice.reminders,
    MailKind.digest: KpiMailChoice.digest,
}


def mail_choices(session: Session, user_id: int) -> dict[MailKind, bool]:
    """Which kinds somebody wants; all of them until they chose."""
    chosen = session.get(KpiMailChoice, user_id)
    return {kind: chosen is None or getattr(chosen, kind) for kind in MailKind}


def choose_mails(session: Session, user_id: int, wanted: Mapping[MailKind, bool]) -> None:
    """Have these kinds from now on, or not; the other kinds stay as they are."""
    if not wanted or _changed(session, user_id, wanted):
        return
    try:
        with session.begin_nested():
            choices = {str(kind): wanted.get(kind, True) for kind in MailKind}
            session.add(KpiMailChoice(user_id=user_id, **choices))
    except IntegrityError:  # the same person chose elsewhere just now
        _changed(session, user_id, wanted)


def readers(session: Session, kind: MailKind) -> set[int]:
    """The numbers of all who get mails of a kind: they can, and did not say no."""
    return {user.id for user in session.scalars(_who_gets(kind))}


def reader(session: Session, kind: MailKind, user_id: int) -> User | None:
    """Somebody, if they get mails of a kind now."""
    return session.scalar(_who_gets(kind).where(User.id == user_id))


def _who_gets(kind: MailKind) -> Select[User]:
    chosen = COLUMNS[kind]
    return (
        select(User)
        .join(KpiMailChoice, KpiMailChoice.user_id == User.id, isouter=True)
        .where(
            User.is_active,
            User.is_verified,
            User.email.is_not(None),
            or_(chosen.is_(None), chosen),
        )
    )


def _changed(session: Session, user_id: int, wanted: Mapping[MailKind, bool]) -> bool:
    changed = session.connection().execute(
        update(KpiMailChoice)
        .where(KpiMailChoice.user_id == user_id)
        .values({COLUMNS[kind]: wish for kind, wish in wanted.items()})
    )
    return changed.rowcount > 0
