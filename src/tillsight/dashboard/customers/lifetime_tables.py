"""Customers and their segments as cards and tables: answers of the API in, escaped HTML out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any
from urllib.parse import urlencode

from tillsight import formats, languages
from tillsight.dashboard import texts
from tillsight.dashboard.address import Written
from tillsight.dashboard.customers import texts as own_texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.tables import Cell, Rows, listed

One = Mapping[str, Any]


def summary(report: One, currency: str) -> str:
    """Four figures of all customers: what is expected of them, else what they spent so far."""
    total = report["total"]
    many = _card(
        texts.CUSTOMERS_CARD, formats.number(total["customers"]), texts.CUSTOMERS_CARD_BELOW
    )
    if report["fallback"]:
        each = total["historic_value"] / total["customers"] if total["customers"] else None
        spent = formats.money(total["historic_value"], currency)
        mean = formats.money(each, currency)
        return _cards(
            many,
            _card(texts.SPENT_CARD, spent, texts.SPENT_CARD_BELOW),
            _card(texts.EACH_CARD, mean, texts.EACH_CARD_BELOW),
            _best(report, currency),
        )
    ahead = {"weeks": report["weeks"], "day": formats.day(date.fromisoformat(report["as_of"]))}
    share = formats.share(total["expected_customers"], total["customers"])
    return _cards(
        many,
        _card(
            texts.BUYING_CARD,
            _whole(total["expected_customers"]),
            texts.BUYING_CARD_BELOW.format(share=share),
        ),
        _card(
            texts.PURCHASES_CARD,
            _whole(total["expected_purchases"]),
            texts.PURCHASES_CARD_BELOW.format(**ahead),
        ),
        _card(
            texts.WORTH_CARD,
            expected(total["expected_value"], currency),
            texts.WORTH_CARD_BELOW.format(**ahead),
        ),
    )


def _best(report: One, currency: str) -> str:
    """The value segment of the biggest spenders."""
    best = report["value_segments"][0]
    below = texts.BEST_CARD_BELOW.format(
        amount=formats.short_money(texts.VALUE_CUTS["high"], currency),
        share=formats.share(best["historic_value"], report["total"]["historic_value"]),
    )
    return _card(languages.said(best["segment"]), formats.number(best["customers"]), below)


def rfm(segments: Rows, currency: str, kept: Written) -> str:
    """The RFM segments, best first, with their share of revenue and what is expected of each."""
    whole = sum(one["historic_value"] for one in segments)
    lines = [
        [
            Cell(_segment_link(one, kept), texts.SEGMENT, "file"),
            *_figures(one, one["historic_value"] / whole if whole else None, currency),
        ]
        for one in segments
    ]
    return listed(lines, ["" if one["customers"] else "empty" for one in segments])


def values(segments: Rows, currency: str) -> str:
    """The value segments, with the amounts that part them."""
    whole = sum(one["historic_value"] for one in segments)
    cuts = {name: formats.short_money(at, currency) for name, at in texts.VALUE_CUTS.items()}
    lines = [
        [
            Cell(_value_segment(one["segment"], cuts), texts.SEGMENT, "file"),
            *_figures(one, one["historic_value"] / whole if whole else None, currency),
        ]
        for one in segments
    ]  # fmt: skip
    return listed(lines, ["" if one["customers"] else "empty" for one in segments])


def customers(found: Rows, currency: str, kept: Written) -> str:
    """Customers one by one; columns of what is expected where something is. Links carry what is
    kept from page to page.
    """
    is_known = any(one["expected_value"] is not None for one in found)
    lines = [
        [
            Cell(_customer(one, kept), texts.CUSTOMER, "file"),
            Cell(escape(languages.said(one["segment"])), texts.SEGMENT),
            Cell(formats.day(date.fromisoformat(one["last_day"])), texts.LAST_SALE, "when"),
            Cell(formats.number(one["orders"]), texts.ORDERS, "number"),
            Cell(_money(one["historic_value"], currency), texts.REVENUE_SO_FAR, "number"),
            *(_expectations(one, currency) if is_known else []),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def own_summary(customer: One, currency: str) -> str:
    """Four figures of one customer: revenue, segment, whether they still buy, the weeks ahead."""
    orders = texts.ORDER_BELOW
    if customer["orders"] != 1:
        mean = formats.money(customer["average_order_value"], currency)
        orders = texts.ORDERS_BELOW.format(count=formats.number(customer["orders"]), mean=mean)
    return _cards(
        _card(texts.REVENUE_CARD, formats.money(customer["revenue"], currency), orders),
        _card(
            texts.SEGMENT,
            languages.said(customer["segment"]),
            texts.SEGMENT_BELOW.format(code=" · ".join(customer["code"])),
        ),
        *_own_future(customer, currency),
    )


def bought(products: Rows, currency: str, link: Callable[[str], str]) -> str:
    """The products a customer spent most on, each with the link to its page."""
    lines = [
        [
            Cell(_product(one, link(one["product_id"])), texts.PRODUCT, "file"),
            Cell(formats.number(one["orders"]), texts.ORDERS, "number"),
            Cell(formats.number(one["units"]), texts.BOUGHT_UNITS, "number"),
            Cell(_money(one["revenue"], currency), texts.REVENUE, "number"),
        ]
        for one in products
    ]  # fmt: skip
    return listed(lines, ["" for _ in products])


def facts(told: Sequence[tuple[str, str]]) -> str:
    """Names and what they are, those without anything left out."""
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in told if said
    )
    return f'<dl class="facts">{lines}</dl>'


def about(customer: One) -> list[tuple[str, str]]:
    """What is known of a customer beside their sales."""
    countries = ", ".join(one or texts.UNKNOWN for one in customer["countries"])
    return [
        (texts.CUSTOMER_ID, customer["customer_id"]),
        (own_texts.FIRST_ORDER, formats.day(date.fromisoformat(customer["first_day"]))),
        (own_texts.LAST_ORDER, formats.day(date.fromisoformat(customer["last_day"]))),
        (texts.ORDERS, formats.number(customer["orders"])),
        (texts.COUNTRIES_OF, countries),
        (texts.FAVOURITE, customer["favourite_category"] or ""),
        (texts.GENDER, customer["gender"] or ""),
        (texts.AGE, "" if customer["age"] is None else formats.number(customer["age"])),
    ]


def model(report: One) -> list[tuple[str, str]]:
    """The parameters of the model, and the correlation it takes for 0."""
    fit = report["fit"]
    told = [(name, formats.digits(f"{fit[key]:,}").replace("-", formats.MINUS))
            for key, name in texts.MODEL_FACTS.items()]  # fmt: skip
    if report["correlation"] is None:
        return told
    return [*told, (texts.MODEL_CORRELATION, _signed(report["correlation"]))]


def still_buys(chance: float) -> str:
    """The probability that somebody still buys, in words."""
    return next(words for least, words in texts.ALIVE_WORDS if chance >= least)


def percent(chance: float) -> str:
    """A probability without false precision: never 0% or 100% of what may still happen."""
    if chance < 0.01:
        return "<1%"
    return f">{formats.percent(0.99)}" if chance > 0.99 else formats.percent(chance)


def expected(value: float, currency: str) -> str:
    """An amount without the cents of thousands, which nobody can foresee."""
    return kpi_formats.rounded(value, currency.lower())


def _own_future(customer: One, currency: str) -> list[str]:
    told = customer["lifetime"]
    if told is None:
        return [
            _card(title, formats.NOTHING, texts.NEXT_NONE_BELOW)
            for title in (texts.ALIVE_CARD, texts.NEXT_NONE)
        ]
    alive = _card(texts.ALIVE_CARD, texts.ALIVE_ONCE, texts.ALIVE_ONCE_BELOW)
    if customer["first_day"] != customer["last_day"]:
        below = texts.ALIVE_BELOW.format(chance=percent(told["alive"]))
        alive = _card(texts.ALIVE_CARD, still_buys(told["alive"]), below)
    ahead = texts.NEXT_BELOW.format(
        purchases=_one_decimal(told["expected_purchases"]),
        chance=percent(told["chance_of_purchase"]),
    )
    worth = expected(told["expected_value"], currency)
    return [alive, _card(texts.NEXT_CARD.format(weeks=told["weeks"]), worth, ahead)]


def _figures(one: One, share: float | None, currency: str) -> list[Cell]:
    cells = [
        Cell(formats.number(one["customers"]), texts.CUSTOMERS_COUNT, "number"),
        Cell(_money(one["historic_value"], currency), texts.REVENUE, "number"),
        Cell(
            formats.NOTHING if share is None else formats.percent(share, 1),
            texts.SHARE,
            "number quiet",
        ),
    ]
    if one["expected_value"] is None:
        return cells
    return [
        *cells,
        Cell(_whole(one["expected_customers"]), texts.EXPECTED_CUSTOMERS, "number"),
        Cell(_whole(one["expected_purchases"]), texts.EXPECTED_PURCHASES, "number"),
        Cell(escape(expected(one["expected_value"], currency)), texts.EXPECTED_VALUE, "number"),
    ]


def _expectations(one: One, currency: str) -> list[Cell]:
    return [
        Cell(escape(percent(one["chance_of_purchase"])), texts.CHANCE, "number"),
        Cell(_one_decimal(one["expected_purchases"]), texts.EXPECTED_PURCHASES, "number"),
        Cell(_money(one["expected_value"], currency), texts.EXPECTED_VALUE, "number"),
    ]


def _value_segment(name: str, cuts: Mapping[str, str]) -> str:
    return _named(languages.said(name), texts.VALUE_LABELS[name].format(**cuts))


def _segment_link(one: One, kept: Written) -> str:
    name = escape(languages.said(one["segment"]))
    if not one["customers"]:
        return name
    own = {"view": "customers", "in_segment": one["segment"]}
    address = urlencode({**kept, **own}, doseq=True)
    return f'<a href="/customers?{escape(address)}" target="_self">{name}</a>'


def _customer(one: One, kept: Written) -> str:
    address = urlencode({**kept, "customer": one["customer_id"]}, doseq=True)
    name = one["customer_name"] or one["customer_id"]
    below = one["customer_id"] if name != one["customer_id"] else ""
    return (
        f'<span><a href="/customers?{escape(address)}" target="_self">{escape(name)}</a>'
        f'<span class="by quiet">{escape(below)}</span></span>'
    )


def _product(one: One, address: str) -> str:
    name = escape(one["product_name"] or one["product_id"])
    return (
        f'<span><span class="name"><a href="{escape(address)}" target="_self">{name}</a></span>'
        f'<span class="by quiet">{escape(one["category"] or "")}</span></span>'
    )


def _named(name: str, below: str) -> str:
    return (
        f'<span><span class="name">{escape(name)}</span>'
        f'<span class="by quiet">{escape(below)}</span></span>'
    )


def _cards(*cards: str) -> str:
    return f'<div class="cards kpi-summary">{"".join(cards)}</div>'


def _card(title: str, value: str, below: str) -> str:
    return (
        f'<section class="card"><h2>{escape(title)}</h2><p class="value">{escape(value)}</p>'
        f'<p class="below">{escape(below)}</p></section>'
    )


def _money(value: float, currency: str) -> str:
    return escape(formats.money(value, currency))


def _whole(value: float) -> str:
    return formats.number(round(value))


def _one_decimal(value: float) -> str:
    return formats.number(round(value, 1))


def _signed(value: float) -> str:
    return formats.digits(f"{value:.2f}").replace("-", formats.MINUS)
