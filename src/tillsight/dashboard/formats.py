"""How numbers, money, days and shares are written, everywhere in the browser."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

GROUP = "\u202f"
"""Between thousands: a narrow space that does not break, and is no decimal sign in any country."""
MINUS = "\u2212"
NOTHING = "–"

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
"""Only those that no other currency shares in daily use; the others are written as their code."""

STEPS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
"""Sizes that are written shorter, and with which letter."""


def number(value: float | None) -> str:
    """A count, such as 12 345; decimals only where there are some."""
    if value is None:
        return NOTHING
    text = f"{abs(value):,.2f}".rstrip("0").rstrip(".").replace(",", GROUP)
    return f"{MINUS}{text}" if value < 0 else text


def money(value: float | None, currency: str) -> str:
    """An amount to the cent, such as €12 345.60 or CHF 12 345.60."""
    if value is None:
        return NOTHING
    text = f"{prefix(currency)}{abs(value):,.2f}".replace(",", GROUP)
    return f"{MINUS}{text}" if value < 0 else text


def short_money(value: float, currency: str) -> str:
    """An amount for an axis, such as €1.2M."""
    size, unit = next((step for step in STEPS if abs(value) >= step[0]), (1, ""))
    text = f"{prefix(currency)}{abs(value) / size:.2f}".rstrip("0").rstrip(".") + unit
    return f"{MINUS}{text}" if value < 0 else text


def prefix(currency: str) -> str:
    """What stands before an amount."""
    return SYMBOLS.get(currency, f"{currency}\u00a0")


def share(part: float, whole: float) -> str:
    """A part in percent, such as 12.3%."""
    return f"{part / whole:.1%}" if whole else NOTHING


def change(growth: float) -> str:
    """A growth with its sign, such as +12.3%, with a true minus."""
    text = f"{abs(growth):,.1%}".replace(",", GROUP)
    if text == "0.0%":
        return text
    return f"{MINUS if growth < 0 else '+'}{text}"


def day(value: date) -> str:
    """Such as 7 May 2024."""
    return f"{value.day} {value:%B %Y}"


def days(first: date, last: date) -> str:
    """Such as 1 – 7 May 2024, with month and year said once where they are the same."""
    if first == last:
        return day(last)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} – {day(last)}"


def window(start: date, end: date) -> str:
    """The days from `start` up to, and without, `end`."""
    return days(start, end - timedelta(days=1))


def moment(text: str, timezone: str) -> str:
    """A time of the API in the shop's time zone, such as 7 May 2024, 14:05."""
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    return f"{day(local)}, {local:%H:%M}"


def plain(text: str) -> str:
    """Text of others, with what Markdown would take for markup made harmless."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|~>$:<&" else sign for sign in text)
