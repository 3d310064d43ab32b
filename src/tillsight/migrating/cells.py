"""Cells of an older database as they are meant, whichever database and driver gave them."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from tillsight.errors import InvalidInput


def text(value: object) -> str:
    """A text, trimmed; empty where there is none."""
    return "" if value is None else str(value).strip()


def yes(value: object, otherwise: bool) -> bool:
    """Whether it says yes; MySQL has 0 and 1 for it. `otherwise` where there is nothing."""
    return otherwise if value is None else bool(value)


def whole(value: object) -> int | None:
    """A whole number, if it is one."""
    found = number(value)
    return int(found) if found is not None and found == found.to_integral_value() else None


def number(value: object) -> Decimal | None:
    """A finite number as it is written, if it is one: 0.1, not what the machine keeps for it."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def moment(value: object) -> datetime | None:
    """A moment, if it is one; a time without a zone is UTC, as the older products told theirs."""
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def needed_number(value: object, what: str) -> Decimal:
    """A finite number.

    Raises:
        InvalidInput: there is none; `what` begins the sentence.
    """
    found = number(value)
    if found is None:
        raise InvalidInput(f"{what} is not a number.")
    return found
