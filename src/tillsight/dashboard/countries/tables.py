"""The table of countries as a pure function: rows in, escaped HTML out."""

from collections.abc import Sequence
from html import escape

from tillsight import formats
from tillsight.dashboard import texts as common
from tillsight.dashboard.countries import texts
from tillsight.dashboard.countries.sales import Country
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.tables import Cell, lead, listed

MOST = 250
"""Countries shown; files have all."""


def table(rows: Sequence[Country], whole: float, currency: str, choice: Choice) -> str:
    """A line for each country, whose name leads to the page with that country alone."""
    compared = any(one.before is not None for one in rows)
    lines = [_cells(one, whole, currency, choice, compared=compared) for one in rows[:MOST]]
    return listed(lines, [""] * len(lines))


def _cells(
    one: Country, whole: float, currency: str, choice: Choice, *, compared: bool
) -> list[Cell]:
    orders = choice.drill(country=one.name, measure="revenue")
    cells = [
        Cell(_name(one, choice), texts.COUNTRY, "file"),
        Cell(lead(formats.money(one.revenue, currency), orders), texts.REVENUE, "number"),
        Cell(formats.share(one.revenue, whole), texts.SHARE, "number"),
        Cell(_change(one, currency), texts.CHANGE, "number change"),
        Cell(formats.number(one.orders), texts.ORDERS, "number"),
        Cell(formats.number(one.customers), texts.CUSTOMERS, "number"),
        Cell(escape(formats.money(one.average_order_value, currency)), texts.ORDER_VALUE, "number"),
    ]
    return [cell for cell in cells if compared or cell.heading != texts.CHANGE]


def _name(one: Country, choice: Choice) -> str:
    name = one.name or common.UNKNOWN
    address = escape(choice.link("countries", country=one.name))
    title = escape(texts.ONLY.format(name=name))
    return (
        f'<span class="name"><a href="{address}" target="_self" title="{title}">'
        f"{escape(name)}</a></span>"
    )


def _change(one: Country, currency: str) -> str:
    """How revenue changed, with what it was."""
    if one.change is None:
        title = escape(texts.NOTHING_BEFORE)
        return f'<span class="quiet" title="{title}">{escape(texts.NEW)}</span>'
    seen = round(one.change, 3)
    mood = "good" if seen > 0 else "bad" if seen < 0 else "even"
    before = texts.CHANGED_FROM.format(before=formats.money(one.before, currency))
    return f'<b class="{mood}" title="{escape(before)}">{formats.change(one.change)}</b>'
