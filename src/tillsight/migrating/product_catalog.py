"""Moving from product-catalog: its people and its products."""

from collections.abc import Collection, Iterator
from itertools import chain

from sqlalchemy.exc import IntegrityError

from tillsight.accounts.models import Role
from tillsight.errors import Conflict
from tillsight.migrating.accounts import move_accounts
from tillsight.migrating.cells import text
from tillsight.migrating.loading import Load
from tillsight.migrating.moving import Count, Moved, Opening, Outcome, record_move
from tillsight.migrating.older import Older, OlderRow, Schema
from tillsight.migrating.people import Arrival
from tillsight.sales.choices import Mapping
from tillsight.sales.layouts import Field, FileKind

FIELDS = (
    Field.product_id,
    Field.product_name,
    Field.category,
    Field.price,
    Field.quantity_sold,
    Field.rating,
    Field.review_count,
)
SCHEMA = Schema(
    "product-catalog",
    {"user": ("id", "username", "password"), "product": ("id", *map(str, FIELDS))},
    {},
)
BUSY = "Somebody here took a name in this very moment that was to be moved. Run it again."


def move(
    opening: Opening, load: Load, older: Older, source: str, known: Collection[str]
) -> Outcome:
    """Bring over what is new in the older database, or rehearse it, as `opening` and `load` have
    it. `known` are the products that files or people here told of: they stay as they are. Products
    that were loaded stay if the people cannot be moved.

    Raises:
        SetupError: the older database cannot be read to its end.
        Conflict: somebody took a name at this moment.
    """
    products, of_products = _move_products(load, older, source, known)
    try:
        with opening() as session:
            moved = Moved(session, source)
            people, of_people = move_accounts(session, moved, older.rows("user"), _arrival)
            outcome = Outcome(source, [people, products], notes=[*of_people, *of_products])
            record_move(session, outcome)
    except IntegrityError:
        raise Conflict(BUSY) from None
    return outcome


def _arrival(row: OlderRow) -> Arrival:
    """Whoever had an account there could upload products. Nobody was asked for an address: one that
    is somebody's username may be another person's.
    """
    login = text(row.username)
    email, name = (login, "") if "@" in login else ("", login)
    return Arrival(
        email,
        name,
        None,
        None,
        Role.editor,
        is_active=True,
        is_verified=not email,
        password_hash=text(row.password),
    )


def _move_products(
    load: Load, older: Older, source: str, known: Collection[str]
) -> tuple[Count, list[str]]:
    """Bring products that nobody told of here."""
    count = Count("Products")
    new = _new_products(older, known, count)
    first = next(new, None)
    if first is None:
        return count, []
    mapping = Mapping(FileKind.products, {str(field): field for field in FIELDS}, source)
    loaded = load(f"{source} products.csv", mapping, chain([first], new))
    count.added += loaded.rows
    count.left_out += loaded.left_out
    if not loaded.import_id:
        return count, []
    number = loaded.import_id
    told = f"Import {number}: {loaded.rows:,} products. To take them back: tillsight undo {number}"
    return count, [told]


def _new_products(older: Older, known: Collection[str], count: Count) -> Iterator[OlderRow]:
    for row in older.rows("product"):
        count.found += 1
        if text(row.product_id) in known:
            count.there += 1
        else:
            yield row
