"""The board: where all KPIs stand, in as many statements whatever their number.

What was worked out of a KPI is kept by the process. The database tells with each question which
revision a KPI has, so that only what changed is worked out anew, whoever changed it and wherever.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, Row, Select, func, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Circle, User
from tillsight.errors import NotFound
from tillsight.forecasting.reaching import Record
from tillsight.kpis.models import Kpi, KpiRestatement, KpiTarget, KpiValue
from tillsight.kpis.outlook import Band, Outlook, bands, outlook, record
from tillsight.kpis.progress import (
    Promise,
    Targets,
    Values,
    standing,
    target_of,
    year_to_date,
)
from tillsight.kpis.spans import bucket_of, write_period
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Range, Status
from tillsight.metrics.periods import DAY

SHOWN_PERIODS = 13
"""Of a sparkline: a year of months, and the month of the year before."""
MOST_KEPT = 10_000
"""KPIs on a day that are kept worked out; about 4 KB each."""
READ_AT_ONCE = 500
"""Rows."""
FEW = 500
"""KPIs whose values are read by their numbers; of more, those of the whole board are."""


@dataclass(frozen=True, slots=True)
class Dated:
    """The value of a period."""

    period: str
    value: float


@dataclass(frozen=True, slots=True)
class Point:
    """A period of a sparkline with the target of its own; `value` is None where there is none."""

    period: str
    value: float | None
    target: float


@dataclass(frozen=True, slots=True)
class KpiEntry:
    """A KPI on the board. `target_value` is the target in force on the day of the board, `current`
    its newest value by then, `restated` counts restatements nobody has settled yet.
    """

    id: int
    name: str
    circle_id: int
    circle: str
    periodicity: Periodicity
    unit: str
    direction: Direction
    aggregation: Aggregation
    owner_id: int | None
    owner: str | None
    computed: bool
    active: bool
    initial_value: float
    target_value: float
    x: float | None
    current: Dated | None
    progress: float | None
    expected: float | None
    pace: float | None
    performance: float | None
    status: Status
    outlook: Outlook
    restated: int
    spark: list[Point]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which KPIs the board shows: of one circle or of all, inactive ones too or not."""

    circle_id: int | None = None
    with_inactive: bool = False


@dataclass(frozen=True, slots=True)
class PastValue:
    """A value, the target of its period, and what it made of its year; `restated` is what the value
    would be by the sales of today, where that is something else.
    """

    period: str
    value: float
    target: float
    x: float
    restated: float | None


@dataclass(frozen=True, slots=True)
class Course(KpiEntry):
    """A KPI from its first value to the end of the year; `record` is how its outlook did before."""

    series: list[PastValue]
    bands: list[Band]
    record: Record | None


class Key(NamedTuple):
    """All that an entry depends on: the day, the KPI in a revision, and what is not part of that.

    SQLite gives the number of a deleted KPI to the next one, which was made at another time.
    """

    as_of: date
    kpi_id: int
    created_at: datetime
    revision: int
    circle: str
    owner: str | None
    restated: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read of a KPI to work out its figures."""

    kpi: Row[Any]
    promise: Promise
    values: Values


class KeptFigures:
    """Entries that were worked out, as many as `most`; the ones not asked for go first."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Key, KpiEntry] = OrderedDict()
        self._lock = Lock()
        self.filling = Lock()
        """Held by who works out many, so that others who ask for the same wait and find them."""

    def find(self, keys: Sequence[Key]) -> dict[Key, KpiEntry]:
        """Those of the keys that are kept."""
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
            return found

    def keep(self, new: Mapping[Key, KpiEntry]) -> None:
        """Keep these, too."""
        with self._lock:
            self._kept.update(new)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def board(session: Session, kept: KeptFigures, asked: Asked, as_of: date) -> list[KpiEntry]:
    """Where KPIs stand on a day, by circle and name; neither archived ones nor of archived circles.

    Raises:
        NotFound: there is no such circle.
    """
    conditions: list[ColumnElement[bool]] = [
        Kpi.archived_at.is_(None),
        Circle.archived_at.is_(None),
    ]
    if not asked.with_inactive:
        conditions.append(Kpi.active.is_(True))
    if asked.circle_id is not None:
        conditions.append(Kpi.circle_id == asked.circle_id)
        if session.get(Circle, asked.circle_id) is None:
            raise NotFound(f"There is no circle {asked.circle_id}.")
    rows = session.connection().execute(_revisions().where(*conditions)).all()
    restated = _restated(session)
    keys = [
        _key(row, restated, as_of)
        for row in sorted(rows, key=lambda row: (row.circle_key, row.name_key))
    ]
    found = kept.find(keys)
    if len(found) < len(keys):
        among = select(Kpi.id).join(Circle, Circle.id == Kpi.circle_id).where(*conditions)
        found = _with_new(session, kept, keys, among)
    return [found[key] for key in keys if key in found]


