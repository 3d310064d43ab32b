"""Why revenue changed, as pure functions: an explanation of the API in, words and charts out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.overview import texts
from tillsight.dashboard.tables import of_values

Explanation = Mapping[str, Any]
Parts = Sequence[tuple[str, float]]
"""Names, and what each adds to the change."""

UP, DOWN, WHOLE = charts.THIS, charts.SERIES[1], charts.BEFORE
HEIGHT = 360
JOINED = "\u2060"
"""Of no width, and no line ends there."""
LONGEST = 22  # letters of a name beside its bar
LETTER = 7  # pixels, at most, of one in an amount


def signed(value: float, currency: str) -> str:
    """An amount with its sign, such as +€12.30."""
    sign = f"+{JOINED}" if value > 0 else ""
    # A line may not end between the sign and the amount.
    return f"{sign}{formats.money(value, currency)}".replace(
        formats.MINUS, f"{formats.MINUS}{JOINED}"
    )


def headline(found: Explanation, currency: str) -> str:
    """Whether revenue rose or fell, by how much."""
    value, before, change = found["value"], found["value_before"], found["change"]
    if not change:
        text = texts.STAYED
    elif not before:
        text = texts.BEGAN
    elif not value:
        text = texts.ENDED
    else:
        text = texts.ROSE if change > 0 else texts.FELL
    return text.format(
        change=formats.money(abs(change), currency),
        growth=formats.change(change / abs(before)) if before else "",
        before=formats.money(before, currency),
        value=formats.money(value, currency),
    )


def reasons(found: Explanation, currency: str) -> str:
    """The factor that did most for the change, and what did most against it."""
    change = found["change"]
    if not change:
        return ""
    along = [one for one in found["factors"] if one["part"] * change > 0]
    against = [one for one in found["factors"] if one["part"] * change < 0]
    up, down = (texts.MAINLY_UP, texts.AGAINST_DOWN), (texts.MAINLY_DOWN, texts.AGAINST_UP)
    mainly, but = up if change > 0 else down
    said = [_of_largest(along, mainly, currency), _of_largest(against, but, currency)]
    return " ".join(filter(None, said))


def _of_largest(
    factors: Sequence[Mapping[str, Any]], words: Mapping[str, str], currency: str
) -> str:
    if not factors:
        return ""
    one = max(factors, key=lambda factor: abs(factor["part"]))
    return words[one["name"]].format(part=signed(one["part"], currency))


def factors(found: Explanation) -> Parts:
    """The factors with their part; sales without a customer only where there are some."""
    return [
        (texts.FACTORS[one["name"]], one["part"])
        for one in found["factors"]
        if one["part"] or one["name"] != "no_customer"
    ]


def groups(found: Explanation, by: str) -> Parts:
    """The groups with their part, the rises first, and the others together."""
    rows = sorted(found["groups"], key=lambda row: -row["change"])
    parts = [(group_name(row, by), row["change"]) for row in rows]
    others = found["others"]
    if others and others["count"]:
        count = others["count"]
        parts.append((texts.OTHERS.of(count, number=formats.number(count)), others["change"]))
    return parts


def group_name(row: Mapping[str, Any], by: str) -> str:
    """The name of a group of a dimension."""
    return str(row.get(f"{by}_name") or row[by] or common.UNKNOWN)


def largest_group(found: Explanation, by: str, currency: str) -> str:
    """Which group made the largest difference."""
    if not found["groups"]:
        return texts.NO_GROUPS
    row = found["groups"][0]
    part = signed(row["change"], currency)
    return texts.MOST_OF.format(name=group_name(row, by), part=part)


def steps(parts: Parts, change: float, currency: str) -> go.Figure:
    """A bar for each part, each beginning where the one above ends; the last is their sum."""
    figure = go.Figure(layout=charts.SHARED)
    names, values = [name for name, _ in parts], [part for _, part in parts]
    places = list(range(len(parts) + 1))
    amounts = [signed(value, currency) for value in (*values, change)]
    figure.add_waterfall(
        orientation="h",
        y=places,
        x=[*values, change],
        measure=["relative"] * len(parts) + ["total"],
        text=amounts,
        textposition="none",
        increasing={"marker": {"color": UP}},
        decreasing={"marker": {"color": DOWN}},
        totals={"marker": {"color": WHOLE}},
        connector={"line": {"color": WHOLE, "width": 1, "dash": "dot"}},
        customdata=[escape(name) for name in (*names, texts.ALL_TOGETHER)],
        hovertemplate="%{customdata}: <b>%{text}</b><extra></extra>",
    )
    figure.update_layout(height=HEIGHT, hovermode="closest", showlegend=False)
    _write_beside(figure, amounts)
    shown = [*names, texts.ALL_TOGETHER]
    figure.update_yaxes(
        autorange="reversed",
        showgrid=False,
        tickvals=places,
        ticktext=[escape(_short(name)) for name in shown],
    )
    figure.update_xaxes(
        showgrid=True,
        zeroline=True,
        zerolinecolor=WHOLE,
        nticks=4,
        title_text=texts.PART_AXIS.format(currency=currency),
        **_axis(values, change, currency),
    )
    return figure


def _write_beside(figure: go.Figure, amounts: Sequence[str]) -> None:
    """Write the amounts in a column on the right: beside the bars they would run into the names, or
    over the edge, where the chart is narrow.
    """
    figure.update_layout(margin_r=max(map(len, amounts)) * LETTER + 12)
    for place, amount in enumerate(amounts):
        figure.add_annotation(
            text=amount, x=1, xref="paper", xanchor="left", y=place, showarrow=False
        )


def _axis(values: Sequence[float], change: float, currency: str) -> dict[str, Any]:
    """A range that holds all bars, and a few round ticks."""
    reached = [0.0, change]
    for value in values:
        reached.append((reached[-1] if len(reached) > 2 else 0) + value)
    low, high = min(reached), max(reached)
    room = (high - low or 1) * 0.04
    top = max(abs(low), abs(high)) or 1
    positive = charts.round_ticks(top)[1:]
    ticks = [*(-tick for tick in reversed(positive)), 0, *positive]
    inside = [tick for tick in ticks if low - room <= tick <= high + room]
    return {
        "range": [low - room, high + room],
        "tickvals": inside,
        "ticktext": [formats.short_money(tick, currency) for tick in inside],
    }


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def table(head: str, parts: Parts, change: float, currency: str) -> str:
    """The parts and their sum as HTML."""
    lines = [
        [escape(name), escape(signed(part, currency))]
        for name, part in (*parts, (texts.ALL_TOGETHER, change))
    ]
    return of_values([head, texts.PART], lines)
