"""The board: where all KPIs stand, in as many statements whatever their number.

What was worked out of a KPI is kept by the process. The database tells with each question which
revision a KPI has, so that only what changed is worked out anew, whoever changed it and wherever.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Circle, User
from tillsight.errors import NotFound
from tillsight.kpis.models import Kpi, KpiRestatement, KpiTarget, KpiValue
from tillsight.kpis.outlook import Band, Outlook, Simulated, bands, outlook
from tillsight.kpis.progress import (
    Promise,
    Standing,
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
class Figures:
    """What was worked out of a KPI on a day."""

    standing: Standing
    current: Dated | None
    outlook: Outlook
    spark: list[Point]


@dataclass(frozen=True, slots=True)
class KpiEntry:
    """A KPI on the board. `target_value` is the target in force on the day of the board, `current`
    its newest value by then, `restated` counts restatements nobody has settled yet.
    """

    id: int
    name: str
    description: str
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
    """A KPI from its first value to the end of the year."""

    series: list[PastValue]
    bands: list[Band]


Key = tuple[int, datetime, int, date]
"""Number of a KPI, when it was made, its revision, and the day that figures are of."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read of a KPI to work out its figures."""

    targets: Targets
    values: Values


class KeptFigures:
    """Figures of KPIs by revision and day, as many as `most`; the ones not asked for go first."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Figures] = OrderedDict()
        self._lock = Lock()
        self.filling = Lock()
        """Held by who works out many, so that others who ask for the same wait and find them."""

    def find(self, keys: Sequence[Key]) -> dict[Key, Figures]:
        """Those of the keys that are kept."""
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
            return found

    def keep(self, new: Mapping[Key, Figures]) -> None:
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
    rows = session.connection().execute(_kpis().where(*conditions)).all()
    if not rows and asked.circle_id is not None and session.get(Circle, asked.circle_id) is None:
        raise NotFound(f"There is no circle {asked.circle_id}.")
    restated = _restated(session)
    among = select(Kpi.id).join(Circle, Circle.id == Kpi.circle_id).where(*conditions)
    figures = _figures(session, kept, rows, among, as_of)
    rows = sorted(rows, key=lambda row: (row.circle_key, row.name_key))
    return [
        _entry(row, figures[row.id], restated.get(row.id, 0)) for row in rows if row.id in figures
    ]


def course(session: Session, kpi_id: int, as_of: date) -> Course:
    """One KPI, archived or not, with all its values up to a day and what is simulated after it.

    Raises:
        NotFound: there is no such KPI.
    """
    row = session.connection().execute(_kpis().where(Kpi.id == kpi_id)).one_or_none()
    known = None if row is None else _read(session, [row.id], as_of).get(row.id)
    if row is None or known is None:
        raise NotFound(f"There is no KPI {kpi_id}.")
    figures, simulated = _worked_out(row, known, as_of)
    promise = _promise(row, known.targets)
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
    entry = _entry(row, figures, _restated(session).get(kpi_id, 0))
    told = {field.name: getattr(entry, field.name) for field in fields(entry)}
    to_come = bands(promise.periodicity, simulated) if simulated else []
    return Course(**told, series=series, bands=to_come)


def _kpis() -> Select[Any]:
    """KPIs with the names of circles and owners; no more than one statement for all of them."""
    return (
        select(
            *Kpi.__table__.columns,
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


def _figures(
    session: Session, kept: KeptFigures, rows: Sequence[Row[Any]], among: Select[Any], as_of: date
) -> dict[int, Figures]:
    """Figures by KPI; without those of KPIs that were deleted just now."""
    keys = [_key(row, as_of) for row in rows]
    found = kept.find(keys)
    if len(found) < len(keys):
        with kept.filling:
            found = kept.find(keys)
            new = [(row, key) for row, key in zip(rows, keys, strict=True) if key not in found]
            ids = [row.id for row, _ in new]
            known = _read(session, ids if len(ids) <= FEW else among, as_of) if ids else {}
            worked_out = {
                key: _worked_out(row, known[row.id], as_of)[0]
                for row, key in new
                if row.id in known
            }
            kept.keep(worked_out)
            found |= worked_out
    return {row.id: found[key] for row, key in zip(rows, keys, strict=True) if key in found}


def _key(row: Row[Any], as_of: date) -> Key:
    # SQLite gives the number of a deleted KPI to the next one; that was made at another time.
    return row.id, row.created_at, row.revision, as_of


def _read(session: Session, ids: Sequence[int] | Select[Any], as_of: date) -> dict[int, _Known]:
    """Targets and values of KPIs; values of periods that have begun by a day."""
    connection = session.connection()  # plain rows: objects of a hundred thousand values take long
    targets = connection.execute(
        select(KpiTarget.kpi_id, KpiTarget.valid_from, KpiTarget.value)
        .where(KpiTarget.kpi_id.in_(ids))
        .order_by(KpiTarget.kpi_id, KpiTarget.valid_from)
    )
    values = connection.execute(
        select(KpiValue.kpi_id, KpiValue.period_start, KpiValue.value)
        .where(KpiValue.kpi_id.in_(ids), KpiValue.period_start <= as_of)
        .order_by(KpiValue.kpi_id, KpiValue.period_start)
    )
    dated = defaultdict(list)
    for kpi_id, start, value in values.all():
        dated[kpi_id].append((start, value))
    known = {}
    for kpi_id, some in groupby(targets, key=itemgetter(0)):
        known[kpi_id] = _Known([(day, value) for _, day, value in some], dated[kpi_id])
    return known


def _promise(row: Row[Any], targets: Targets) -> Promise:
    return Promise(row.periodicity, row.direction, row.aggregation, row.initial_value, targets)


def _worked_out(row: Row[Any], known: _Known, as_of: date) -> tuple[Figures, Simulated | None]:
    promise, values = _promise(row, known.targets), known.values
    seed = (row.id, row.revision, as_of.toordinal())
    bounds = Range(row.minimum, row.maximum)
    chance, simulated = outlook(promise, bounds, values, as_of, seed)
    current = None
    if values:
        start, value = values[-1]
        current = Dated(write_period(promise.periodicity, start), float(value))
    stands = standing(promise, values, as_of)
    return Figures(stands, current, chance, _spark(promise, values, as_of)), simulated


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


def _entry(row: Row[Any], figures: Figures, restated: int) -> KpiEntry:
    stands = figures.standing
    name = " ".join(filter(None, [row.first_name, row.last_name])) or row.username
    return KpiEntry(
        id=row.id,
        name=row.name,
        description=row.description,
        circle_id=row.circle_id,
        circle=row.circle,
        periodicity=row.periodicity,
        unit=row.unit,
        direction=row.direction,
        aggregation=row.aggregation,
        owner_id=row.owner_id,
        owner=name,
        computed=row.measure is not None,
        active=row.active,
        initial_value=float(row.initial_value),
        target_value=stands.target,
        x=stands.x,
        current=figures.current,
        progress=stands.progress,
        expected=stands.expected,
        pace=stands.pace,
        performance=stands.performance,
        status=stands.status,
        outlook=figures.outlook,
        restated=restated,
        spark=figures.spark,
    )
