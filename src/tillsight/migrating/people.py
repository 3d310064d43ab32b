"""People of an older product: who they are here, and how they come in."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts import letters, links
from tillsight.accounts.models import Purpose, Role, User
from tillsight.accounts.names import normal_email, normal_username
from tillsight.accounts.people import clean_name
from tillsight.accounts.users import find_user, free_username
from tillsight.errors import InvalidInput
from tillsight.migrating.moving import Invitation
from tillsight.settings import Mail, Settings


@dataclass(frozen=True)
class Arrival:
    """Somebody with an account of an older product; `username` is the one they would like."""

    email: str
    username: str
    first_name: str | None
    last_name: str | None
    role: Role
    is_active: bool


def find_or_add(session: Session, arrival: Arrival) -> tuple[User, bool]:
    """Whose account this is here, and whether it was made now; one that is here stays as it is.

    Who is new has no password and is not verified: they wait for an invitation.

    Raises:
        InvalidInput: the address is none.
    """
    email = normal_email(arrival.email)
    known = find_user(session, email)
    if known is not None:
        return known, False
    user = User(
        email=email,
        username=_username(session, arrival.username, email),
        first_name=_name(arrival.first_name),
        last_name=_name(arrival.last_name),
        password_hash="",
        role=arrival.role,
        is_active=arrival.is_active,
        is_verified=False,
        created_at=datetime.now(UTC),
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


def _username(session: Session, wanted: str, email: str) -> str:
    """The one they had, if it can be one here and nobody has it; else one made of the address."""
    try:
        name = normal_username(wanted)
    except InvalidInput:
        return free_username(session, email)
    is_taken = session.scalar(select(User.id).where(User.username == name)) is not None
    return free_username(session, email) if is_taken else name


def _name(text: str | None) -> str | None:
    """A name, if it can be one here: nobody is left out for the way it is written."""
    try:
        return clean_name(text)
    except InvalidInput:
        return None
