"""Buckets of time in which nothing was sold: they are zeros, not holes."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

from tillsight.errors import TooLarge

Row = Mapping[str, Any]


def fill(
    rows: Sequence[Row],
    names: Mapping[str, Sequence[str]],
    time: str,
    buckets: Sequence[date],
    nothing: Row,
    most: int,
) -> list[dict[str, Any]]:
    """Rows for every bucket and every group that occurs, in the order of `names`.

    `names` are the keys that identify a row, with all values of those that have an order of their
    own; `time` is the one among them that holds a bucket, and `nothing` is what a row says when
    nothing was sold.

    Raises:
        TooLarge: it would be more than `most` rows.
    """
    others = [name for name in names if name != time]
    groups = dict.fromkeys(tuple(row[name] for name in others) for row in rows)
    if not others:
        groups = {(): None}
    if len(buckets) * len(groups) > most:
        raise TooLarge(
            f"Filled with the {time}s without sales this answer has more than {most:,} rows."
            " Narrow the period, filter, or set a limit."
        )
    known = {tuple(row[name] for name in names): row for row in rows}
    filled = []
    for bucket, group in product(buckets, groups):
        keys = {**dict(zip(others, group, strict=True)), time: bucket}
        place = tuple(keys[name] for name in names)
        filled.append({**nothing, **keys, **known.get(place, {})})
    return sorted(filled, key=lambda row: [_place(row[one], names[one]) for one in names])


def _place(value: Any, known: Sequence[str]) -> tuple[bool, Any]:  # noqa: ANN401  (of any column)
    if value is None:
        return True, 0  # unknown stands last
    return False, known.index(value) if known else value
