"""Values that come in files: which rows can be loaded, writing them, and taking them back.

An import is laid over what is there, and what was there shows again once it is undone: the value of
a period is that of its last change by hand or by an import that counts. The change log tells it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.models import Circle, CircleMember, Role, User
from tillsight.database import Database
from tillsight.errors import Conflict, Forbidden
from tillsight.kpis.file_rows import Known, Row, checked, fits
from tillsight.kpis.holding import lock
from tillsight.kpis.models import Kpi, KpiChange, KpiValue
from tillsight.kpis.spans import write_period
from tillsight.kpis.words import Activity, Why
from tillsight.sales.kpi_files import (
    TERMINAL,
    FileValue,
    KpiRoom,
    Loader,
    Placed,
    Unplaced,
    ValueRow,
)
from tillsight.sales.models import Import

AT_ONCE = 500
"""Numbers in one statement: some databases take no more than a few thousand."""
Place = tuple[int, date]
"""A KPI, and the first day of a period of it."""
Said = tuple[Decimal, str]
"""A value and its comment."""


def kpi_room(database: Database, today: Callable[[], date]) -> KpiRoom:
    """The room's functions for files; `today` tells the date in the shop."""
    return KpiRoom(
        partial(check, database, today), partial(touched, database), lock, enter, take_back
    )


def check(
    database: Database, today: Callable[[], date], loader: Loader, rows: Sequence[ValueRow]
) -> list[Placed | Unplaced]:
    """Say of each row where it goes, or why it cannot be loaded; nothing is changed."""
    with database.reading() as session:
        kpis = {kpi.id: kpi for kpi in session.scalars(select(Kpi))}
        known = Known(kpis, _closed(session, loader, kpis), today())
        places = checked(known, rows)
        now = _rows_of(session, {one.kpi_id for one in places if isinstance(one, Row)})
    return [
        one if isinstance(one, Unplaced) else _placed(one, row.value, now)
        for one, row in zip(places, rows, strict=True)
    ]


def touched(database: Database, import_id: int) -> set[int]:
    """The KPIs whose values an import changed."""
    query = select(KpiChange.kpi_id).where(KpiChange.import_id == import_id).distinct()
    with database.reading() as session:
        return set(session.scalars(query))


def enter(session: Session, loader: Loader, import_id: int, values: Sequence[FileValue]) -> None:
    """Write the values of an import whose KPIs are locked. A blank comment leaves the one there is.

    Raises:
        Conflict: something of it is not as it was when the file was checked.
    """
    kpis = _kpis(session, {one.kpi_id for one in values})
    closed = _closed(session, loader, kpis)
    for one in values:
        kpi = kpis.get(one.kpi_id)
        if kpi is None or kpi.id in closed or not fits(kpi, one):
            name = f"“{kpi.name}”" if kpi else f"number {one.kpi_id}"
            reason = closed.get(one.kpi_id) or "is not as it was when the file was checked"
            raise Conflict(f"The KPI {name} {reason}, so nothing was loaded. Load the file again.")
    now = _rows_of(session, kpis)
    wanted: dict[Place, Said | None] = {}
    for one in values:
        place = (one.kpi_id, one.first_day)
        wanted[place] = (one.value, one.comment or (now[place].comment if place in now else ""))
    _write(session, wanted, now, _Act(Why.imported, loader.user_id, import_id))


def take_back(session: Session, loader: Loader, import_id: int) -> list[str]:
    """Give each value that an import brought back what it was before, and name those that stay as
    they are: they were changed since, or take no values any more. The KPIs are locked.

    Raises:
        Forbidden: a KPI is of a circle that the person does not belong to.
    """
    layers = _layers(session, import_id)
    kpis = _kpis(session, {kpi_id for kpi_id, _ in layers})
    _require_circles(session, loader, kpis)
    closed = _closed(session, TERMINAL, kpis)
    wanted: dict[Place, Said | None] = {}
    stays: list[str] = []
    for place, found in layers.items():
        if place[0] in closed or found[-1].import_id != import_id:
            kpi = kpis[place[0]]
            stays.append(f"“{kpi.name}” {write_period(kpi.periodicity, place[1])}")
        else:
            below = [one.said for one in found if one.import_id != import_id]
            wanted[place] = below[-1] if below else None
    now = _rows_of(session, kpis)
    _write(session, wanted, now, _Act(Why.undone, loader.user_id, import_id))
    return stays


