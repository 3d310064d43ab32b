"""What people change about themselves."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts import links, throttle
from tillsight.accounts.models import Language, Purpose, User
from tillsight.accounts.names import normal_email, normal_username
from tillsight.accounts.passwords import check_new_password, hash_password, password_matches
from tillsight.accounts.people import clean_name, keep_an_admin, one_person, person_to_change
from tillsight.accounts.sessions import end_sessions
from tillsight.errors import Conflict, InvalidInput


def _language(text: str) -> Language | None:
    return Language(text) if text else None


KEPT_AS = {
    "first_name": clean_name,
    "last_name": clean_name,
    "username": normal_username,
    "email": normal_email,
    "language": _language,
}


class WrongPassword(InvalidInput):
    """The current password, asked for once more, is not right."""

    status = 400
    code = "wrong_password"


def change_password(
    session: Session, user_id: int, session_id: int, current: str, new: str, *names: str | None
) -> None:
    """Change the password and end the person's other sessions: the first thing in a session.

    Links to reset the password are worth nothing afterwards. API keys go on. `names` are the shop's
    and the person's own, which are no passwords.

    Raises:
        InvalidInput: the new password cannot be used.
        WrongPassword, TooManyAttempts: the current one is not right, or was guessed too often.
        Conflict: it was changed elsewhere in the meantime.
    """
    check_new_password(new, *names)
    confirmed = confirm_password(session, user_id, current)
    password_hash = hash_password(new)
    unchanged = (User.id == user_id, User.password_hash == confirmed)
    change = update(User).where(*unchanged).values(password_hash=password_hash)
    if not session.connection().execute(change).rowcount:
        raise Conflict("The password was changed elsewhere in the meantime. Sign in again.")
    end_sessions(session, user_id, but=session_id)
    links.withdraw(session, Purpose.reset, user_id)


def confirm_password(session: Session, user_id: int, password: str) -> str:
    """Check the password of somebody who is signed in; gives the hash it was checked against.

    Nothing is locked when this returns, so that hashing another one makes nobody wait.

    Raises:
        WrongPassword, TooManyAttempts: it is not right, or was guessed too often.
    """
    noted = throttle.attempt(session, "confirm", str(user_id), None)
    password_hash = session.scalar(select(User.password_hash).where(User.id == user_id))
    session.rollback()
    if not password_matches(password, password_hash) or not password_hash:
        raise WrongPassword("The current password is not right.")
    throttle.forgive(session, noted)
    session.commit()
    return password_hash


def change_profile(
    session: Session, user_id: int, changes: Mapping[str, str | None], password: str | None
) -> bool:
    """Change names, `username`, `language` or `email`; says whether to verify the latter.

    A new e-mail address takes the current password, and is unverified until shown to be theirs.
    The first thing in a session.

    Raises:
        InvalidInput: a name or the address cannot be used.
        WrongPassword, TooManyAttempts: the password is missing or not right.
        Conflict: somebody else has the username or address, or the last admin would lock
            themselves out.
    """
    kept: dict[str, object] = {name: KEPT_AS[name](text or "") for name, text in changes.items()}
    is_new_address = "email" in kept and kept["email"] != one_person(session, user_id).email
    session.rollback()
    if is_new_address:
        confirm_password(session, user_id, password or "")
        kept["is_verified"] = False
        keep_an_admin(session, user_id, kept)
    user = person_to_change(session, user_id)
    for name, value in kept.items():
        setattr(user, name, value)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("Somebody else has this username or e-mail address.") from None
    return is_new_address