def course(session: Session, kpi_id: int, as_of: date) -> Course:
    """One KPI, archived or not, with all its values up to a day and where it may go after it.

    Raises:
        NotFound: there is no such KPI.
    """
    row = session.connection().execute(_revisions().where(Kpi.id == kpi_id)).one_or_none()
    known = None if row is None else _read(session, [kpi_id], as_of).get(kpi_id)
    if row is None or known is None:
        raise NotFound(f"There is no KPI {kpi_id}.")
    entry = _worked_out(_key(row, _restated(session), as_of), known)
    promise = known.promise
    asked = promise, Range(known.kpi.minimum, known.kpi.maximum), known.values, as_of
    restated = dict(
        session.execute(
            select(KpiValue.period_start, KpiValue.restated).where(KpiValue.kpi_id == kpi_id)
        ).all()
    )
    series = [
        PastValue(
            write_period(promise.periodicity, start),
            float(value),
            float(target_of(promise, start)),
            round(float(x), 4),
            None if (new := restated.get(start)) is None else float(new),
        )
        for (start, value), x in zip(known.values, year_to_date(promise, known.values), strict=True)
    ]
    told = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return Course(**told, series=series, bands=bands(*asked), record=record(*asked))


def _revisions() -> Select[*tuple[Any, ...]]:
    """Which revision KPIs have now, and the names of their circles and owners."""
    return (
        select(
            Kpi.id,
            Kpi.created_at,
            Kpi.revision,
            Kpi.name_key,
            Circle.name.label("circle"),
            Circle.name_key.label("circle_key"),
            User.first_name,
            User.last_name,
            User.username,
        )
        .join(Circle, Circle.id == Kpi.circle_id)
        .outerjoin(User, User.id == Kpi.owner_id)
    )


def _restated(session: Session) -> dict[int, int]:
    """How many restatements of each KPI nobody has settled."""
    query = select(KpiRestatement.kpi_id, func.count()).where(KpiRestatement.settled.is_(None))
    return dict(session.execute(query.group_by(KpiRestatement.kpi_id)).all())


def _key(row: Row[Any], restated: Mapping[int, int], as_of: date) -> Key:
    owner = " ".join(filter(None, [row.first_name, row.last_name])) or row.username
    return Key(
        as_of, row.id, row.created_at, row.revision, row.circle, owner, restated.get(row.id, 0)
    )


def _with_new(
    session: Session, kept: KeptFigures, keys: Sequence[Key], among: Select[Any]
) -> dict[Key, KpiEntry]:
    """Entries by key, those that are kept and the others worked out; without those of KPIs that
    were deleted just now.
    """
    with kept.filling:
        found = kept.find(keys)
        new = {key.kpi_id: key for key in keys if key not in found}
        if new:
            known = _read(session, [*new] if len(new) <= FEW else among, keys[0].as_of)
            worked_out = {
                key: _worked_out(key, known[kpi_id])
                for kpi_id, key in new.items()
                if kpi_id in known
            }
            kept.keep(worked_out)
            found |= worked_out
    return found


