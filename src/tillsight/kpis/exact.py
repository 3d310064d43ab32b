"""Numbers and texts of KPIs as every database keeps them."""

from decimal import Decimal
from unicodedata import category

from tillsight.errors import InvalidInput
from tillsight.kpis.words import DECIMALS, LARGEST

LONGEST_TEXT = 2000
_SPACED = frozenset("\t\n\r")


def exact(value: Decimal, what: str) -> Decimal:
    """A number with four decimals; `what` begins the sentence of a refusal.

    Raises:
        InvalidInput: it is not finite, too large, or has more decimals.
    """
    if not value.is_finite():
        raise InvalidInput(f"{what} is not a number.")
    if abs(value) > LARGEST:
        raise InvalidInput(f"{what} is too large: it has 14 digits before the point at most.")
    rounded = value.quantize(DECIMALS)
    if rounded != value:
        raise InvalidInput(f"{what} has more than four decimals.")
    return rounded + 0  # minus zero is zero


def shown(value: Decimal) -> str:
    """A number as people write it: without the zeros that end its decimals."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def long_text(text: str, what: str) -> str:
    """A comment or description, trimmed, several lines or none.

    Raises:
        InvalidInput: it is too long or holds control characters.
    """
    trimmed = text.strip()
    if len(trimmed) > LONGEST_TEXT:
        raise InvalidInput(f"{what} has {LONGEST_TEXT:,} characters at most.")
    if any(category(sign) in {"Cc", "Cs"} and sign not in _SPACED for sign in trimmed):
        raise InvalidInput(f"{what} holds characters that cannot be shown. Type it again.")
    return trimmed
