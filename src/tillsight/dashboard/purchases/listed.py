"""The purchases that were entered: filtered, page by page, with buttons that take them back."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import builds, client, listing, questions, switches, texts
from tillsight.dashboard.tables import Cell, Rows, button, listed

Wanted = dict[str, str | int | Sequence[str]]
NAME = "purchases"


def filter_bar(countries: Sequence[str]) -> Wanted:
    """Show the bar and return what it says, as parameters of the API; the address keeps it."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        start = _day(texts.FROM, "from")
        last = _day(texts.TO, "to")
        names = {country: country or texts.UNKNOWN for country in [*countries, ""]}
        chosen = switches.several(texts.COUNTRIES, names, "sold_in", 260, texts.ALL_COUNTRIES)
    if start and last and last < start:
        raise client.Refused(texts.WRONG_ORDER)
    given: Wanted = {
        "from": start.isoformat() if start else "",
        "to": (last + timedelta(days=1)).isoformat() if last else "",
        "country": chosen,
    }
    return {name: value for name, value in given.items() if value}


def show(purchases: Rows) -> None:
    """Show them; a button that is pressed asks before anything changes."""
    shop = client.shop()
    pressed = listing.show("purchases", table(purchases, shop.currency, shop.timezone))
    chosen = next((one for one in purchases if str(one["id"]) == pressed), None)
    if chosen is not None and chosen["may_undo"]:
        _ask(chosen)


def table(purchases: Rows, currency: str, timezone: str) -> str:
    """The purchases as HTML; a column of buttons where there is something to undo or redo."""
    buttons = any(one["may_undo"] for one in purchases)
    lines = [
        [
            Cell(_customer(one), texts.CUSTOMER, "file"),
            Cell(_day_of(one), texts.PURCHASE_DATE, "when"),
            Cell(escape(one["country"] or texts.UNKNOWN), texts.COUNTRY),
            Cell(escape(formats.money(one["amount"], currency)), texts.REVENUE_OR_RETURN, "number"),
            Cell(_entered(one, timezone), texts.PURCHASE_ENTERED),
            *([_button(one)] if buttons else []),
        ]
        for one in purchases
    ]
    return listed(lines, [one["state"] for one in purchases])


def _customer(one: Mapping[str, Any]) -> str:
    mark = f'<span class="mark">{texts.UNDONE}</span>' if one["state"] == "undone" else ""
    products = ", ".join(
        f"{formats.number(line['quantity'])} × {line['product']}" for line in one["lines"]
    )
    below = f'<span class="by quiet">{escape(products)}</span>' if products else ""
    return f'<span><span class="name">{escape(one["customer"])}</span>{mark}{below}</span>'


def _day_of(one: Mapping[str, Any]) -> str:
    day = formats.day(date.fromisoformat(one["date"]))
    return f"{day}, {one['time'][:5]}" if one["time"] else day


def _entered(one: Mapping[str, Any], timezone: str) -> str:
    name = one["created_by"]
    by = texts.PURCHASE_BY.format(name=name) if name else texts.PURCHASE_BY_NOBODY
    when = formats.moment(one["created_at"], timezone)
    return f'<span>{when}<span class="by quiet">{escape(by)}</span></span>'


def _button(one: Mapping[str, Any]) -> Cell:
    if not one["may_undo"]:
        return Cell("", "", "action")
    undone = one["state"] == "undone"
    title = texts.PURCHASE_REDO_TITLE if undone else texts.PURCHASE_UNDO_TITLE
    text = texts.REDO if undone else texts.UNDO
    return Cell(button(str(one["id"]), text, title.format(**one)), "", "action")


def _ask(one: Mapping[str, Any]) -> None:
    undone = one["state"] == "undone"
    amount = formats.money(one["amount"], client.shop().currency)
    about = f"{one['customer']}, {_day_of(one)}, {amount}"
    lead = texts.PURCHASE_REDO_LEAD if undone else texts.PURCHASE_UNDO_LEAD
    title = texts.PURCHASE_REDO_ASKED if undone else texts.PURCHASE_UNDO_ASKED
    path = f"/api/purchases/{one['id']}"
    questions.ask_to_undo(one, path, about, title, builds.with_next(lead))


def _day(label: str, key: str) -> date | None:
    return st.date_input(
        label, value=None, key=key, bind="query-params", format=formats.typed_day(), width=168
    )
