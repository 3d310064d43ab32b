"""One SQL statement for a question: each measure from the smallest table that can count it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tillsight.errors import InvalidInput, UnknownName
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import Counted, Dimension, Measure
from tillsight.metrics.periods import Period, read_bucket
from tillsight.metrics.sources import SOURCES, Scope, Source, since_of, smallest

Statement = tuple[str, list[object]]
NUMBERS = {"hour": (0, 23), "weekday": (1, 7)}


@dataclass(frozen=True)
class Asked:
    """What SQL has to compute: measures that are no ratios, groups, and what is left out."""

    measures: Sequence[Measure]
    by: Sequence[Dimension]
    filters: Mapping[str, Sequence[str]]
    period: Period
    sources: Sequence[Source] = SOURCES

    @property
    def scope(self) -> Scope:
        """What decides which tables can answer."""
        return Scope(frozenset(one.name for one in self.by), self.filters, self.period)


def statement(asked: Asked, order_by: str = "", limit: int | None = None) -> Statement:
    """The SQL, with columns for the groups and then for the measures, and its parameters."""
    parts: dict[tuple[Source, str], list[Measure]] = {}
    for measure in asked.measures:
        source = smallest(measure, asked.scope, asked.sources)
        alone = measure.name if measure.counted is Counted.groups else ""
        parts.setdefault((source, alone), []).append(measure)
    selects = []
    values: list[object] = []
    for (source, alone), measures in parts.items():
        build = _groups_sql if alone else _aggregates_sql
        where, parameters = where_sql(asked)
        selects.append(build(asked, source, measures, where))
        values += parameters
    sql = _joined(asked, selects)
    ordered = f" ORDER BY {order_by}" if order_by else ""
    return f"SELECT * FROM ({sql}){ordered}" + (f" LIMIT {limit}" if limit else ""), values


def _aggregates_sql(asked: Asked, source: Source, measures: list[Measure], where: str) -> str:
    since = since_of([one for one in asked.by if one.is_time], asked.period.start)
    columns = [f"{one.sql} AS {one.name}" for one in asked.by]
    columns += [f"{source.sql(one, asked.scope, since)} AS {one.name}" for one in measures]
    listed = ", ".join(columns)
    grouped = "" if source.has_row_for(asked.scope.by) else _group_by(asked)
    return f"SELECT {listed} FROM {source.relation(listed + where)} WHERE {where}{grouped}"


def _groups_sql(asked: Asked, source: Source, measures: list[Measure], where: str) -> str:
    """Counts the groups of a dimension that meet a condition, such as repeat customers."""
    [measure] = measures
    [per] = catalogue.dimensions([measure.per])
    groups = ", ".join(f"{one.sql} AS {one.name}" for one in asked.by)
    names = ", ".join(one.name for one in asked.by)
    inner = ", ".join(filter(None, [groups, f"{per.sql} AS counted_group"]))
    counts_rows = source.has_row_for(frozenset({per.name}))
    meeting = f"{'AND' if counts_rows else 'GROUP BY ALL HAVING'} {source.meets(measure)}"
    return (
        f"SELECT {names + ', ' if names else ''}count(*) AS {measure.name} FROM ("
        f"SELECT {inner} FROM {source.relation(inner + where)}"
        f" WHERE {where} AND {per.sql} IS NOT NULL {meeting}){_group_by(asked)}"
    )


def _group_by(asked: Asked) -> str:
    return f" GROUP BY {', '.join(one.name for one in asked.by)}" if asked.by else ""


def _joined(asked: Asked, selects: list[str]) -> str:
    """The answers of several tables side by side, 0 where one of them has no such group."""
    names = [one.name for one in asked.by]
    wanted = [one.name for one in asked.measures]
    stacked = " UNION ALL BY NAME ".join(selects)
    if len(selects) == 1:
        return f"SELECT {', '.join(names + wanted)} FROM ({stacked})"
    filled = ", ".join([*names, *(f"coalesce(max({name}), 0) AS {name}" for name in wanted)])
    return f"SELECT {filled} FROM ({stacked}){_group_by(asked)}"


def where_sql(asked: Asked) -> Statement:
    """The condition on the rows of any table that can answer, and its parameters.

    Raises:
        UnknownName: a filter that is no dimension, or a value that its dimension does not have.
        InvalidInput: a value that cannot be read.
    """
    conditions = []
    values: list[object] = []
    if asked.period.start:
        conditions.append("day >= ?")
        values.append(asked.period.start)
    if asked.period.end:
        conditions.append("day < ?")
        values.append(asked.period.end)
    for dimension in catalogue.dimensions(list(asked.filters)):
        texts = asked.filters[dimension.name]
        if not texts:
            continue
        wanted = [_filter_value(dimension, text) for text in texts if text]
        choices = [f"{dimension.sql} IN ({', '.join('?' * len(wanted))})"] if wanted else []
        choices += [f"{dimension.sql} IS NULL"] if "" in texts else []
        conditions.append(f"({' OR '.join(choices)})")
        values += wanted
    return " AND ".join(conditions) or "TRUE", values


def _filter_value(dimension: Dimension, text: str) -> object:
    if dimension.is_time:
        return read_bucket(dimension.name, text)
    if dimension.name in NUMBERS:
        first, last = NUMBERS[dimension.name]
        if not (text.isdecimal() and len(text) <= 2 and first <= int(text) <= last):
            raise InvalidInput(f"“{text[:40]}” is no {dimension.name}: it is {first} to {last}.")
        return int(text)
    if not dimension.values:
        return text
    found = text.replace("-", "–")  # which keyboards have no key for
    if found not in dimension.values:
        raise UnknownName(dimension.label.lower(), text[:40], dimension.values)
    return found
