"""What the revenue is made of, as fields within fields: a pure function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard.products import texts
from tillsight.dashboard.products.charts import unknown_category
from tillsight.dashboard.products.sold import Product, Sold

MOST_PRODUCTS, MOST_CATEGORIES = 120, 20
"""Fields that are shown by themselves; the others of a category are summed up beside them."""
MOST_ALONE = 40
"""Products that are shown where there are no categories, and nothing beside them."""
HEIGHT = 440
LESS, SAME, MORE = "#a8541f", "#5f6f6b", "#1f7a61"
"""White reads on all of them, and eyes of every kind tell them apart."""
EDGE = "rgba(255,255,255,0.6)"
FAR = 0.5
"""The change from which on a colour is not stronger any more."""
ROOT = "all"
PRODUCT = "product "
"""What the key of a product's field begins with."""
WIDTH = 14  # characters of a line in a field


@dataclass(frozen=True)
class Field:
    """A field with what it sums up; `before` is None where that is not known."""

    key: str
    parent: str
    name: str
    revenue: float
    before: float | None
    is_leaf: bool = True

    @property
    def change(self) -> float | None:
        """As a fraction; None where there was nothing, or nothing is known."""
        return self.revenue / self.before - 1 if self.before else None


def treemap(sold: Sold, currency: str) -> go.Figure:
    """Categories with their products; where no product has a category, the products alone.

    Colours say how revenue changed, where there is something to compare with.
    """
    found = fields(sold.products)
    figure = go.Figure(layout=charts.SHARED)
    figure.add_treemap(
        ids=[one.key for one in found],
        parents=[one.parent for one in found],
        labels=[_label(one) for one in found],
        values=[one.revenue if one.is_leaf else 0 for one in found],
        branchvalues="remainder",
        customdata=[_hover(one, found[0].revenue, currency) for one in found],
        hovertemplate="%{customdata}<extra></extra>",
        texttemplate="%{label}",
        marker=_colours(found) if sold.is_compared else {"colors": [MORE] * len(found)},
        textfont={"color": "#ffffff"},
        pathbar={"textfont": {"color": "#ffffff"}, "thickness": 24},
        tiling={"pad": 2},
        sort=False,  # they come with the largest first, and what is summed up last
    )
    figure.update_traces(
        marker_line={"width": 1, "color": EDGE}, marker_cornerradius=3, marker_pad={"t": 24}
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 8},
        uniformtext={"minsize": 11, "mode": "hide"},
        hovermode="closest",
    )
    return figure


def lead(figure: go.Figure, address: Callable[[str], str]) -> None:
    """Have the field of a product lead to its address when it is clicked: see `links.js`."""
    [trace] = figure.data
    told = zip(trace.customdata, trace.ids, strict=True)
    trace.customdata = [
        [text, address(key.removeprefix(PRODUCT)) if key.startswith(PRODUCT) else ""]
        for text, key in told
    ]
    trace.hovertemplate = "%{customdata[0]}<extra></extra>"


def _label(one: Field) -> str:
    """The name in lines as narrow as most fields are; the whole is as wide as the chart."""
    return escape(one.name) if not one.parent else "<br>".join(map(escape, wrap(one.name, WIDTH)))


def _colours(found: Sequence[Field]) -> dict[str, object]:
    return {
        "colors": [_shade(one) for one in found],
        "colorscale": [[0, LESS], [0.5, SAME], [1, MORE]],
        "cmin": -FAR,
        "cmid": 0,
        "cmax": FAR,
        "showscale": True,
        "colorbar": {
            "orientation": "h",
            "thickness": 8,
            "len": 0.8,
            "y": -0.02,
            "yanchor": "top",
            "outlinewidth": 0,
            "tickvals": [-FAR, 0, FAR],
            "ticktext": [texts.LESS, texts.SAME, texts.MORE],
            "ticklabelposition": "outside",
        },
    }


def _shade(one: Field) -> float:
    if one.change is None:  # what is new is more than before; what is not known is neither
        return FAR if one.before == 0 and one.revenue else 0
    return max(-FAR, min(one.change, FAR))