@dataclass(frozen=True)
class _Now:
    """The value that a period has."""

    id: int
    value: Decimal
    comment: str
    version: int


@dataclass(frozen=True)
class _Act:
    """Why values are written, by whom, and of which import."""

    why: Why
    user_id: int | None
    import_id: int


@dataclass(frozen=True)
class _Layer:
    """What a change that counts says of a period, nothing where it was deleted."""

    import_id: int | None
    said: Said | None


def _placed(row: Row, value: Decimal, now: Mapping[Place, _Now]) -> Placed:
    there = now.get((row.kpi_id, row.first_day))
    replaces = there is not None and there.value != value
    return Placed(row.kpi_id, row.first_day, row.last_day, replaces)


def _parts(numbers: Collection[int]) -> Iterator[list[int]]:
    """Numbers in order, as many at once as a statement takes."""
    ordered = sorted(numbers)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]


def _kpis(session: Session, kpi_ids: Collection[int]) -> dict[int, Kpi]:
    found: dict[int, Kpi] = {}
    for some in _parts(kpi_ids):
        query = select(Kpi).where(Kpi.id.in_(some)).execution_options(populate_existing=True)
        found |= {kpi.id: kpi for kpi in session.scalars(query)}
    return found


def _rows_of(session: Session, kpi_ids: Collection[int]) -> dict[Place, _Now]:
    """The values that KPIs have."""
    found: dict[Place, _Now] = {}
    for some in _parts(kpi_ids):
        query = select(
            KpiValue.kpi_id,
            KpiValue.period_start,
            KpiValue.id,
            KpiValue.value,
            KpiValue.comment,
            KpiValue.version,
        ).where(KpiValue.kpi_id.in_(some))
        for row in session.execute(query):
            now = _Now(row.id, row.value, row.comment, row.version)
            found[row.kpi_id, row.period_start] = now
    return found


def _closed(session: Session, loader: Loader, kpis: Mapping[int, Kpi]) -> dict[int, str]:
    """Why somebody may write no values of these KPIs, in words that follow its name."""
    circles = {one.id: one for one in session.scalars(select(Circle))}
    theirs = _circles_of(session, loader)
    closed: dict[int, str] = {}
    for kpi in kpis.values():
        circle = circles[kpi.circle_id]
        if theirs is not None and kpi.circle_id not in theirs:
            closed[kpi.id] = f"is of the circle “{circle.name}”, which you do not belong to"
        elif kpi.archived_at is not None:
            closed[kpi.id] = "is in the archive"
        elif circle.archived_at is not None:
            closed[kpi.id] = f"is of the circle “{circle.name}”, which is in the archive"
        elif not kpi.active:
            closed[kpi.id] = "is not active"
        elif kpi.measure is not None:
            closed[kpi.id] = f"is counted from the sales ({kpi.measure})"
    return closed


def _circles_of(session: Session, loader: Loader) -> set[int] | None:
    """The circles whose values somebody may write; None is all."""
    if loader.user_id is None:
        return None
    user = session.get_one(User, loader.user_id)
    role = user.role
    if loader.role is not None and role.includes(loader.role):
        role = loader.role
    if role is Role.admin:
        return None
    if not (user.is_active and role.includes(Role.editor)):
        return set()
    query = select(CircleMember.circle_id).where(CircleMember.user_id == user.id)
    return set(session.scalars(query))


