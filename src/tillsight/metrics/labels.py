"""Names beside ids, of products and customers alike."""

from collections.abc import Sequence
from typing import Any

from tillsight.metrics.catalogue import Dimension
from tillsight.warehouse import Snapshot


def labelled(sql: str, by: Sequence[Dimension]) -> str:
    """The statement with the labels of its ids as further columns, in the order of `by`.

    Brings no order: what orders the rows has to stand around it.
    """
    named = [one for one in by if one.label_sql]
    columns = "".join(f", {one.label_sql} AS {one.label_name}" for one in named)
    joins = "".join(
        # Only id and label: the other columns of the table would stand in the way of the asked.
        f" LEFT JOIN (SELECT {one.sql} AS {one.name}_key, {one.label_sql} FROM {one.name}s)"
        f" ON {one.name}_key = asked.{one.name}"
        for one in named
    )
    return f"SELECT asked.*{columns} FROM ({sql}) AS asked{joins}"


def names_of(at: Snapshot, dimension: Dimension, ids: list[Any]) -> dict[Any, str]:
    """The labels of ids, from the table that has one row for each."""
    known = [one for one in ids if one is not None]
    rows = at.rows(
        f"SELECT {dimension.sql}, {dimension.label_sql} FROM {dimension.name}s"
        f" WHERE list_contains(?, {dimension.sql}) AND {dimension.label_sql} IS NOT NULL",
        [known],
    )
    return dict(rows) if known else {}
