"""What a chart shows: values of one measure by one or two dimensions, the second as series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tillsight import languages
from tillsight.dashboard import sales_page
from tillsight.dashboard.explore import texts as own_texts
from tillsight.dashboard.explore.answers import ADDED, Asked, Rows
from tillsight.dashboard.explore.question import NATURAL, Question
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders.values import BUCKETS, in_short, in_words
from tillsight.dashboard.periods import Compare

MOST_SERIES = 5
MOST_BARS = 30
MOST_ROWS, MOST_COLUMNS = 20, 24
MOST_TIMES = 60

Measure = Mapping[str, Any]
Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Matrix:
    """`values` has a row of numbers for each of the `series`, one for each of the `places`.

    Both are named as the API writes them and in words. `before` are numbers of the days compared
    with, where there is one series over time. `note` says what is left out. `series_short` are
    names for an axis.
    """

    dimensions: Sequence[str]
    places: Sequence[Any]
    place_names: Sequence[str]
    series_names: Sequence[str]
    values: Sequence[Numbers]
    before: Numbers = ()
    has_others: bool = False
    note: str = ""
    series_short: Sequence[str] = ()
    data_version: int = 0


@dataclass(frozen=True)
class _Picked:
    """The values of a dimension that are drawn; `is_cut` where there are others."""

    names: Mapping[Any, str]
    is_cut: bool = False

    @property
    def filter(self) -> list[str]:
        """As the API filters by them."""
        return ["" if one is None else f"{one}" for one in self.names]


def load(kind: str, question: Question, measure: Measure, choice: Choice) -> Matrix:
    """What a chart of this kind shows of a measure."""
    dimensions = question.dimensions(choice)
    if kind == "line":
        dimensions.sort(key=lambda one: one not in BUCKETS)  # time goes to the right
    if len(dimensions) == 1:
        return _of_one(kind, question, measure, dimensions[0], choice)
    first = _picked(dimensions[0], measure, choice, MOST_ROWS)
    most = MOST_COLUMNS if kind == "heat" else MOST_SERIES
    second = _picked(dimensions[1], measure, choice, most, all_of_natural=kind == "heat")
    return _of_two(kind, measure, dimensions, (first, second), choice)


def _of_one(
    kind: str, question: Question, measure: Measure, dimension: str, choice: Choice
) -> Matrix:
    name = measure["name"]
    wanted: Asked = {"measures": name, "by": dimension}
    if kind == "bar" and (order := _order(question, dimension, name)):
        wanted |= {"order": order}
        wanted |= {"limit": f"{min(question.top, MOST_BARS)}"}
    over_time = kind == "line" and choice.compare is not Compare.nothing
    days = choice.compared() if over_time else choice.parameters()
    answer = sales_page.query({**wanted, **days})
    rows = answer["rows"] if kind == "line" else answer["rows"][: min(question.top, MOST_BARS)]
    comparison = answer["comparison"]
    before = [row[name] for row in comparison["rows"]][: len(rows)] if comparison else []
    cut = kind == "bar" and len(rows) == min(question.top, MOST_BARS)
    return Matrix(
        [dimension],
        [row[dimension] for row in rows],
        [_words(dimension, row) for row in rows],
        [measure["label"]],
        [[row[name] for row in rows]],
        before,
        note=own_texts.FIRST_BARS.format(count=len(rows)) if cut else "",
        data_version=answer["data_version"],
    )


def _order(question: Question, dimension: str, measure: str) -> str:
    """Bars stand as the table's rows where that is known to this measure."""
    order = question.order([dimension])
    if order.removeprefix("-") in {dimension, measure, ""}:
        return order
    return f"-{measure}"


