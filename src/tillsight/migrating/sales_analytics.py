"""Moving from sales-analytics: its people and its sales."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import IntegrityError

from tillsight.accounts.models import Role
from tillsight.accounts.passwords import password_matches
from tillsight.accounts.registration import split_name
from tillsight.errors import Conflict, InvalidInput
from tillsight.migrating.accounts import move_accounts
from tillsight.migrating.cells import moment, text, yes
from tillsight.migrating.loading import Load
from tillsight.migrating.moving import Moved, Opening, Outcome, record_move
from tillsight.migrating.older import Older, OlderRow, Schema
from tillsight.migrating.people import Arrival
from tillsight.migrating.sales_lines import BUSY, COLUMNS, SALES, Copies, SalesMove

SCHEMA = Schema(
    "sales-analytics",
    {
        "users": (
            *("id", "email", "username", "hashed_password", "full_name"),
            *("is_active", "is_verified", "is_superuser", "created_at", "last_login"),
        ),
        SALES: ("id", *COLUMNS),
    },
    {},
)
LONGEST_SOURCE = 50
PUBLISHED = ("admin@salesanalytics.com", "admin123")
"""The account that product comes with, and what its documentation says the password is."""


@dataclass(frozen=True)
class Wanted:
    """What the operator decided: the name of the source, what superusers become, and copies."""

    source: str
    superusers: Role
    copies: Copies


def move(opening: Opening, load: Load, older: Older, wanted: Wanted) -> Outcome:
    """Bring over what is new in the older database, or rehearse it, as `opening` and `load` have
    it. Sales that were loaded stay if the people cannot be moved.

    Raises:
        InvalidInput: the name of the source is too long.
        SetupError: the older database cannot be read to its end.
        Conflict: somebody moves the same at this moment.
    """
    if len(wanted.source) > LONGEST_SOURCE:
        raise InvalidInput(f"The name of a source of sales has at most {LONGEST_SOURCE} letters.")
    sales = SalesMove(opening, load, older, wanted.source, wanted.copies)
    try:
        sales.run()
        with opening() as session:
            moved = Moved(session, wanted.source)
            arrival_of = partial(_arrival, wanted.superusers)
            people, notes = move_accounts(session, moved, older.rows("users"), arrival_of)
            outcome = Outcome(wanted.source, [people, sales.count], notes=[*notes, *sales.notes])
            record_move(session, outcome)
    except IntegrityError:
        raise Conflict(BUSY) from None
    return outcome


def _arrival(superusers: Role, row: OlderRow) -> Arrival:
    """Everybody could read there, and nobody write over HTTP."""
    first_name, last_name = split_name(text(row.full_name))
    return Arrival(
        text(row.email),
        text(row.username),
        first_name,
        last_name,
        superusers if yes(row.is_superuser, otherwise=False) else Role.viewer,
        is_active=yes(row.is_active, otherwise=True),
        is_verified=yes(row.is_verified, otherwise=False),
        password_hash=_password_hash(row),
        created_at=moment(row.created_at),
        last_login_at=moment(row.last_login),
    )


def _password_hash(row: OlderRow) -> str:
    """The hash of the password, unless everybody can read it in a documentation."""
    known = text(row.hashed_password)
    email, password = PUBLISHED
    is_published = text(row.email).lower() == email and password_matches(password, known)
    return "" if is_published else known
