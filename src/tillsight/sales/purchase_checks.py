"""What can be a purchase: checking what somebody entered."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tillsight.errors import InvalidInput
from tillsight.sales.rows.times import FIRST_YEAR

LONGEST_NAME, LONGEST_COUNTRY = 200, 100
MOST_LINES = 100
LARGEST_AMOUNT, LARGEST_QUANTITY = Decimal(10**10), Decimal(10**9)
EXACT, CENT = Decimal("0.0001"), Decimal("0.01")

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


@dataclass(frozen=True)
class Item:
    """A product of a purchase: below zero pieces were brought back."""

    product: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """What the pieces cost together, with four decimals."""
        return (self.quantity * self.unit_price).quantize(EXACT)


@dataclass(frozen=True)
class Typed:
    """A purchase as somebody entered it; `when` is a day, or day and time, as text."""

    customer: str
    country: str | None
    when: str
    amount: Decimal | None
    items: Sequence[Item] = ()


@dataclass(frozen=True)
class Checked:
    """A purchase that can be stored: names trimmed, in shop time, with its exact amount.

    An amount below zero is a return.
    """

    customer: str
    country: str | None
    day: date
    time: time | None
    amount: Decimal
    items: tuple[Item, ...]


def checked(typed: Typed, timezone: str) -> Checked:
    """What was entered, if it can be a purchase.

    Raises:
        InvalidInput: it cannot; `field` of its details tells which of the fields is wrong.
    """
    customer = _name("customer", typed.customer, "The customer", LONGEST_NAME)
    if not customer:
        raise _wrong("customer", "Say who bought: the customer is empty.")
    country = _name("country", typed.country or "", "The country", LONGEST_COUNTRY) or None
    day, at = _when(typed.when.strip(), ZoneInfo(timezone))
    items = tuple(_checked_item(one, number) for number, one in enumerate(typed.items, 1))
    if len(items) > MOST_LINES:
        raise _wrong("lines", f"A purchase has {MOST_LINES} lines at the most.")
    return Checked(customer, country, day, at, _amount(typed.amount, items), items)


def _when(text: str, zone: ZoneInfo) -> tuple[date, time | None]:
    """Day and time in the shop; no time where only a day was given."""
    moment = None
    if _DAY.fullmatch(text) or _MOMENT.fullmatch(text):
        with suppress(ValueError, OverflowError):  # such as the 31st of April
            said = datetime.fromisoformat(text)
            moment = said.astimezone(zone) if said.tzinfo else said
    if moment is None:
        example = "Write 2024-05-01, or 2024-05-01T14:30 with the time."
        raise _wrong("date", f"“{text[:40]}” is no date. {example}")
    day = moment.date()
    at = None if _DAY.fullmatch(text) else moment.time().replace(microsecond=0)
    if day > datetime.now(zone).date() + timedelta(days=1):
        raise _wrong("date", f"{day} lies in the future. Enter a purchase once it was made.")
    if day.year < FIRST_YEAR:
        raise _wrong("date", f"{day} is before the year {FIRST_YEAR}.")
    return day, at


def _checked_item(item: Item, number: int) -> Item:
    where = f"Line {number}: "
    product = _name("lines", item.product, f"{where}the product", LONGEST_NAME)
    if not product:
        raise _wrong("lines", f"{where}the product is empty.")
    quantity = _number("lines", item.quantity, f"{where}the quantity", LARGEST_QUANTITY)
    price = _number("lines", item.unit_price, f"{where}the unit price", LARGEST_AMOUNT)
    if quantity == 0:
        raise _wrong("lines", f"{where}the quantity is 0. Leave the line out.")
    if price < 0:
        raise _wrong("lines", f"{where}the unit price is below 0. A return has a quantity below 0.")
    checked_item = Item(product, quantity, price)
    if abs(checked_item.amount) >= LARGEST_AMOUNT:
        raise _wrong("lines", f"{where}quantity × unit price is too large.")
    return checked_item


def _amount(given: Decimal | None, items: Sequence[Item]) -> Decimal:
    if given is None and not items:
        raise _wrong("amount", "Say what was paid: give an amount, or lines.")
    amount = sum((one.amount for one in items), Decimal(0))
    if given is not None:
        given = _number("amount", given, "The amount", LARGEST_AMOUNT)
        if items and given.quantize(CENT) != amount.quantize(CENT):
            raise _wrong(
                "amount",
                f"The lines sum to {amount.quantize(CENT)}, and the amount is {given}."
                " Correct one of them, or leave the amount out.",
            )
        amount = amount if items else given
    if abs(amount) >= LARGEST_AMOUNT:
        raise _wrong("amount", f"The amount is too large: {LARGEST_AMOUNT:,} or more.")
    if amount == 0:
        raise _wrong("amount", "The amount is 0. A purchase is above 0, a return below.")
    return amount


def _number(field: str, value: Decimal, said: str, limit: Decimal) -> Decimal:
    if not value.is_finite():
        raise _wrong(field, f"{said} is not a number.")
    if abs(value) >= limit:
        raise _wrong(field, f"{said} is too large: {limit:,} or more.")
    if value != value.quantize(EXACT):
        raise _wrong(field, f"{said} has more than four decimals.")
    return value.quantize(EXACT)


def _name(field: str, text: str, said: str, longest: int) -> str:
    trimmed = text.strip()
    if len(trimmed) > longest:
        raise _wrong(field, f"{said} is longer than {longest} characters.")
    if not trimmed.isprintable():
        raise _wrong(field, f"{said} holds characters that cannot be shown. Type it again.")
    return trimmed


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, field=field)