def _of_two(
    kind: str,
    measure: Measure,
    dimensions: Sequence[str],
    picked: tuple[_Picked, _Picked],
    choice: Choice,
) -> Matrix:
    wanted: Asked = {"measures": measure["name"], "by": ",".join(dimensions)}
    filters: Asked = {
        name: one.filter for name, one in zip(dimensions, picked, strict=True) if one.is_cut
    }
    answer = sales_page.query({**wanted, **choice.parameters(), **filters})
    first, second = picked
    names = [
        _named(answer["rows"], one, found) for one, found in zip(dimensions, picked, strict=True)
    ]
    cells = {tuple(row[one] for one in dimensions): row[measure["name"]] for row in answer["rows"]}
    nothing = 0 if counts(measure) else None
    matrix = Matrix(
        dimensions,
        [*names[0]],
        [*names[0].values()],
        [*names[1].values()],
        [[cells.get((x, y), nothing) for x in names[0]] for y in names[1]],
        series_short=[in_short(dimensions[1], one, name) for one, name in names[1].items()],
        data_version=answer["data_version"],
    )
    if first.is_cut:
        matrix = replace(
            matrix, note=_cut(own_texts.OTHERS_LEFT_OUT, len(first.names), dimensions[0], measure)
        )
    if kind != "heat" and second.is_cut:
        return _with_others(matrix, measure, dimensions[0], filters, choice)
    if second.is_cut:
        note = _cut(own_texts.OTHERS_LEFT_OUT, len(second.names), dimensions[1], measure)
        return replace(matrix, note=f"{matrix.note} {note}".strip())
    return matrix


def counts(measure: Measure) -> bool:
    """Whether nothing of it is 0, and not unknown."""
    return bool(measure["total"] == ADDED or measure["unit"] == "number")


def _with_others(
    matrix: Matrix, measure: Measure, dimension: str, filters: Asked, choice: Choice
) -> Matrix:
    """With one more series of what is left, where that can be told."""
    summed = measure["total"] == ADDED
    second = matrix.dimensions[1]
    text = own_texts.OTHERS_SUMMED if summed else own_texts.OTHERS_NOT_SUMMED
    note = _cut(text, len(matrix.series_names), second, measure)
    matrix = replace(matrix, note=f"{matrix.note} {note}".strip())
    if not summed:
        return matrix
    name = measure["name"]
    wanted: Asked = {"measures": name, "by": dimension, **choice.parameters()}
    if dimension in filters:
        wanted[dimension] = filters[dimension]
    rows = sales_page.query(wanted)["rows"]
    whole = {row[dimension]: row[name] for row in rows}
    left = [
        round((whole.get(place) or 0) - sum(one[at] or 0 for one in matrix.values), 2)
        for at, place in enumerate(matrix.places)
    ]
    names, values = [*matrix.series_names, own_texts.OTHERS], [*matrix.values, left]
    return replace(matrix, series_names=names, values=values, has_others=True)


def _cut(text: str, count: int, dimension: str, measure: Measure) -> str:
    label = sales_page.words()[dimension]["label"]
    return text.format(count=count, dimension=label, measure=languages.within(measure["label"]))


def _picked(
    dimension: str, measure: Measure, choice: Choice, most: int, *, all_of_natural: bool = True
) -> _Picked:
    """The values with the most of a measure; all, in their order, of what has an order."""
    if dimension in NATURAL and all_of_natural:
        return _Picked({})
    name = measure["name"]
    wanted: Asked = {"measures": name, "by": dimension, "order": f"-{name}", "limit": f"{most + 1}"}
    rows = sales_page.query({**wanted, **choice.parameters()})["rows"]
    kept = rows[:most]
    if dimension in NATURAL:  # months of a legend in their order, not by what was sold
        kept.sort(key=lambda row: (row[dimension] is None, row[dimension] or 0))
    names = {row[dimension]: _words(dimension, row) for row in kept}
    return _Picked(names, len(rows) > most)


def _named(rows: Rows, dimension: str, picked: _Picked) -> Mapping[Any, str]:
    """The places of a dimension in their order."""
    if picked.names:
        return picked.names
    found = {row[dimension]: _words(dimension, row) for row in rows}
    known = sorted((one for one in found if one is not None), key=lambda one: (str(type(one)), one))
    ordered = [*known, *(one for one in found if one is None)]
    return {one: found[one] for one in ordered}


def _words(dimension: str, row: Mapping[str, Any]) -> str:
    return in_words(dimension, row[dimension], row.get(f"{dimension}_name"))