def fields(products: Sequence[Product]) -> list[Field]:
    """The whole first, then each category before its products; the largest come first.

    Without categories the whole are some of the products: of thousands the rest would hide them.
    """
    here = sorted((one for one in products if one.revenue > 0), key=lambda one: -one.revenue)
    if not has_categories(products):
        largest = here[:MOST_ALONE]
        count = formats.number(len(largest))
        name = texts.LARGEST_PRODUCTS.format(count=count)
        whole = _whole(largest, name if len(largest) < len(here) else texts.ALL_PRODUCTS)
        return [whole, *_leaves(largest, {one.product for one in largest}, ROOT)]
    shown = {one.product for one in here[:MOST_PRODUCTS]}
    by_category: dict[str | None, list[Product]] = {}
    for one in products:
        by_category.setdefault(one.category, []).append(one)
    revenues = {name: sum(one.revenue for one in each) for name, each in by_category.items()}
    ordered = sorted((name for name in revenues if revenues[name]), key=lambda one: -revenues[one])
    return [
        _whole(products, texts.ALL_PRODUCTS),
        *_categories([(name, by_category[name]) for name in ordered], shown),
    ]


def has_categories(products: Sequence[Product]) -> bool:
    """Whether a category is known of any of them."""
    return any(one.category is not None for one in products)


def _whole(products: Sequence[Product], name: str) -> Field:
    revenue = sum(one.revenue for one in products)
    return Field(ROOT, "", name, revenue, _before(products), is_leaf=False)


def _categories(
    ordered: Sequence[tuple[str | None, list[Product]]], shown: set[str]
) -> Iterator[Field]:
    for name, products in ordered[:MOST_CATEGORIES]:
        key = f"category {name}" if name is not None else "category"
        revenue = sum(one.revenue for one in products)
        yield Field(key, ROOT, unknown_category(name), revenue, _before(products), is_leaf=False)
        yield from _leaves(products, shown, key)
    rest = [one for _, products in ordered[MOST_CATEGORIES:] for one in products]
    if rest:
        count = formats.number(len(ordered) - MOST_CATEGORIES)
        name = texts.OTHER_CATEGORIES.format(count=count)
        yield Field("others", ROOT, name, sum(one.revenue for one in rest), _before(rest))


def _leaves(products: Sequence[Product], shown: set[str], parent: str) -> Iterator[Field]:
    """The products that are shown by themselves, then the others as one."""
    for one in sorted(products, key=lambda one: -one.revenue):
        if one.product in shown:
            yield Field(f"{PRODUCT}{one.product}", parent, one.name, one.revenue, one.before)
    rest = [one for one in products if one.product not in shown]
    revenue = sum(one.revenue for one in rest)
    if revenue > 0:
        sold = sum(one.revenue > 0 for one in rest)
        name = texts.OTHER_PRODUCTS.format(count=formats.number(sold))
        yield Field(f"others in {parent}", parent, name, revenue, _before(rest))


def _before(products: Sequence[Product]) -> float | None:
    """The sum of what was before, as far as it is known."""
    known = [one.before for one in products if one.before is not None]
    return sum(known) if len(known) == len(products) else None


def _hover(one: Field, whole: float, currency: str) -> str:
    said: Mapping[str, str] = {
        "name": escape(one.name),
        "revenue": formats.money(one.revenue, currency),
        "share": formats.share(one.revenue, whole),
    }
    if one.before is None:
        return texts.MIX_HOVER.format(**said)
    if one.change is None:
        return texts.MIX_HOVER_NEW.format(**said)
    return texts.MIX_HOVER_CHANGE.format(
        **said,
        change=formats.change(one.change),
        before=formats.money(one.before, currency),
    )


def words(products: Sequence[Product]) -> str:
    """What the fields tell, for those who do not see them."""
    whole, *found = fields(products)
    if not found:
        return texts.ALL_PRODUCTS
    outer = [one for one in found if one.parent == ROOT]
    largest = max(outer, key=lambda one: one.revenue)
    return texts.MIX_ALT.format(
        count=formats.number(len(outer)),
        name=largest.name,
        share=formats.share(largest.revenue, whole.revenue),
    )
