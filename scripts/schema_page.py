"""The page about the tables: a diagram and every column, from the models themselves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from inspect import cleandoc

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Enum,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

import tillsight.operating.dumps  # noqa: F401  (it reads the files of all tables)
from tillsight.database import Base, Money, UtcDateTime

WORDS: tuple[tuple[type[TypeEngine[object]], str], ...] = (
    (UtcDateTime, "moment"),
    (Money, "amount"),
    (Text, "long text"),
    (BigInteger, "big number"),
    (Boolean, "yes or no"),
    (Integer, "number"),
    (Double, "floating number"),
    (Date, "day"),
    (Time, "time of day"),
)
"""What a type is called; the first that fits. Those of `String` and `Enum` say more."""


@dataclass(frozen=True)
class Subject:
    """Tables that are drawn together: those that are declared in these modules."""

    title: str
    modules: tuple[str, ...]


SUBJECTS = (
    Subject("People and circles", ("accounts.models",)),
    Subject("Sales, purchases and the journal", ("sales.models",)),
    Subject("KPIs", ("kpis.models",)),
    Subject("Forecasts", ("forecasting.models",)),
    Subject("Notes and saved views", ("metrics.models",)),
    Subject("Work and moving", ("jobs", "migrating.models")),
)


def tables_of(subject: Subject) -> list[tuple[Table, str]]:
    """The tables of a subject as they are declared, and what a row of each is."""
    modules = {f"tillsight.{one}" for one in subject.modules}
    ours = {
        mapper.local_table.name: cleandoc(mapper.class_.__doc__ or "")
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ in modules
    }
    return [(table, ours[name]) for name, table in Base.metadata.tables.items() if name in ours]


def generated() -> str:
    """Every subject with its diagram and its tables."""
    lines: list[str] = []
    for subject in SUBJECTS:
        tables = tables_of(subject)
        lines += ["", f"## {subject.title}", "", "```mermaid"]
        lines += diagram([table for table, _ in tables])
        lines += ["```"]
        for table, row in tables:
            lines += ["", f"### {table.name}", "", *row.splitlines(), ""]
            lines += _columns(table)
    return "\n".join([*lines, ""])


def diagram(tables: Sequence[Table]) -> list[str]:
    """Lines of Mermaid: each table with its keys, and what refers to what.

    Tables of other subjects that are referred to are drawn without columns.
    """
    lines = ["erDiagram"]
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [
            f"        {_type(column).split(' (')[0].replace(' ', '_')} {column.name} {keys}"
            for column in table.columns
            if (keys := ", ".join(_keys(column)))
        ]
        lines.append("    }")
    for table in tables:
        lines += [f"    {line}" for line in _references(table)]
    return lines


def _keys(column: Column[object]) -> Iterator[str]:
    if column.primary_key:
        yield "PK"
    if column.foreign_keys:
        yield "FK"
    if column.unique:
        yield "UK"


def _references(table: Table) -> Iterator[str]:
    """One line for each table that is referred to, with the columns that do."""
    by_target: dict[str, list[Column[object]]] = {}
    for key in _foreign_keys(table):
        by_target.setdefault(key.column.table.name, []).append(key.parent)
    for target, columns in by_target.items():
        one = "|o" if all(column.nullable for column in columns) else "||"
        alone = len(columns) == 1 and [*table.primary_key] == columns
        many = "o|" if alone else "o{"
        label = ", ".join(column.name for column in columns)
        yield f'{target} {one}--{many} {table.name} : "{label}"'


def _foreign_keys(table: Table) -> Iterator[ForeignKey]:
    for column in table.columns:
        yield from column.foreign_keys


def _columns(table: Table) -> Iterator[str]:
    yield "| column | type | key | may be empty |"
    yield "|---|---|---|---|"
    for column in table.columns:
        empty = "yes" if column.nullable else ""
        keys = ", ".join(_keys_in_words(column))
        yield f"| `{column.name}` | {_type(column)} | {keys} | {empty} |"
    for together in _together(table):
        yield ""
        yield f"Only once each: {_listed(together)} together."


def _together(table: Table) -> Iterator[list[str]]:
    several = [
        [column.name for column in one.columns]
        for one in table.constraints
        if isinstance(one, UniqueConstraint) and len(one.columns) > 1
    ]
    yield from sorted(several)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _keys_in_words(column: Column[object]) -> Iterator[str]:
    if column.primary_key:
        yield "primary"
    for key in column.foreign_keys:
        goes = ", goes with it" if key.ondelete == "CASCADE" else ""
        yield f"of `{key.column.table.name}`{goes}"
    if column.unique:
        yield "only once"
    elif any(column is one.columns[0] for one in column.table.indexes):
        yield "index"


def _type(column: Column[object]) -> str:
    kind = column.type
    if isinstance(kind, Enum):
        return f"text ({', '.join(kind.enums)})"
    for one, word in WORDS:
        if isinstance(kind, one):
            return word
    if isinstance(kind, String):
        return f"text ({kind.length})"
    raise TypeError(f"{column} has a type that the page has no word for: {kind!r}")
