"""The tables of the page Products as pure functions: answers in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import cards, charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.products import texts
from tillsight.dashboard.products.charts import thinned, unknown_category
from tillsight.dashboard.products.sold import Product
from tillsight.dashboard.products.treemap import ROOT, Field
from tillsight.dashboard.tables import Cell, listed

One = Mapping[str, Any]
MOST_ROWS = 100
"""Of the table behind a chart."""
STEPS_OF_CURVE = 21


def link(product: str, name: str, choice: Choice, below: str = "") -> str:
    """A product as a link to its page, with a line below it."""
    address = escape(choice.link("products", product=product))
    return (
        f'<span><a href="{address}" target="_self">{escape(name)}</a>'
        f'<span class="by quiet">{escape(below)}</span></span>'
    )


def classes(found: Sequence[One], currency: str) -> str:
    """The classes with how many products they have, and what those make."""
    every = sum(one["products"] for one in found)
    lines = [
        [
            Cell(_class(one["class"]), texts.CLASS, "file"),
            Cell(formats.number(one["products"]), texts.PRODUCTS, "number"),
            Cell(formats.share(one["products"], every), texts.SHARE_OF_PRODUCTS, "number quiet"),
            Cell(_money(one["revenue"], currency), common.REVENUE, "number"),
            Cell(_percent(one["share"]), common.SHARE, "number quiet"),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in lines])


def _class(name: str) -> str:
    return f'<span class="abc abc-{name.lower()}">{texts.CLASS_NAMES[name]}</span>'


def of_class(rows: Sequence[One], first: int, currency: str, choice: Choice) -> str:
    """Products of a class; `first` is the place of the first of them among all."""
    lines = [
        [
            Cell(_placed(place, _linked(one, choice)), common.PRODUCT, "file"),
            Cell(_money(one["revenue"], currency), common.REVENUE, "number"),
            Cell(_percent(one["share"]), common.SHARE, "number quiet"),
            Cell(_percent(one["cumulated"]), texts.CUMULATED, "number quiet"),
        ]
        for place, one in enumerate(rows, first)
    ]
    return listed(lines, ["" for _ in lines])


def _placed(place: int, product: str) -> str:
    number = formats.number(place)
    return f'<span class="placed"><span class="quiet place">{number}</span>{product}</span>'


def curve(products: Sequence[One]) -> str:
    """The curve at a few places: so many products make so much."""
    lines = [
        [
            Cell(formats.number(place + 1), texts.FIRST_PRODUCTS),
            Cell(_percent(products[place]["cumulated"]), texts.AXIS_CUMULATED, "number"),
        ]
        for place in thinned(len(products), STEPS_OF_CURVE)
    ]
    return listed(lines, ["" for _ in lines])


def ranked(
    rows: Sequence[Product],
    courses: Mapping[str, Sequence[float]],
    currency: str,
    choice: Choice,
) -> str:
    """Products with figures, change and course; without `before` in any of them, without change."""
    is_compared = any(one.before is not None for one in rows)
    lines = [
        [
            Cell(link(one.product, one.name, choice, one.category or ""), common.PRODUCT, "file"),
            Cell(_money(one.revenue, currency), common.REVENUE, "number"),
            *([Cell(change(one, currency), texts.CHANGE, "number")] if is_compared else []),
            Cell(formats.number(one.units), texts.UNITS, "number"),
            Cell(cards.sparkline(courses.get(one.product, [])), texts.COURSE, "course"),
        ]
        for one in rows
    ]
    return listed(lines, ["" for _ in lines])


def change(one: Product, currency: str) -> str:
    """How much revenue changed, in money and as a fraction of what it was."""
    if one.before is None:
        return f'<span class="quiet">{escape(texts.NOT_COMPARED)}</span>'
    more = "+" if one.difference > 0 else ""
    mood = "good" if one.difference > 0 else "bad" if one.difference < 0 else "even"
    arrow = {"good": "▲ ", "bad": "▼ "}.get(mood, "")
    part = formats.change(one.difference / one.before) if one.before else escape(texts.NEW)
    return (
        f'<span class="change"><b class="{mood}">{arrow}{part}</b>'
        f'<span class="by quiet">{more}{_money(one.difference, currency)}</span></span>'
    )


def fields(found: Sequence[Field], currency: str) -> str:
    """The values of the fields: categories, else products, the largest first."""
    whole, *inner = found
    outer = [one for one in inner if one.parent == ROOT][:MOST_ROWS]
    heading = common.PRODUCT if len(outer) == len(inner) else texts.CATEGORY
    lines = [
        [
            Cell(escape(one.name), heading, "file"),
            Cell(_money(one.revenue, currency), common.REVENUE, "number"),
            Cell(formats.share(one.revenue, whole.revenue), common.SHARE, "number quiet"),
            Cell(_changed(one.change), texts.CHANGE, "number"),
        ]
        for one in outer
    ]
    return listed(lines, ["" for _ in lines])


def prices(products: Sequence[Product], currency: str, choice: Choice) -> str:
    """The points of the cloud, those with the most revenue."""
    lines = [
        [
            Cell(link(one.product, one.name, choice), common.PRODUCT, "file"),
            Cell(_money(one.price, currency), texts.PRICE_LINE, "number"),
            Cell(formats.number(one.units), texts.UNITS, "number"),
            Cell(_money(one.revenue, currency), common.REVENUE, "number"),
        ]
        for one in products[:MOST_ROWS]
    ]
    return listed(lines, ["" for _ in lines])


def prices_then(rows: Sequence[One], grain: str, currency: str) -> str:
    """What a unit cost in each bucket, those in which any was sold."""
    sold = [one for one in rows if one["average_price"] is not None][-MOST_ROWS:]
    lines = [
        [
            Cell(charts.bucket_name(grain, one[grain]), common.BUCKETS[grain], "file"),
            Cell(_money(one["average_price"], currency), texts.PRICE_LINE, "number"),
            Cell(formats.number(one["units"]), texts.UNITS, "number"),
        ]
        for one in sold
    ]
    return listed(lines, ["" for _ in lines])


def pairs(found: Sequence[One], choice: Choice) -> str:
    """Pairs of products with how often they meet, and how telling that is."""
    lines = [
        [
            Cell(_pair(one, choice), texts.PAIR, "file"),
            Cell(formats.number(one["orders"]), texts.BOTH, "number"),
            Cell(_percent(one["support"]), texts.SUPPORT, "number quiet"),
            Cell(_percent(one["confidence"]), texts.CONFIDENCE, "number"),
            Cell(_lift(one["lift"]), texts.LIFT, "number"),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in lines])


def with_it(found: Sequence[One], choice: Choice) -> str:
    """The products in the orders of one product."""
    lines = [
        [
            Cell(_other(one, choice), common.PRODUCT, "file"),
            Cell(formats.number(one["orders"]), texts.BOTH, "number"),
            Cell(_percent(one["confidence"]), texts.OF_ITS_ORDERS, "number"),
            Cell(_lift(one["lift"]), texts.LIFT, "number"),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in lines])


def pair_words(one: One) -> str:
    """A pair in a sentence."""
    return texts.TOGETHER_SAID.format(
        orders=formats.number(one["orders"]),
        product=one["product_name"] or one["product"],
        other=one["other_name"] or one["other"],
        confidence=_percent(one["confidence"]),
        lift=_times(one["lift"]),
    )


def known(told: One, answer: One, currency: str) -> list[tuple[str, str]]:
    """What is known of a product: by the catalogue, of all its sales, and of its returns."""
    rating = told["rating"]
    return [
        (texts.PRODUCT_ID, told["product_id"]),
        (texts.CATEGORY, unknown_category(told["category"])),
        (texts.IN_CATALOGUE, texts.DELETED if told["deleted"] else ""),
        (texts.PRICE, "" if told["price"] is None else formats.money(told["price"], currency)),
        (texts.RATING, "" if rating is None else _rating(rating)),
        (texts.REVIEWS, _count(told["review_count"])),
        (texts.QUANTITY_SOLD, _count(told["quantity_sold"])),
        (texts.SOLD_BETWEEN, _all_sales(told, currency)),
        (texts.RETURNED, _returned(answer["totals"], currency)),
    ]


def _rating(rating: float) -> str:
    return common.RATING_OF.format(rating=formats.number(rating))


def _count(value: int | None) -> str:
    return "" if value is None else formats.number(value)


def _all_sales(told: One, currency: str) -> str:
    if told["first_day"] is None:
        return texts.NEVER_SOLD
    first, last = (date.fromisoformat(told[name]) for name in ("first_day", "last_day"))
    return texts.SOLD_DAYS.format(
        days=formats.days(first, last),
        orders=formats.number(told["orders"]),
        revenue=formats.money(told["revenue"], currency),
    )


def _returned(totals: One, currency: str) -> str:
    if not totals["returns"]:
        return ""
    returns = formats.money(totals["returns"], currency)
    if totals["return_rate"] is None:
        return returns
    return texts.RETURNED_SHARE.format(returns=returns, share=_percent(totals["return_rate"]))


def _linked(one: One, choice: Choice) -> str:
    return link(one["product"], one["product_name"] or one["product"], choice)


def _pair(one: One, choice: Choice) -> str:
    first = link(one["product"], one["product_name"] or one["product"], choice)
    return f'<span class="pair">{first}{_other(one, choice)}</span>'


def _other(one: One, choice: Choice) -> str:
    return link(one["other"], one["other_name"] or one["other"], choice)


def _changed(change: float | None) -> str:
    return formats.NOTHING if change is None else formats.change(change)


def _lift(value: float) -> str:
    return texts.OFTEN.format(lift=_times(value))


def _times(value: float) -> str:
    return formats.number(round(value, 1 if value < 100 else None))


def _percent(share: float | None) -> str:
    return formats.NOTHING if share is None else formats.percent(share, 1)


def _money(value: float | None, currency: str) -> str:
    return escape(formats.money(value, currency))