def _require_circles(session: Session, loader: Loader, kpis: Mapping[int, Kpi]) -> None:
    theirs = _circles_of(session, loader)
    foreign = {kpi.circle_id for kpi in kpis.values()} - (theirs or set())
    if theirs is None or not foreign:
        return
    circle = session.get_one(Circle, min(foreign))
    raise Forbidden(
        f"You do not belong to the circle “{circle.name}”, whose values this import holds."
    )


def _layers(session: Session, import_id: int) -> dict[Place, list[_Layer]]:
    """Of each period that an import changed what counts of its log, the import's own among it."""
    touched = (
        select(KpiChange.kpi_id, KpiChange.period_start)
        .where(KpiChange.import_id == import_id, KpiChange.why == Why.imported)
        .distinct()
        .subquery()
    )
    same = and_(
        KpiChange.kpi_id == touched.c.kpi_id, KpiChange.period_start == touched.c.period_start
    )
    log = session.scalars(select(KpiChange).join(touched, same).order_by(KpiChange.id)).all()
    brought = {one.import_id for one in log if one.why is Why.imported and one.import_id}
    counting = {import_id, *_in_force(session, brought)}
    layers: dict[Place, list[_Layer]] = defaultdict(list)
    for one in log:
        by_import = one.import_id if one.why is Why.imported else None
        # An undo only shows again what lies below.
        if one.why is Why.undone or (by_import and by_import not in counting):
            continue
        said = None if one.after is None else (one.after, one.comment)
        layers[one.kpi_id, one.period_start].append(_Layer(by_import, said))
    return layers


def _in_force(session: Session, import_ids: Collection[int]) -> Iterator[int]:
    for some in _parts(import_ids):
        query = select(Import.id).where(Import.id.in_(some), Import.in_force.is_not(None))
        yield from session.scalars(query)


def _write(
    session: Session, wanted: Mapping[Place, Said | None], now: dict[Place, _Now], act: _Act
) -> None:
    """Give periods these values, or none, and log it.

    What an import says is logged where it changes nothing, too: it stays when others are undone.
    """
    at = datetime.now(UTC)
    changed = {
        place: said
        for place, said in wanted.items()
        if said != ((now[place].value, now[place].comment) if place in now else None)
    }
    told = wanted if act.why is Why.imported else changed
    if not told:
        return
    _write_rows(session, changed, now, act, at)
    after = _rows_of(session, {kpi_id for kpi_id, _ in told})
    logged = [_logged(place, now.get(place), after.get(place), act, at) for place in told]
    session.execute(insert(KpiChange), logged)


def _write_rows(
    session: Session,
    changed: Mapping[Place, Said | None],
    now: Mapping[Place, _Now],
    act: _Act,
    at: datetime,
) -> None:
    added, edited, gone = [], [], []
    for (kpi_id, start), said in changed.items():
        there = now.get((kpi_id, start))
        if said is None:
            gone += [there.id] if there else []
        elif there is None:
            row = {"kpi_id": kpi_id, "period_start": start, "version": 1}
            made = {"created_by": act.user_id, "created_at": at}
            added.append({**row, **made, "value": said[0], "comment": said[1]})
        else:
            row = {"id": there.id, "version": there.version + 1, "value": said[0]}
            made = {"updated_by": act.user_id, "updated_at": at}
            edited.append({**row, **made, "comment": said[1]})
    if added:
        session.execute(insert(KpiValue), added)
    if edited:
        session.execute(update(KpiValue), edited)
    for some in _parts(gone):
        session.execute(delete(KpiValue).where(KpiValue.id.in_(some)))


def _logged(
    place: Place, before: _Now | None, after: _Now | None, act: _Act, at: datetime
) -> dict[str, object]:
    activity = Activity.updated
    if before is None:
        activity = Activity.created
    elif after is None:
        activity = Activity.deleted
    there = after or before
    return {
        "at": at,
        "kpi_id": place[0],
        "period_start": place[1],
        "value_id": there and there.id,
        "activity": activity,
        "before": before and before.value,
        "after": after and after.value,
        "comment": there.comment if there else "",
        "why": act.why,
        "user_id": act.user_id,
        "import_id": act.import_id,
    }
