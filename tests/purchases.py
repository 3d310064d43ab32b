"""Purchases as the tests enter them, through the room itself."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from shop import Shop
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Person
from tillsight.sales.purchase_checks import Checked, Item, Typed, checked
from tillsight.sales.purchase_entering import Entered, Entering, Outcome, enter_purchases


def somebody(number: int | None = None, role: Role = Role.admin) -> Person:
    """A person; without an account unless there is one of this number."""
    return Person(
        id=number or 0,
        email="ada@example.com",
        username="ada",
        first_name=None,
        last_name=None,
        role=role,
        is_active=True,
        is_verified=True,
        created_at=datetime.now(UTC),
        last_login_at=None,
        session_id=None,
    )


def purchase(
    amount: str | None = "12.50",
    items: Sequence[tuple[str, str, str]] = (),
    *,
    customer: str = "Ada",
    country: str | None = "Peru",
    when: str = "2024-05-01",
    timezone: str = "UTC",
) -> Checked:
    """A checked purchase; items are product, quantity and unit price."""
    made = [Item(product, Decimal(pieces), Decimal(price)) for product, pieces, price in items]
    given = None if amount is None else Decimal(amount)
    return checked(Typed(customer, country, when, given, made), timezone)


def enter(shop: Shop, *purchases: Checked) -> list[Entered]:
    """Store them together, entered by nobody in particular."""
    outcomes = enter_all(shop, [Entering(one, None) for one in purchases])
    return [one for one in outcomes if isinstance(one, Entered)]


def enter_all(shop: Shop, entering: Sequence[Entering]) -> list[Outcome]:
    """Store what is entered in one go."""
    return enter_purchases(shop.database, entering)
