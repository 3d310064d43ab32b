"""People of an older product who had a password there, and keep it."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.orm import Session

from tillsight.accounts.models import User
from tillsight.migrating.moving import Count, Moved
from tillsight.migrating.older import OlderRow
from tillsight.migrating.people import Arrival, bring_people

SHOWN = 12


def move_accounts(
    session: Session,
    moved: Moved,
    rows: Iterable[OlderRow],
    arrival_of: Callable[[OlderRow], Arrival],
) -> tuple[Count, list[str]]:
    """Bring accounts over as `bring_people` does, and tell what their owners have to know."""
    count, new = bring_people(session, moved, rows, arrival_of)
    return count, _notes(new)


def _notes(new: Iterable[tuple[Arrival, User]]) -> list[str]:
    renamed, without_password, unverified = [], [], []
    for arrival, user in new:
        if _is_renamed(arrival, user):
            renamed.append(user.username)
        if not user.password_hash:
            without_password.append(user.username)
        if not user.is_verified:
            unverified.append(user.username)
    said = {
        "Their username is taken here or cannot be used, and they have another; they sign in with"
        " their e-mail as before": renamed,
        "Their password was not brought over, for it is published or its hash cannot be read; they"
        " choose one by “Forgot password?” on the sign-in page": without_password,
        "Not verified there, or never asked for an address: they cannot sign in before they are, by"
        " a mail or by “tillsight user verify”": unverified,
    }
    return [f"{text}: {_listed(names)}." for text, names in said.items() if names]


def _is_renamed(arrival: Arrival, user: User) -> bool:
    wanted = " ".join(arrival.username.split()).casefold()
    return bool(wanted) and wanted != user.username


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
