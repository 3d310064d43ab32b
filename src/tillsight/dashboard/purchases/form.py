"""The form by which a purchase is entered: checked as it is typed, sent by its button.

It is no form of Streamlit, which would tell what was typed only when it is sent. The button's
callback sends it, and empties the fields: a second press of a double click finds nothing to send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, texts

MOST_LINES = 100
LONGEST = 200
LINES, SAID, PRESSED = "purchase.lines", "purchase.said", "purchase.pressed"


@dataclass(frozen=True)
class Line:
    """A product as it was typed so far."""

    product: str = ""
    quantity: float | None = None
    price: float | None = None


@dataclass(frozen=True)
class Typed:
    """A purchase as it was typed so far."""

    customer: str = ""
    country: str = ""
    day: date | None = None
    amount: float | None = None
    lines: Sequence[Line] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed that one would want to send."""
        return not (self.customer or self.amount or any(line.product for line in self.lines))

    @property
    def sum(self) -> float:
        """What the lines come to, as far as they are typed."""
        return sum((line.quantity or 0) * (line.price or 0) for line in self.lines)

    def body(self) -> dict[str, Any]:
        """The purchase as the API takes it."""
        lines = [
            {"product": line.product, "quantity": line.quantity, "unit_price": line.price}
            for line in self.lines
        ]
        return {
            "customer": self.customer,
            "country": self.country or None,
            "date": self.day.isoformat() if self.day else "",
            "amount": None if lines else self.amount,
            "lines": lines,
        }


@dataclass(frozen=True)
class _Said:
    text: str
    good: bool
    fields: Mapping[str, str] = field(default_factory=dict)


def problems(typed: Typed, today: date, *, complete: bool) -> dict[str, str]:
    """What is wrong, by field; what is only missing is wrong once it should be `complete`."""
    found = {"lines": next(filter(None, _line_problems(typed.lines, complete=complete)), "")}
    if typed.day and typed.day > today + timedelta(days=1):
        found["date"] = texts.PURCHASE_FUTURE
    if typed.amount == 0 and not typed.lines:
        found["amount"] = texts.PURCHASE_ZERO
    if complete:
        missing = {
            "customer": "" if typed.customer else texts.PURCHASE_NO_CUSTOMER,
            "date": "" if typed.day else texts.PURCHASE_NO_DATE,
            "amount": "" if typed.lines or typed.amount is not None else texts.PURCHASE_NO_AMOUNT,
        }
        found = missing | {name: text for name, text in found.items() if text}
    return {name: text for name, text in found.items() if text}


def _line_problems(lines: Sequence[Line], *, complete: bool) -> list[str]:
    found = []
    for number, line in enumerate(lines, 1):
        if (complete and line.quantity is None) or line.quantity == 0:
            found.append(texts.PURCHASE_NO_QUANTITY.format(number=number))
        if complete and not line.product:
            found.append(texts.PURCHASE_NO_PRODUCT.format(number=number))
        if (complete and line.price is None) or (line.price or 0) < 0:
            found.append(texts.PURCHASE_NO_PRICE.format(number=number))
    return found


def show(countries: Sequence[str]) -> None:
    """Show it; `countries` are suggested."""
    st.session_state.setdefault(LINES, [])
    st.session_state.setdefault("purchase/date", _today())
    said: _Said | None = st.session_state.pop(SAID, None)
    typed = _typed()
    wrong = problems(typed, _today(), complete=bool(st.session_state.get(PRESSED)))
    wrong = {**(said.fields if said else {}), **wrong}
    with st.container(key="panel_purchase", border=True):
        st.header(texts.PURCHASE_ADD_TITLE, anchor=False)
        _fields(countries, typed, wrong)
        _lines(wrong)
        with st.container(horizontal=True, vertical_alignment="center", key="submit_purchase"):
            st.button(texts.PURCHASE_SEND, type="primary", on_click=_send, key="purchase_send")
            if said and said.text:
                kind, role = ("good", "status") if said.good else ("bad", "alert")
                forms.paragraph(f"said {kind}", said.text, role)


