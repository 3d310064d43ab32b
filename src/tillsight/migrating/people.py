"""People of an older product: who they are here, and how they come in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts import letters, links
from tillsight.accounts.models import Purpose, Role, User
from tillsight.accounts.names import normal_email, normal_username
from tillsight.accounts.passwords import is_hash
from tillsight.accounts.people import clean_name
from tillsight.accounts.users import find_user, free_username
from tillsight.errors import InvalidInput
from tillsight.migrating.moving import Count, Invitation, Moved
from tillsight.migrating.older import OlderRow
from tillsight.settings import Mail, Settings

PERSON = "person"


@dataclass(frozen=True)
class Arrival:
    """Somebody with an account of an older product; `username` is the one they would like.

    With an e-mail they sign in by that, else by the username.
    """

    email: str
    username: str
    first_name: str | None
    last_name: str | None
    role: Role
    is_active: bool
    is_verified: bool = False
    password_hash: str = ""
    created_at: datetime | None = None
    last_login_at: datetime | None = None


def bring_people(
    session: Session,
    moved: Moved,
    rows: Iterable[OlderRow],
    arrival_of: Callable[[OlderRow], Arrival],
) -> tuple[Count, list[tuple[Arrival, User]]]:
    """Bring people over, each row somebody; what became of them, and who is new here.

    Whose e-mail, or username where there is none, has an account here is that person, who stays as
    they are. Whom `arrival_of` refuses with InvalidInput is left out.
    """
    count, known = Count("People"), moved.ours(PERSON)
    new: list[tuple[Arrival, User]] = []
    for row in rows:
        count.found += 1
        if row.id in known:
            count.there += 1
            continue
        try:
            arrival = arrival_of(row)
            user, is_new = _find_or_add(session, arrival)
        except InvalidInput as refusal:
            count.leave_out(row.id, refusal.message)
            continue
        moved.note(PERSON, row.id, user.id)
        count.added += is_new
        count.there += not is_new
        if is_new:
            new.append((arrival, user))
    return count, new


def _find_or_add(session: Session, arrival: Arrival) -> tuple[User, bool]:
    """Whose account this is here, and whether it was made now; one that is here stays as it is.

    A hash that no password can be checked against is not kept: who has none waits for an
    invitation, or a link to choose one.

    Raises:
        InvalidInput: what they sign in with cannot be that here.
    """
    login = _login(arrival)
    known = find_user(session, login)
    if known is not None:
        return known, False
    user = User(
        email=login if arrival.email else None,
        username=_username(session, arrival, login),
        first_name=_name(arrival.first_name),
        last_name=_name(arrival.last_name),
        password_hash=arrival.password_hash if is_hash(arrival.password_hash) else "",
        role=arrival.role,
        is_active=arrival.is_active,
        is_verified=arrival.is_verified,
        created_at=arrival.created_at or datetime.now(UTC),
        last_login_at=arrival.last_login_at,
    )
    session.add(user)
    session.flush()
    return user, True


def invite(session: Session, settings: Settings, user: User) -> Invitation | None:
    """Have an invitation sent once this commits; where no mail is sent, the link to hand out."""
    if settings.mail is not Mail.off:
        letters.write(session, Purpose.invite, user)
        return None
    token = links.issue(session, Purpose.invite, user.id)
    return Invitation(
        user.email or user.username, links.address_of(settings, Purpose.invite, token)
    )


def _login(arrival: Arrival) -> str:
    if arrival.email:
        return normal_email(arrival.email)
    if not is_hash(arrival.password_hash):
        raise InvalidInput("The hash of the password cannot be read, and there is no address.")
    return normal_username(arrival.username)


def _username(session: Session, arrival: Arrival, login: str) -> str:
    """The one they had, if it can be one here and nobody has it; else one made of the address."""
    try:
        name = normal_username(arrival.username)
    except InvalidInput:
        return free_username(session, login)
    if session.scalar(select(User.id).where(User.username == name).limit(1)) is None:
        return name
    if not arrival.email:  # a name that MariaDB takes for this one
        raise InvalidInput("Another username here passes for this one.")
    return free_username(session, login)


def _name(text: str | None) -> str | None:
    """A name, if it can be one here: nobody is left out for the way it is written."""
    try:
        return clean_name(text)
    except InvalidInput:
        return None
