"""How an account comes to be and its password is set anew: by oneself, by invitation, by a link.

Passwords are hashed before the transaction begins, for that takes longer than all the rest, and
SQLite lets one transaction write at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts import letters, links
from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import Purpose, Role, User
from tillsight.accounts.names import normal_email, normal_username
from tillsight.accounts.passwords import check_new_password, hash_password
from tillsight.accounts.sessions import Origin, end_sessions
from tillsight.accounts.users import find_user, free_username
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound, TillsightError
from tillsight.settings import PREFIX, Mail, Registration, Settings

LONGEST_NAME = 200


class Taken(TillsightError):
    """Somebody has this e-mail or username; told, because the contract says so."""

    status = 400
    code = "taken"


@dataclass(frozen=True)
class Newcomer:
    """What somebody says of themselves; an e-mail or a username is needed."""

    password: str
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True)
class Checked:
    """What a newcomer said, in the form it is kept in, with the password hashed."""

    password_hash: str
    email: str | None
    username: str | None
    first_name: str | None
    last_name: str | None


def split_name(full_name: str | None) -> tuple[str | None, str | None]:
    """First and last name: split at the last space; one word is a first name."""
    words = (full_name or "").split()
    return " ".join(words[:-1] or words) or None, words[-1] if len(words) > 1 else None


def require_registration(settings: Settings) -> None:
    """Refuse where nobody registers by themselves.

    Raises:
        Forbidden: naming the setting.
    """
    if settings.registration in {Registration.invite, Registration.closed}:
        ways = {
            Registration.invite: "Ask an admin for an invitation.",
            Registration.closed: "Ask an admin for an account.",
        }
        raise Forbidden(
            f"Registration is not open here ({PREFIX}REGISTRATION={settings.registration})."
            f" {ways[settings.registration]}"
        )


def check_account(settings: Settings, newcomer: Newcomer) -> Checked:
    """Check the names and the password, and hash it.

    Raises:
        InvalidInput: a name or the password cannot be used.
    """
    email = normal_email(newcomer.email) if newcomer.email else None
    username = normal_username(newcomer.username) if newcomer.username else None
    if not email and not username:
        raise InvalidInput("Give an e-mail address or a username.")
    names = [_name(newcomer.first_name), _name(newcomer.last_name)]
    check_new_password(newcomer.password, settings.shop_name, email, username)
    return Checked(hash_password(newcomer.password), email, username, *names)


def check_newcomer(settings: Settings, newcomer: Newcomer) -> Checked:
    """Check who wants to register and what they chose, and hash the password.

    Raises:
        Forbidden: registration is not open to them; names the setting.
        InvalidInput: a name or the password cannot be used.
    """
    require_registration(settings)
    checked = check_account(settings, newcomer)
    if settings.registration is Registration.domain:
        _require_domain(settings, checked.email)
    return checked


def register(
    session: Session,
    settings: Settings,
    checked: Checked,
    origin: Origin = TERMINAL,
    details: Mapping[str, object] | None = None,
) -> User:
    """Make the account; without an e-mail it is active at once, else its address must be verified.

    `details` go into the audit log.

    Raises:
        Taken: `Email already registered` or `Username already taken`.
    """
    user = User(
        email=checked.email,
        username=_username(session, checked),
        first_name=checked.first_name,
        last_name=checked.last_name,
        password_hash=checked.password_hash,
        role=Role(settings.registration_role),
        is_active=True,
        is_verified=checked.email is None,
        created_at=datetime.now(UTC),
    )
    _add(session, user)
    if user.email and settings.mail is not Mail.off:
        letters.write(session, Purpose.verify, user)
    record(session, Action.registered, user, "", details, origin)
    return user


def verify_email(session: Session, token: str, origin: Origin = TERMINAL) -> User:
    """Mark the address behind a link as verified.

    Raises:
        links.BadLink: the link cannot be used.
    """
    user = _known(links.use(session, Purpose.verify, token))
    user.is_verified = True
    record(session, Action.email_verified, user, "", None, origin)
    return user


def verify_by_hand(session: Session, login: str) -> User:
    """Mark somebody as verified on an admin's word.

    Raises:
        NotFound: nobody has this e-mail or username.
    """
    user = _of_login(session, login)
    user.is_verified = True
    record(session, Action.user_verified, None, user.email or user.username)
    return user


def reset_by_hand(session: Session, login: str, password: str) -> User:
    """Give somebody another password on the word of whoever runs the server, and end every session
    of theirs: the way in where no mail can bring a link.

    Raises:
        NotFound: nobody has this e-mail or username.
        InvalidInput: the password cannot be used.
    """
    user = _of_login(session, login)
    check_new_password(password, user.email, user.username)
    user.password_hash = hash_password(password)
    end_sessions(session, user.id)
    links.withdraw(session, Purpose.reset, user.id)
    record(session, Action.password_reset, None, user.email or user.username)
    return user


def _of_login(session: Session, login: str) -> User:
    user = find_user(session, login)
    if user is None:
        raise NotFound(f"Nobody has the e-mail or username “{login[:80]}”.")
    return user


def invite(session: Session, settings: Settings, email: str, role: Role) -> User:
    """Make an account that waits for its owner, and have the invitation sent where there is mail.

    Inviting somebody again who has not come yet sends a new link and sets the role.

    Raises:
        InvalidInput: the address cannot be used.
        Conflict: the address has an account already.
        Forbidden: registration is closed.
    """
    if settings.registration is Registration.closed:
        raise Forbidden(f"Nobody is invited while {PREFIX}REGISTRATION is closed.")
    address = normal_email(email)
    user = session.scalar(select(User).where(User.email == address))
    if user is not None and (user.password_hash or user.is_verified):
        raise Conflict(f"{address} has an account already.")
    if user is None:
        user = User(
            email=address,
            username=free_username(session, address),
            password_hash="",
            role=role,
            is_active=True,
            is_verified=False,
            created_at=datetime.now(UTC),
        )
        _add(session, user)
    user.role = role
    if settings.mail is not Mail.off:
        letters.write(session, Purpose.invite, user)
    return user


def prepare_password(
    session: Session, settings: Settings, purpose: Purpose, token: str, newcomer: Newcomer
) -> Checked:
    """Check what is asked of the holder of a reset or invitation link; does not use the link.

    Raises:
        links.BadLink: the link cannot be used.
        InvalidInput: a name or the password cannot be used.
    """
    user = links.holder(session, purpose, token)
    given = Newcomer(
        newcomer.password,
        user.email,
        newcomer.username or user.username,
        newcomer.first_name,
        newcomer.last_name,
    )
    return check_account(settings, given)


def reset_password(
    session: Session, token: str, checked: Checked, origin: Origin = TERMINAL
) -> User:
    """Set the password, end every session, and count the address as verified: a mail reached it.

    Raises:
        links.BadLink: the link cannot be used.
    """
    user = _known(links.use(session, Purpose.reset, token))
    user.password_hash = checked.password_hash
    user.is_verified = True
    end_sessions(session, user.id)
    record(session, Action.password_reset, user, "", None, origin)
    return user


def accept_invite(
    session: Session, token: str, checked: Checked, origin: Origin = TERMINAL
) -> User:
    """Give an invited account its password and names.

    Raises:
        links.BadLink: the link cannot be used.
        Taken: the username is somebody else's.
    """
    user = _known(links.use(session, Purpose.invite, token))
    user.password_hash = checked.password_hash
    user.is_verified = True
    user.first_name = checked.first_name or user.first_name
    user.last_name = checked.last_name or user.last_name
    if checked.username and checked.username != user.username:
        _require_free(session, None, checked.username)
        user.username = checked.username
    _flush(session, lambda: _require_free(session, None, checked.username))
    record(session, Action.registered, user, "", {"by": "invitation"}, origin)
    return user


def setup_link(session: Session, settings: Settings) -> str | None:
    """A link that makes the first admin; None once there is anybody."""
    if _is_anybody(session):
        return None
    return links.address_of(settings, Purpose.setup, links.issue(session, Purpose.setup, None))


def require_setup(session: Session, token: str) -> None:
    """Refuse unless the link would make the first admin now.

    Raises:
        links.BadLink: the link cannot be used.
        Conflict: there is somebody already.
    """
    if not links.is_usable(session, Purpose.setup, token):
        raise links.BadLink(Purpose.setup)
    if _is_anybody(session):
        raise Conflict("There are accounts already. Sign in, or ask an admin for an invitation.")


def set_up(session: Session, token: str, checked: Checked, origin: Origin = TERMINAL) -> User:
    """Make the first admin.

    Raises:
        links.BadLink, Conflict: as `require_setup`.
    """
    require_setup(session, token)
    links.use(session, Purpose.setup, token)
    user = User(
        email=checked.email,
        username=_username(session, checked),
        first_name=checked.first_name,
        last_name=checked.last_name,
        password_hash=checked.password_hash,
        role=Role.admin,
        is_active=True,
        is_verified=True,
        created_at=datetime.now(UTC),
    )
    _add(session, user)
    record(session, Action.registered, user, "", {"by": "setup link"}, origin)
    return user


def _is_anybody(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is not None


def _name(text: str | None) -> str | None:
    plain = " ".join((text or "").split())
    if len(plain) > LONGEST_NAME or not plain.isprintable():
        raise InvalidInput(f"A name has at most {LONGEST_NAME} characters, all of them visible.")
    return plain or None


def _require_domain(settings: Settings, email: str | None) -> None:
    domains = {normal_email(f"x@{one}").split("@")[1] for one in settings.registration_domains}
    if not email or email.split("@")[1] not in domains:
        raise Forbidden(
            "Only people with an address of certain domains may register here"
            f" ({PREFIX}REGISTRATION_DOMAINS). Ask an admin for an invitation."
        )


def _username(session: Session, checked: Checked) -> str:
    if checked.username:
        return checked.username
    return free_username(session, checked.email or "")


def _add(session: Session, user: User) -> None:
    _require_free(session, user.email, user.username)
    email, username = user.email, user.username
    session.add(user)
    _flush(session, lambda: _require_free(session, email, username))


def _flush(session: Session, explain: Callable[[], None]) -> None:
    """Write now, so that somebody who took the name in this very moment is told as before."""
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        explain()
        raise


def _require_free(session: Session, email: str | None, username: str | None) -> None:
    if email and session.scalar(select(User.id).where(User.email == email)):
        raise Taken("Email already registered")
    if username and session.scalar(select(User.id).where(User.username == username)):
        raise Taken("Username already taken")


def _known(user: User | None) -> User:
    if user is None:  # only a setup link has nobody behind it
        raise NotFound("Nobody stands behind this link.")
    return user
