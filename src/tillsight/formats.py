"""How numbers, money and days are written, the same on pages, in reports and in mails: as is usual
in the language of the reader. English has ways of its own; those of other languages are Babel's.
"""

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_interval, get_day_names, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from tillsight import languages

GROUP = "\u202f"
"""Between thousands in English: a narrow space that does not break, and is no decimal sign in any
country."""
MINUS = "\u2212"
NOTHING = "–"
SMALL_RATE, POINT = 0.1, 0.01
"""Below the first a rate, below the second a difference of rates, has two decimals."""
SPACE = "\u00a0"  # does not break

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
"""Only those that no other currency shares in daily use; the others are written as their code."""

STEPS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
"""Sizes that are written shorter, and with which letter."""
STEPS_OF = {"de": ((1e9, f"{SPACE}Mrd."), (1e6, f"{SPACE}Mio."), (1e3, f"{SPACE}Tsd."))}
"""The same in other languages."""

Width = Literal["wide", "abbreviated"]


def steps() -> tuple[tuple[float, str], ...]:
    """Sizes that are written shorter, largest first, and what follows the number then."""
    return STEPS_OF.get(languages.current(), STEPS)


def _english() -> bool:
    return languages.current() == languages.ENGLISH


def group_sign() -> str:
    """What stands between thousands."""
    return GROUP if _english() else get_group_symbol(languages.current())


def decimal_sign() -> str:
    """What stands before decimals."""
    return "." if _english() else get_decimal_symbol(languages.current())


def digits(text: str) -> str:
    """A number as Python groups it, such as 12,345.60, with the reader's signs."""
    signs = {",": group_sign(), ".": decimal_sign()}
    return "".join(signs.get(one, one) for one in text)


def number(value: float | None) -> str:
    """A count, such as 12 345; decimals only where there are some."""
    if value is None:
        return NOTHING
    text = digits(f"{abs(value):,.2f}".rstrip("0").rstrip("."))
    return f"{MINUS}{text}" if value < 0 else text


def decimal(value: float, places: int) -> str:
    """A number with so many decimals, such as 1.50."""
    text = digits(f"{abs(value):,.{places}f}")
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def money(value: float | None, currency: str) -> str:
    """An amount to the cent, such as €12 345.60 or CHF 12 345.60, 12.345,60 € in German."""
    if value is None:
        return NOTHING
    return in_currency(digits(f"{abs(value):,.2f}"), currency, negative=value < 0)


def short_money(value: float, currency: str) -> str:
    """An amount for an axis, such as €1.2M."""
    size, unit = next((step for step in steps() if abs(value) >= step[0]), (1, ""))
    text = digits(f"{abs(value) / size:.2f}".rstrip("0").rstrip(".")) + unit
    return in_currency(text, currency, negative=value < 0)


def in_currency(text: str, currency: str, *, negative: bool = False) -> str:
    """Digits with their currency, on the side that is usual."""
    if currency not in SYMBOLS:
        return with_code(text, currency, negative=negative)
    sign = MINUS if negative else ""
    symbol = SYMBOLS[currency]
    return f"{sign}{symbol}{text}" if _english() else f"{sign}{text}{SPACE}{symbol}"


def with_code(text: str, currency: str, *, negative: bool = False) -> str:
    """Digits with the three letters of their currency, on the side that is usual."""
    sign = MINUS if negative else ""
    return f"{sign}{currency}{SPACE}{text}" if _english() else f"{sign}{text}{SPACE}{currency}"


def prefix(currency: str) -> str:
    """What stands before an amount in English."""
    return SYMBOLS.get(currency, f"{currency}{SPACE}")


def percent(share: float, places: int = 0) -> str:
    """A fraction in percent, such as 12.3%; negative ones with a true minus."""
    text = f"{abs(share) * 100:,.{places}f}"
    return f"{MINUS if share < 0 and text.strip('0.,') else ''}{digits(text)}{percent_sign()}"