def _read(session: Session, ids: Sequence[int] | Select[Any], as_of: date) -> dict[int, _Known]:
    """KPIs with their targets, and the values of periods that have begun by a day."""
    connection = session.connection()  # plain rows: objects of a hundred thousand values take long
    kpis = connection.execute(select(*Kpi.__table__.columns).where(Kpi.id.in_(ids))).all()
    targets = connection.execute(
        select(KpiTarget.kpi_id, KpiTarget.valid_from, KpiTarget.value)
        .where(KpiTarget.kpi_id.in_(ids))
        .order_by(KpiTarget.kpi_id, KpiTarget.valid_from)
    )
    aims = _by_kpi(targets)
    values = connection.execute(
        select(KpiValue.kpi_id, KpiValue.period_start, KpiValue.value)
        .where(KpiValue.kpi_id.in_(ids), KpiValue.period_start <= as_of)
        .order_by(KpiValue.kpi_id, KpiValue.period_start)
    )
    dated = _by_kpi(values)
    return {
        kpi.id: _Known(kpi, _promise(kpi, aims[kpi.id]), dated.get(kpi.id, []))
        for kpi in kpis
        if kpi.id in aims
    }


def _by_kpi(
    result: Result[int, date, Decimal],
) -> Mapping[int, list[tuple[date, Decimal]]]:
    """Days and numbers by KPI, in the order they come."""
    found = defaultdict(list)
    # So few at once that they are forgotten before Python looks for what may be forgotten, which
    # takes as long as reading them.
    for some in result.partitions(READ_AT_ONCE):
        for kpi_id, day, number in some:
            found[kpi_id].append((day, number))
    return found


def _promise(kpi: Row[Any], targets: Targets) -> Promise:
    return Promise(kpi.periodicity, kpi.direction, kpi.aggregation, kpi.initial_value, targets)


def _worked_out(key: Key, known: _Known) -> KpiEntry:
    kpi, promise, values = known.kpi, known.promise, known.values
    stands = standing(promise, values, key.as_of)
    return KpiEntry(
        id=kpi.id,
        name=kpi.name,
        circle_id=kpi.circle_id,
        circle=key.circle,
        periodicity=kpi.periodicity,
        unit=kpi.unit,
        direction=kpi.direction,
        aggregation=kpi.aggregation,
        owner_id=kpi.owner_id,
        owner=key.owner,
        computed=kpi.measure is not None,
        active=kpi.active,
        initial_value=float(kpi.initial_value),
        target_value=stands.target,
        x=stands.x,
        current=_newest(promise, values),
        progress=stands.progress,
        expected=stands.expected,
        pace=stands.pace,
        performance=stands.performance,
        status=stands.status,
        outlook=outlook(promise, Range(kpi.minimum, kpi.maximum), values, key.as_of),
        restated=key.restated,
        spark=_spark(promise, values, key.as_of),
    )


def _newest(promise: Promise, values: Values) -> Dated | None:
    if not values:
        return None
    start, value = values[-1]
    return Dated(write_period(promise.periodicity, start), float(value))


def _spark(promise: Promise, values: Values, as_of: date) -> list[Point]:
    """The last periods that have begun by a day, oldest first, with a value or without."""
    periodicity, newest = promise.periodicity, dict(values[-SHOWN_PERIODS:])
    start_of = bucket_of(periodicity).start
    starts = [start_of(as_of)]
    while len(starts) < SHOWN_PERIODS:
        starts.append(start_of(starts[-1] - DAY))
    return [
        Point(
            write_period(periodicity, start),
            None if (value := newest.get(start)) is None else float(value),
            float(target_of(promise, start)),
        )
        for start in reversed(starts)
    ]
