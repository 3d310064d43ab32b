"""Orders, their lines and sums as pure functions: rows of the API in, escaped HTML out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import client, texts
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders import texts as own_texts
from tillsight.dashboard.tables import Cell, listed

Row = Mapping[str, Any]
Rows = Sequence[Row]


def chips(shown: Sequence[tuple[str, str, str]]) -> str:
    """What the orders are narrowed to: dimension, value, and the address without it."""
    items = "".join(
        f'<li><span class="quiet">{escape(label)}</span> {escape(value)}'
        f'<a href="{escape(address)}" target="_self"'
        f' aria-label="{escape(own_texts.TAKE_AWAY.format(what=f"{label} {value}"))}">×</a></li>'
        for label, value, address in shown
    )
    return f'<ul class="chips" aria-label="{escape(own_texts.NARROWED)}">{items}</ul>'


def sums(figures: Sequence[tuple[Row, str]], came_from: str) -> str:
    """Measures with their values; `came_from` is the name of the one that led here."""
    items = "".join(
        f'<div class="{"came" if one["name"] == came_from else ""}" data-measure="{one["name"]}">'
        f'<dt title="{escape(one["definition"])}">{escape(one["label"])}</dt>'
        f"<dd>{escape(value)}</dd></div>"
        for one, value in figures
    )
    return f'<dl class="sums">{items}</dl>'


def orders(rows: Rows, currency: str, choice: Choice, opened: Callable[[str], str]) -> str:
    """The orders; `opened` gives the address of an order by its key."""
    lines = [
        [
            Cell(_order(one, opened(one["key"])), own_texts.ORDER, "file"),
            Cell(moment(one["time"]), own_texts.TIME, "when"),
            Cell(customer(one, choice), own_texts.CUSTOMER),
            Cell(escape(one["country"] or texts.UNKNOWN), own_texts.COUNTRY),
            Cell(formats.number(one["lines"]), own_texts.LINES, "number"),
            Cell(formats.number(one["units"]), own_texts.UNITS, "number"),
            Cell(_money(one["revenue"], currency), own_texts.REVENUE, "number"),
            Cell(_money(one["returned"] or None, currency), own_texts.RETURNED, "number"),
        ]
        for one in rows
    ]
    return listed(lines, ["order"] * len(lines))


def lines(rows: Rows, currency: str, choice: Choice) -> str:
    """Lines of an order, and their sum."""
    shown = [_line(one, currency, choice) for one in rows]
    table = listed(shown, [one["kind"] for one in rows])
    total = formats.money(sum(one["amount"] for one in rows), currency)
    return f'{table}<p class="line-sum">{own_texts.SUM} <b>{escape(total)}</b></p>'


def facts(one: Row, choice: Choice) -> str:
    """When an order was, whose, and where, from its first line."""
    told = [
        (own_texts.TIME, moment(one["time"])),
        (own_texts.CUSTOMER, customer(one, choice)),
        (own_texts.COUNTRY, escape(one["country"] or texts.UNKNOWN)),
        (own_texts.CHANNEL, escape(one["channel"] or texts.UNKNOWN)),
    ]
    return f'<dl class="facts">{"".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in told)}</dl>'


def files(path: str, label: str, asked: client.Parameters) -> str:
    """Links to all that the API has at a path, as CSV and as an Excel workbook."""
    forms = (("csv", texts.CSV), ("xlsx", texts.XLSX))
    return "".join(
        f'<a class="quiet-button" download target="_self"'
        f' href="{path}?{escape(client.listed({**asked, "format": form}))}">'
        f"{escape(label.format(form=name))}</a>"
        for form, name in forms
    )


def customer(one: Row, choice: Choice) -> str:
    """Whose it is, leading to their page."""
    if one["customer_id"] is None:
        return escape(texts.UNKNOWN)
    address = choice.link("customers", customer=one["customer_id"])
    name = one["customer_name"] or one["customer_id"]
    return f'<a href="{escape(address)}" target="_self">{escape(name)}</a>'


def moment(text: str) -> str:
    """A time of the shop, to the minute; the day alone where no time is known."""
    time = datetime.fromisoformat(text)
    day = formats.day(time.date())
    return day if (time.hour, time.minute) == (0, 0) else f"{day}, {time:%H:%M}"


def title(one: Row) -> str:
    """What to call an order."""
    number = one["order_id"]
    return own_texts.ORDER_TITLE.format(order=number) if number else own_texts.ORDER_WITHOUT


def _order(one: Row, address: str) -> str:
    name = one["order_id"] or own_texts.NO_NUMBER
    said = own_texts.OPEN.format(order=name)
    return (
        f'<span class="name"><a href="{escape(address)}" target="_self"'
        f' aria-label="{escape(said)}">{escape(name)}</a></span>'
    )


def _line(one: Row, currency: str, choice: Choice) -> list[Cell]:
    return [
        Cell(_product(one, choice), own_texts.PRODUCT, "file"),
        Cell(escape(one["category"] or texts.UNKNOWN), own_texts.CATEGORY),
        Cell(own_texts.KINDS[one["kind"]], own_texts.KIND),
        Cell(_came_with(one), own_texts.FROM_FILE),
        Cell(formats.number(one["quantity"]), own_texts.QUANTITY, "number"),
        Cell(_money(one["price"], currency), own_texts.PRICE, "number"),
        Cell(_money(one["amount"], currency), own_texts.AMOUNT, "number"),
    ]


def _product(one: Row, choice: Choice) -> str:
    if one["product_id"] is None:
        return escape(one["product_name"] or texts.UNKNOWN)
    address = choice.link("products", product=one["product_id"])
    name = one["product_name"] or one["product_id"]
    below = f'<span class="by quiet">{escape(one["product_id"])}</span>'
    link = f'<a href="{escape(address)}" target="_self">{escape(name)}</a>'
    return f'<span><span class="name">{link}</span>{below}</span>'


def _came_with(one: Row) -> str:
    if one["import_id"] is None:
        return own_texts.OF_PURCHASE
    return own_texts.OF_IMPORT.format(id=one["import_id"])


def _money(value: float | None, currency: str) -> str:
    return escape(formats.money(value, currency))


def way_back(address: str) -> str:
    """A link to the list an order was opened from."""
    return (
        f'<a class="way-back" href="{escape(address)}" target="_self">{escape(own_texts.BACK)}</a>'
    )