def percent_sign() -> str:
    """The sign, with the space before it where that is usual."""
    return "%" if _english() else f"{SPACE}%"


def share(part: float, whole: float) -> str:
    """A part in percent, such as 12.3%."""
    return percent(part / whole, 1) if whole else NOTHING


def rate(value: float) -> str:
    """A rate in percent, such as 29.8%, or 0.74%: small ones would else all look the same."""
    return percent(value, 1 if abs(value) >= SMALL_RATE else 2)


def points(difference: float) -> str:
    """By how many points in a hundred a rate differs, with its sign, such as +2.5 or +0.08."""
    places = 1 if abs(difference) >= POINT else 2
    text = decimal(abs(difference) * 100, places)
    if not text.strip("0.,"):
        return "0"
    return f"{MINUS if difference < 0 else '+'}{text}"


def change(growth: float) -> str:
    """A growth with its sign, such as +12.3%, with a true minus."""
    text = percent(abs(growth), 1)
    if text == percent(0, 1):
        return text
    return f"{MINUS if growth < 0 else '+'}{text}"


def day(value: date) -> str:
    """Such as 7 May 2024, or 7. Mai 2024."""
    if _english():
        return f"{value.day} {value:%B %Y}"
    return format_date(value, "long", locale=languages.current())


def days(first: date, last: date) -> str:
    """Such as 1 – 7 May 2024, with month and year said once where they are the same."""
    if first == last:
        return day(last)
    if not _english():
        return format_interval(first, last, "yMMMMd", locale=languages.current())
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} – {day(last)}"


def window(start: date, end: date) -> str:
    """The days from `start` up to, and without, `end`."""
    return days(start, end - timedelta(days=1))


def day_and_month(value: date) -> str:
    """Such as 31 December; the year goes without saying."""
    if _english():
        return f"{value.day} {value:%B}"
    return format_date(value, "d. MMMM", locale=languages.current())


def axis_day() -> str:
    """A day without its year as Plotly is told to write it, such as 7 May."""
    return "%-d %b" if _english() else "%-d. %b"


def month(value: date) -> str:
    """The month with its year, such as May 2024."""
    return f"{month_name(value)} {value.year}"


def short_day(value: date) -> str:
    """Such as 7 May: for an axis."""
    if _english():
        return f"{value.day} {value:%b}"
    return format_date(value, "d. MMM", locale=languages.current())


def short_month(value: date) -> str:
    """The month with its year where there is little room, such as Sep 2024."""
    return f"{month_name(value, 'abbreviated')} {value.year}"


def month_name(value: date, width: Width = "wide") -> str:
    """Such as May; `abbreviated` is for axes."""
    if _english():
        return f"{value:%B}" if width == "wide" else f"{value:%b}"
    names = get_month_names(width, "stand-alone", languages.current())
    return str(names[value.month])


def weekday_name(number: int, width: Width = "wide") -> str:
    """The day of the week from 1, Monday, to 7, Sunday; `abbreviated` is Mon."""
    names = get_day_names(width, "stand-alone", languages.current())
    return str(names[number - 1]).removesuffix(".")


def weekday_and_day(value: date) -> str:
    """Such as Tue 7 May 2024."""
    comma = "" if _english() else ","
    return f"{weekday_name(value.isoweekday(), 'abbreviated')}{comma} {day(value)}"


def moment(text: str, timezone: str) -> str:
    """A time of the API in the shop's time zone, such as 7 May 2024, 14:05."""
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    return f"{day(local)}, {local:%H:%M}"


def browser_locale() -> str:
    """The language as scripts in the browser write days in it: English ones as in Britain."""
    return "en-GB" if _english() else languages.current()


def typed_day() -> Literal["DD/MM/YYYY", "DD.MM.YYYY"]:
    """How `st.date_input` writes a day."""
    return "DD.MM.YYYY" if languages.current() == "de" else "DD/MM/YYYY"


def plain(text: str) -> str:
    """Text of others, with what Markdown would take for markup made harmless."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|~>$:<&" else sign for sign in text)
