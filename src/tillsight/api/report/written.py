"""How a report writes numbers, money, days and changes."""

from collections.abc import Mapping
from datetime import date, timedelta

from tillsight.metrics.catalogue import Measure, Unit
from tillsight.metrics.periods import DAY, Period, read_bucket

GROUP = "\u202f"
"""Between thousands: a narrow space that does not break."""
MINUS, NOTHING = "\u2212", "–"
SYMBOLS: Mapping[str, str] = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
STEPS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
MOST_GROWTH = 9.99
"""Of what grew from nearly nothing nobody wants to know by how many percent."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def number(value: float | None) -> str:
    """A count; decimals only where there are some."""
    if value is None:
        return NOTHING
    text = f"{abs(value):,.2f}".rstrip("0").rstrip(".").replace(",", GROUP)
    return f"{MINUS}{text}" if value < 0 else text


def money(value: float | None, currency: str) -> str:
    """An amount to the cent."""
    if value is None:
        return NOTHING
    text = f"{_prefix(currency)}{abs(value):,.2f}".replace(",", GROUP)
    return f"{MINUS}{text}" if value < 0 else text


def short_money(value: float, currency: str) -> str:
    """An amount beside an axis."""
    size, unit = next((step for step in STEPS if abs(value) >= step[0]), (1, ""))
    return f"{_prefix(currency)}{value / size:.2f}".rstrip("0").rstrip(".") + unit


def changed_money(value: float, currency: str) -> str:
    """A difference with its sign."""
    return f"+{money(value, currency)}" if value > 0 else money(value, currency)


def measured(value: float | None, measure: Measure, currency: str) -> str:
    """A value in the unit of its measure."""
    if measure.unit is Unit.money:
        return money(value, currency)
    if measure.unit is Unit.ratio and measure.name.endswith("_rate"):
        return NOTHING if value is None else f"{value:.1%}"
    return number(value)


def share(part: float, whole: float) -> str:
    """A part in percent."""
    return f"{part / whole:.1%}" if whole else NOTHING


def growth(value: float | None) -> str:
    """A growth with its sign; nothing where there was nothing before."""
    if value is None:
        return NOTHING
    if value > MOST_GROWTH:
        return f"over +{MOST_GROWTH:.0%}"
    text = f"{abs(value):.1%}"
    if text == "0.0%":
        return text
    return f"{MINUS if value < 0 else '+'}{text}"


def day(value: date) -> str:
    """Such as 7 May 2024."""
    return f"{value.day} {value:%B %Y}"


def days(first: date, last: date) -> str:
    """The days from the first to the last, both named."""
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def window(period: Period) -> str:
    """The days of a closed period."""
    if period.start is None or period.end is None:
        raise ValueError("an open period has no last day")
    return days(period.start, max(period.start, period.end - timedelta(days=1)))


def step(grain: str, text: str) -> str:
    """A step of time as the API writes it, in words."""
    start = read_bucket(grain, text)
    if grain == "month":
        return f"{start:%B %Y}"
    return f"week of {day(start)}" if grain == "week" else day(start)


def short_step(grain: str, text: str) -> str:
    """A step of time below an axis."""
    start = read_bucket(grain, text)
    return f"{start:%b %Y}" if grain == "month" else f"{start.day} {start:%b %Y}"


def note_days(start: date, end: date) -> str:
    """The days of a note, which ends the day before `end`."""
    return days(start, end - DAY)


def _prefix(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency}\u00a0")
