"""The table of Explore as a pure function: rows of the API in, escaped HTML out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from itertools import groupby
from typing import Any

from tillsight import formats
from tillsight.dashboard.cards import DIRECTIONS, grown
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.answers import ADDED, NOTHING, Row, Table
from tillsight.dashboard.explore.written import written
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders.values import BUCKETS, in_words

Known = Mapping[str, Mapping[str, Any]]
SINCE = frozenset({"new_customers", "returning_customers"})
"""Counted from the beginning of a bucket: by two kinds of buckets, no days lead to their number."""


@dataclass(frozen=True)
class Shown:
    """How a table is written: words of the catalogue, money, and where numbers lead."""

    known: Known
    currency: str
    choice: Choice


def html(table: Table, shown: Shown) -> str:
    """Rows, in groups of the first dimension with subtotals where there are several dimensions."""
    body = _grouped(table, shown) if len(table.dimensions) > 1 else _flat(table, shown)
    total = table.earlier.totals if table.earlier else NOTHING
    growth = table.earlier.growth if table.earlier else None
    cells = _numbers(table, shown, table.totals, _Behind(before=total, growth=growth))
    span = max(1, len(table.dimensions))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{own_texts.TABLE}">'
        f'<table class="explored"><thead><tr>{_heads(table, shown)}</tr></thead>'
        f'<tbody>{body}</tbody><tfoot><tr class="total"><th colspan="{span}" scope="row">'
        f"{escape(own_texts.TOTAL)}</th>{cells}</tr></tfoot></table></div>"
    )


@dataclass(frozen=True)
class _Behind:
    """What the numbers of a row have: what was before, and the addresses of their orders."""

    before: Row = field(default_factory=dict)
    growth: Row | None = None
    is_alike: bool = True
    drill: Callable[[str], str] | None = None
    drill_before: Callable[[str], str] | None = None
    where: str = ""


def _heads(table: Table, shown: Shown) -> str:
    labels = [shown.known[name]["label"] for name in table.dimensions] or [""]
    heads = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    for name in table.measures:
        one = shown.known[name]
        heads += (
            f'<th scope="col" class="number" title="{escape(one["definition"])}">'
            f"{escape(one['label'])}</th>"
        )
        if table.earlier:
            before = own_texts.BEFORE_OF.format(measure=one["label"])
            change = own_texts.CHANGE_OF.format(measure=one["label"])
            heads += (
                f'<th scope="col" class="number quiet" aria-label="{escape(before)}">'
                f'{own_texts.BEFORE}</th><th scope="col" class="number quiet"'
                f' aria-label="{escape(change)}">{own_texts.CHANGE}</th>'
            )
    return heads


def _flat(table: Table, shown: Shown) -> str:
    lines = "".join(_line(table, shown, row, table.dimensions) for row in table.rows)
    if not table.is_cut:
        return lines
    return lines + _others(table, shown, (table.totals, table.rows), own_texts.OTHERS)


def _grouped(table: Table, shown: Shown) -> str:
    first, *rest = table.dimensions
    places = {
        value: place for place, value in enumerate(dict.fromkeys(r[first] for r in table.rows))
    }
    ordered = sorted(table.rows, key=lambda row: places[row[first]])
    lines = ""
    for value, found in groupby(ordered, lambda row: row[first]):
        rows = list(found)
        subtotal = table.subtotals.get(value, NOTHING)
        behind = _behind(table, shown, rows[0], [first], table.subtotal_before(rows[0]))
        lines += (
            f'<tr class="subtotal"><th colspan="{len(table.dimensions)}" scope="rowgroup">'
            f"{escape(behind.where)}</th>{_numbers(table, shown, subtotal, behind)}</tr>"
        )
        lines += "".join(f"{_line(table, shown, row, rest)}" for row in rows)
        if table.is_cut:
            name = own_texts.OTHERS_OF.format(where=behind.where)
            lines += _others(table, shown, (subtotal, rows), name)
    if table.is_cut:
        groups = [table.subtotals.get(value, NOTHING) for value in places]
        lines += _others(table, shown, (table.totals, groups), own_texts.OTHERS, "subtotal")
    return lines


def _line(table: Table, shown: Shown, row: Row, named: Sequence[str]) -> str:
    behind = _behind(table, shown, row, table.dimensions, table.before(row))
    empty = "<td></td>" * (len(table.dimensions) - len(named))
    names = "".join(f"<td>{_name(name, row)}</td>" for name in named)
    return f"<tr>{empty}{names}{_numbers(table, shown, row, behind)}</tr>"


def _name(dimension: str, row: Row) -> str:
    key, name = row[dimension], row.get(f"{dimension}_name")
    title = f' title="{escape(str(key))}"' if name and name != key else ""
    return f"<span{title}>{escape(in_words(dimension, key, name))}</span>"


def _behind(
    table: Table, shown: Shown, row: Row, dimensions: Sequence[str], before: Row
) -> _Behind:
    where = ", ".join(in_words(one, row[one], row.get(f"{one}_name")) for one in dimensions)
    earlier = table.earlier
    if earlier is None:
        return _Behind(drill=_way(shown.choice, row, dimensions, {}), where=where)
    days = {
        "days": "custom",
        "since": f"{earlier.start}",
        "until": f"{earlier.end - timedelta(days=1)}",
    }
    way_before = _way(shown.choice, before, dimensions, days) if before else None
    is_alike = table.is_alike(row, before)
    way = _way(shown.choice, row, dimensions, {})
    return _Behind(before, None, is_alike, way, way_before, where)


def _way(
    choice: Choice, row: Row, dimensions: Sequence[str], days: Mapping[str, str]
) -> Callable[[str], str]:
    values = {one: "" if row[one] is None else f"{row[one]}" for one in dimensions}
    return lambda measure: choice.drill(**days, **values, measure=measure)


def _numbers(table: Table, shown: Shown, row: Row, behind: _Behind) -> str:
    cells = ""
    times = sum(one in BUCKETS for one in table.dimensions)
    for name in table.measures:
        measure = shown.known[name]
        leads = not (times > 1 and name in SINCE)
        drill = behind.drill if leads else None
        cells += _number(measure, row.get(name), shown, drill, behind.where)
        if table.earlier:
            before, now = behind.before.get(name), row.get(name)
            cells += _number(
                measure,
                before,
                shown,
                behind.drill_before if leads else None,
                behind.where,
                "quiet",
            )
            growth = behind.growth[name] if behind.growth else _growth(now, before)
            growth = growth if behind.is_alike else None
            is_new = bool(now and not before and not times)
            otherwise = own_texts.NEW if is_new else formats.NOTHING
            said = otherwise if growth is None else grown(measure, now, before, growth)
            cells += _change(measure, growth, said)
    return cells


def _number(
    measure: Mapping[str, Any],
    value: float | None,
    shown: Shown,
    drill: Callable[[str], str] | None,
    where: str,
    kind: str = "",
) -> str:
    text = escape(written(measure, value, shown.currency))
    if drill is None or value is None:
        return f'<td class="number {kind}">{text}</td>'
    said = own_texts.ORDERS_OF.format(
        measure=measure["label"], where=where, value=written(measure, value, shown.currency)
    )
    address = escape(drill(measure["name"]))
    return (
        f'<td class="number {kind}"><a href="{address}" target="_self" aria-label="{escape(said)}">'
        f"{text}</a></td>"
    )


def _growth(now: float | None, before: float | None) -> float | None:
    return None if now is None or not before else (now - before) / abs(before)


def _change(measure: Mapping[str, Any], growth: float | None, said: str) -> str:
    if growth is None:
        return f'<td class="number quiet">{escape(said)}</td>'
    news = round(growth, 3) * DIRECTIONS[measure["good"]]
    mood = "good" if news > 0 else "bad" if news < 0 else ""
    return f'<td class="number change"><span class="{mood}">{escape(said)}</span></td>'


def _others(
    table: Table, shown: Shown, parts: tuple[Row, Sequence[Row]], title: str, kind: str = ""
) -> str:
    """What is left of a whole beside its rows, of figures that add up; else nothing."""
    whole, rows = parts
    left = {
        name: round(whole[name] - sum(row.get(name) or 0 for row in rows), 4)
        for name in table.measures
        if shown.known[name]["total"] == ADDED and whole.get(name) is not None
    }
    if not any(left.values()):
        return ""
    return (
        f'<tr class="others {kind}"><th colspan="{len(table.dimensions)}" scope="row">'
        f"{escape(title)}</th>{_plain(table, shown, left)}</tr>"
    )


def _plain(table: Table, shown: Shown, row: Row) -> str:
    """Numbers that nothing is told of before: too many groups would have to be asked for."""
    nothing = f'<td class="number quiet">{formats.NOTHING}</td>' * 2 if table.earlier else ""
    return "".join(
        _number(shown.known[name], row.get(name), shown, None, "") + nothing
        for name in table.measures
    )