def _fields(countries: Sequence[str], typed: Typed, wrong: Mapping[str, str]) -> None:
    with st.container(key="purchase_fields"):
        with st.container():
            st.text_input(
                texts.CUSTOMER, max_chars=LONGEST, key="purchase/customer", autocomplete="off"
            )
            _complain("customer", wrong)
        with st.container():
            chosen = st.session_state.get("purchase/country")
            options = [*countries, *([chosen] if chosen and chosen not in countries else [])]
            st.selectbox(
                texts.COUNTRY,
                options,
                index=None,
                placeholder=texts.PURCHASE_COUNTRY_HINT,
                accept_new_options=True,
                key="purchase/country",
            )
            _complain("country", wrong)
        with st.container():
            st.date_input(texts.PURCHASE_DATE, format=formats.typed_day(), key="purchase/date")
            _complain("date", wrong)
        with st.container():
            currency = client.shop().currency
            if typed.lines:
                total = formats.money(typed.sum, currency)
                st.text(texts.PURCHASE_SUM.format(amount=total))
            else:
                st.number_input(
                    texts.PURCHASE_AMOUNT.format(currency=currency),
                    value=None,
                    format="%.2f",
                    step=1.0,
                    help=texts.PURCHASE_AMOUNT_HELP,
                    key="purchase/amount",
                )
            _complain("amount", wrong)


def _lines(wrong: Mapping[str, str]) -> None:
    """The products, which may be none."""
    for number, line in enumerate(st.session_state[LINES], 1):
        with st.container(
            key=f"purchase_line_{line}", horizontal=True, vertical_alignment="bottom"
        ):
            st.text_input(
                texts.PRODUCT, max_chars=LONGEST, key=f"purchase/{line}/product", autocomplete="off"
            )
            for name, label in (
                ("quantity", texts.PURCHASE_QUANTITY),
                ("price", texts.PURCHASE_PRICE),
            ):
                st.number_input(
                    label,
                    value=None,
                    format="%g" if name == "quantity" else "%.2f",
                    step=1.0,
                    key=f"purchase/{line}/{name}",
                    width=150,
                )
            st.button(
                texts.PURCHASE_LINE_DROP,
                on_click=_drop_line,
                args=[line],
                key=f"purchase_drop_{line}",
                help=texts.PURCHASE_LINE_DROP_TITLE.format(number=number),
            )
    _complain("lines", wrong)
    if len(st.session_state[LINES]) < MOST_LINES:
        st.button(
            texts.PURCHASE_LINE_ADD,
            icon=":material/add:",
            on_click=_add_line,
            key="purchase_add_line",
            type="tertiary",
        )


def _typed() -> Typed:
    """What the fields hold; Streamlit tells before they are drawn."""
    state = st.session_state

    def text(name: str) -> str:
        return str(state.get(f"purchase/{name}") or "").strip()

    lines = [
        Line(
            text(f"{line}/product"),
            state.get(f"purchase/{line}/quantity"),
            state.get(f"purchase/{line}/price"),
        )
        for line in state[LINES]
    ]
    return Typed(
        text("customer"),
        text("country"),
        state.get("purchase/date"),
        state.get("purchase/amount"),
        lines,
    )


def _send() -> None:
    typed = _typed()
    if typed.is_empty and st.session_state.get(SAID):
        return  # the second press of a double click
    if problems(typed, _today(), complete=True):
        st.session_state[PRESSED] = True
        st.session_state[SAID] = _Said(texts.CORRECT, good=False)
        return
    try:
        made = client.change("POST", "/api/purchases", typed.body())
    except client.Refused as refusal:
        text = texts.CORRECT if refusal.fields else str(refusal)
        st.session_state[SAID] = _Said(text, good=False, fields=refusal.fields)
    except client.SignedOut:
        return  # the page, which runs now, says so
    else:
        amount = formats.money(made["amount"], client.shop().currency)
        done = texts.PURCHASE_DONE.format(id=made["id"], customer=made["customer"], amount=amount)
        st.session_state[SAID] = _Said(done, good=True)
        _empty()


def _empty() -> None:
    """Only who bought and what: the next purchase is often of the same day and country."""
    for key in [str(key) for key in st.session_state]:
        if key.startswith("purchase/") and key not in {"purchase/country", "purchase/date"}:
            del st.session_state[key]
    st.session_state["purchase/customer"] = ""
    st.session_state["purchase/amount"] = None
    st.session_state[LINES] = []
    st.session_state[PRESSED] = False


def _add_line() -> None:
    lines: list[int] = st.session_state[LINES]
    st.session_state[LINES] = [*lines, max(lines, default=0) + 1]


def _drop_line(line: int) -> None:
    st.session_state[LINES] = [one for one in st.session_state[LINES] if one != line]


def _complain(name: str, wrong: Mapping[str, str]) -> None:
    if name in wrong:
        forms.paragraph("field-error", wrong[name], "alert")


def _today() -> date:
    return datetime.now(ZoneInfo(client.shop().timezone)).date()
