"""How forecasts did that were given: compared with the sales, each time those changed.

Steps are compared once they are over and the data reach to their last open day. Those with a day
that somebody called not ordinary are left out, as they are of fitting.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement, Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from tillsight import jobs
from tillsight.database import Base, Database
from tillsight.errors import TillsightError, Unavailable
from tillsight.forecasting.given import (
    DECIMALS,
    Steps,
    read_filters,
    read_steps,
    remove_oldest,
    starts_of,
)
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.scores import scores, wape
from tillsight.forecasting.series import Counts, Flags, Floats
from tillsight.forecasting.trading import (
    Around,
    OneOff,
    Trading,
    around,
    by_day,
    ordinary_days,
    trading_of,
)
from tillsight.forecasting.words import Grain
from tillsight.logs import log
from tillsight.metrics.periods import DAY, Period
from tillsight.sales import journal
from tillsight.settings import Settings
from tillsight.warehouse import Snapshot, Warehouse

LEASE = "forecast-scores"
ROUND = timedelta(minutes=1)
PURCHASES_EVERY = 600.0
"""Seconds between two times that single purchases alone have forecasts scored anew."""
LAID_OUT_WITHIN = 5.0
"""Seconds the warehouse is waited for, before it is tried again."""
LONGEST_CLOSED = 31
"""Days without sales after the last one that count as closed where the calendar says so."""
TOGETHER = 200
"""Rows that are written in one transaction: others who write wait for its end."""


@dataclass(frozen=True)
class Actuals:
    """What happened in the steps that are over, and whether they were ordinary."""

    value: list[float]
    ordinary: list[bool]

    @property
    def fingerprint(self) -> str:
        """The same for the same."""
        return sha256(self.written.encode()).hexdigest()

    @property
    def written(self) -> str:
        """As they are kept."""
        return json.dumps({"value": self.value, "ordinary": self.ordinary})


@dataclass(frozen=True)
class Score:
    """How far off a forecast was over the ordinary ones of the steps that are over.

    `wape` is the sum of absolute errors over the sum of absolute values, `mase` the mean absolute
    error over that of repeating last season inside the history of then, `coverage` the fraction of
    steps inside the 80 % interval. None where it is not defined.
    """

    forecast_total: float
    actual_total: float | None
    wape: float | None
    naive_wape: float | None
    mase: float | None
    coverage: float | None


def score(steps: Steps, actuals: Actuals, scale: float | None) -> Score:
    """Compare the first steps of a forecast with what happened; `scale` is what MASE divides by."""
    over = len(actuals.value)
    counts = np.array(actuals.ordinary, dtype=bool)
    if not counts.any():
        return Score(steps.total.value, None, None, None, None, None)
    actual = np.array(actuals.value)[counts]
    predicted, naive = (np.array(one[:over])[counts] for one in (steps.value, steps.naive))
    found = scores(actual, predicted, _inside(steps, actual, counts), scale)
    return Score(
        round(float(predicted.sum()), 2),
        round(float(actual.sum()), 2),
        found.wape,
        wape(actual, naive),
        found.mase,
        found.coverage,
    )


def _inside(steps: Steps, actual: Floats, counts: Flags) -> Flags | None:
    """Which steps were within their bounds; those expected to be closed are no merit."""
    if not steps.lower:
        return None
    over = len(counts)
    is_open = np.array(steps.open[:over], dtype=np.bool_)[counts]
    lower, upper = (np.array(one[:over])[counts] for one in (steps.lower, steps.upper))
    return ((lower <= actual) & (actual <= upper))[is_open]


@dataclass(frozen=True)
class Place:
    """What scores depend on: as long as it is the same, nothing is due."""

    version: int
    around: Hashable
    newest: int | None


class Rounds:
    """Scores forecasts when their days have come, on whichever server holds the lease."""

    def __init__(self, settings: Settings, database: Database, warehouse: Warehouse) -> None:
        self._settings = settings
        self._database = database
        self._warehouse = warehouse
        self._done: Place | None = None
        self._at = -PURCHASES_EVERY
        self._stopping = threading.Event()
        self._thread = jobs.Recurring(database, LEASE, ROUND, self.look)

    def start(self) -> None:
        """Begin with a round at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the question under way; the others are scored by the next server."""
        self._stopping.set()
        self._thread.stop()

    def look(self) -> None:
        """Score what is due, if anything changed since the last time."""
        today = datetime.now(ZoneInfo(self._settings.timezone)).date()
        with self._database.reading() as session:
            given = around(session, today, self._settings.country)
            place = _place(session, given)
            if place == self._done or self._may_wait(session, place):
                return
        try:
            score_due(self._database, self._warehouse, given, self._stopping)
        except Unavailable:  # the warehouse is behind: the next round goes on
            return
        self._done, self._at = place, time.monotonic()

    def _may_wait(self, session: Session, place: Place) -> bool:
        """Whether only single purchases came since the last time, which is not long ago."""
        done = self._done
        if done is None or time.monotonic() >= self._at + PURCHASES_EVERY:
            return False
        if (done.around, done.newest) != (place.around, place.newest):
            return False
        return not journal.has_imports_after(session, done.version, place.version + 1)


def _place(session: Session, given: Around) -> Place:
    newest = session.scalar(select(GivenForecast.id).order_by(GivenForecast.id.desc()).limit(1))
    return Place(journal.head(session).version, given.key(), newest)


@dataclass(frozen=True)
class _Question:
    """Forecasts of the same numbers, whoever made them; `filters` as they are kept."""

    measure: str
    grain: Grain
    filters: str


@dataclass(frozen=True)
class _Row:
    """A forecast that may have to be scored; `ends` are the days from `first` to where its steps
    begin, and in the end to where the last one ends, (h + 1,).
    """

    id: int
    first: date
    ends: Counts
    scored_version: int | None
    seen: str | None

    @property
    def end(self) -> date:
        """The day after its last step."""
        return self.first + int(self.ends[-1]) * DAY


@lru_cache(1000)
def _ends(grain: Grain, first: date, steps: int) -> Counts:
    return np.array([(start - first).days for start in starts_of(grain, first, steps)])


@dataclass(frozen=True)
class _Sold:
    """What was sold on each day from `first` on, as far as days are over, and which were ordinary.

    `version` is that of the data.
    """

    version: int
    first: date
    values: Floats
    ordinary: Flags

    def in_steps(self, row: _Row) -> Actuals:
        """The steps of a forecast that are over."""
        places = (row.first - self.first).days + row.ends
        over = int(np.searchsorted(places[1:], len(self.values), side="right"))
        if over == 0:
            return Actuals([], [])
        starts, days = places[:over], slice(0, places[over])
        sums = np.add.reduceat(self.values[days], starts).tolist()
        ordinary = np.logical_and.reduceat(self.ordinary[days], starts)
        return Actuals([round(one, DECIMALS) + 0.0 for one in sums], ordinary.tolist())


def score_due(
    database: Database,
    warehouse: Warehouse,
    given: Around,
    stopping: threading.Event | None = None,
) -> int:
    """Score every forecast of which a step is over, or was, with the sales as they are now.

    Returns how many scores are others than before.

    Raises:
        Unavailable: the warehouse has not laid out the newest sales yet.
    """
    with database.writing() as session:
        remove_oldest(session)
    with database.reading() as session:
        version = journal.head(session).version
    with warehouse.snapshot(version, LAID_OUT_WITHIN) as at:
        trading = trading_of(at, given)
    until = date.min if trading is None else known_until(trading, given.today)
    changed = 0
    for question, rows in _due(database, until).items():
        if stopping is not None and stopping.is_set():
            break
        with warehouse.snapshot(version, LAID_OUT_WITHIN) as at:
            try:
                sold = _sold(at, question, rows, until, given.one_offs)
            except Unavailable:
                raise
            except TillsightError as error:  # such as a measure that is not there any more
                log.warning("forecasts were not scored", error=error.message)
                continue
        changed += _score_all(database, rows, sold)
    return changed


def known_until(trading: Trading, today: date) -> date:
    """The first day of which nothing is known yet.

    Days before today on which the shop is closed are known: a Sunday needs no sale on Monday.
    """
    until = trading.as_of + DAY
    while until < today and until <= trading.as_of + LONGEST_CLOSED * DAY:
        if trading.calendar.is_open(until):
            break
        until += DAY
    return until


def _due(database: Database, until: date) -> dict[_Question, list[_Row]]:
    """The forecasts about days before `until`, and those that were scored although none is now."""
    one = GivenForecast
    query = (
        select(
            *(one.measure, one.grain, one.filters),
            *(one.id, one.first_day, one.horizon, one.scored_version, one.seen),
        )
        .where(or_(one.first_day < until, one.steps_scored > 0))
        .order_by(one.id)
    )
    found = defaultdict(list)
    with database.reading() as session:
        for row in session.execute(query):
            ends = _ends(row.grain, row.first_day, row.horizon)
            about = _Question(row.measure, row.grain, row.filters)
            found[about].append(_Row(row.id, row.first_day, ends, row.scored_version, row.seen))
    return found


def _sold(
    at: Snapshot,
    question: _Question,
    rows: Sequence[_Row],
    until: date,
    one_offs: Sequence[OneOff],
) -> _Sold:
    first = min(row.first for row in rows)
    period = Period(first, max(first, min(until, max(row.end for row in rows))))
    values = by_day(at, question.measure, read_filters(question.filters), period)
    return _Sold(at.version, first, values, ordinary_days(one_offs, first, len(values)))


def _score_all(database: Database, rows: Sequence[_Row], sold: _Sold) -> int:
    """Write the scores that are others now, and of all which data they are from."""
    changed, same = {}, []
    for row in rows:
        actuals = sold.in_steps(row)
        if row.seen != actuals.fingerprint:
            changed[row.id] = actuals
        elif row.scored_version != sold.version:
            same.append(row.id)
    written = 0
    numbers = list(changed)
    for place in range(0, len(numbers), TOGETHER):
        part = {number: changed[number] for number in numbers[place : place + TOGETHER]}
        written += _write(database, _scored(database, part, sold.version))
    for place in range(0, len(same), TOGETHER):
        with database.writing() as session:
            _note_version(session, same[place : place + TOGETHER], sold.version)
    return written


def _scored(
    database: Database, changed: Mapping[int, Actuals], version: int
) -> list[dict[str, object]]:
    """What to write of forecasts whose actual values are others now."""
    one = GivenForecast
    query = select(one.id, one.steps, one.scale).where(one.id.in_(changed))
    with database.reading() as session:
        found = session.execute(query).all()
    return [_told(row, changed[row.id], version) for row in found]


def _told(row: Row[int, str, float | None], actuals: Actuals, version: int) -> dict[str, object]:
    return {
        "number": row.id,
        "steps_scored": len(actuals.value),
        "scored_at": datetime.now(UTC) if actuals.value else None,
        "scored_version": version,
        "seen": actuals.fingerprint,
        "actuals": actuals.written,
        **asdict(score(read_steps(row.steps), actuals, row.scale)),
    }


def _write(database: Database, scored: Sequence[Mapping[str, object]]) -> int:
    """Write scores, but for those that another server wrote from these data or newer; how many.

    The update is the decision: of several servers that come to the same row, one changes it.
    """
    with database.writing() as session:
        connection = session.connection()
        return sum(connection.execute(_UPDATE, one).rowcount for one in scored)


def _note_version(session: Session, numbers: Sequence[int], version: int) -> None:
    session.execute(
        update(GivenForecast)
        .where(GivenForecast.id.in_(numbers), _is_older(version))
        .values(scored_version=version)
        .execution_options(synchronize_session=False)
    )


def _is_older(version: object) -> ColumnElement[bool]:
    scored = _given.c.scored_version
    return or_(scored.is_(None), scored <= version)


# Made once: hundreds may be written after an import.
_given = Base.metadata.tables[GivenForecast.__tablename__]
_WRITTEN = (
    *("steps_scored", "scored_at", "scored_version", "seen", "actuals"),
    *(field.name for field in fields(Score)),
)
_UPDATE = (
    update(_given)
    .where(_given.c.id == bindparam("number"), _is_older(bindparam("scored_version")))
    .where(or_(_given.c.seen.is_(None), _given.c.seen != bindparam("seen")))
    .values({name: bindparam(name) for name in _WRITTEN})
)
