"""Twenty people who edit the same and other values at once: nothing is lost, the log is complete
and in order.
"""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from threading import Barrier

from sqlalchemy import select

from kpi_room import Room, first_day, require_unbroken, somebody
from tillsight.accounts.circles import add_member
from tillsight.accounts.sessions import Origin, Person
from tillsight.errors import Conflict, NotFound
from tillsight.kpis.definitions import NameTaken, Target, set_target
from tillsight.kpis.grid import Cell, enter_grid
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.values import (
    Changed,
    Edit,
    New,
    ValueExists,
    Written,
    change_value,
    delete_value,
    enter_value,
)

CLIENTS, ROUNDS = 20, 5
MONTHS = [f"2026-{month:02}" for month in range(1, 10)]


def together(work: Callable[[int], object]) -> list[object]:
    """What each of the clients came to, who begin at the same moment."""
    ready = Barrier(CLIENTS)

    def begin(number: int) -> object:
        ready.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(begin, range(CLIENTS)))


def members(room: Room) -> list[Person]:
    """Twenty editors of the circle."""
    people = [somebody(room.database, "editor") for _ in range(CLIENTS)]
    with room.database.writing() as session:
        for one in people:
            add_member(session, room.people["manager"], room.circle_id, one.id, Origin())
    return people


def test_a_count_that_all_raise_is_right(room: Room) -> None:
    """Each adds 1 to what they read, ten of them to one value and ten to another, some by the
    grid. Who was late looks again.
    """
    kpis = [room.kpi(), room.kpi()]
    values = [room.enter(one, "2026-01", "0") for one in kpis]
    people = members(room)

    def raise_it(number: int) -> None:
        kpi_id, value_id = kpis[number % 2], values[number % 2]
        for step in range(ROUNDS):
            while not add_one(room, people[number], kpi_id, value_id, by_grid=step % 2 == 0):
                pass

    together(raise_it)
    raised = CLIENTS // 2 * ROUNDS
    for kpi_id in kpis:
        log = room.log_of(kpi_id)
        require_unbroken(log, room.values_of(kpi_id))
        assert room.values_of(kpi_id) == {first_day("2026-01"): raised}
        assert [one.after for one in log] == list(range(raised + 1))
        by_person = Counter(one.user_id for one in log[1:])
        own = {people[number].id: ROUNDS for number in range(CLIENTS) if kpis[number % 2] == kpi_id}
        assert by_person == own
    with room.database.reading() as session:
        assert session.get_one(KpiValue, values[0]).version == raised + 1
        assert session.get_one(Kpi, kpis[0]).revision > raised


def add_one(room: Room, person: Person, kpi_id: int, value_id: int, *, by_grid: bool) -> bool:
    """Whether nobody was faster."""
    with room.database.reading() as session:
        seen = session.get_one(KpiValue, value_id)
    more = seen.value + 1
    try:
        with room.database.writing() as session:
            if by_grid:
                cell = Cell(kpi_id, "2026-01", more, version=seen.version)
                enter_grid(session, person, [cell], room.today)
            else:
                change_value(session, person, value_id, Edit(more, version=seen.version))
    except Conflict:
        return False
    return True


def test_everything_that_succeeded_is_in_the_log_once(room: Room) -> None:
    """They enter, change, write over, delete, and fill in grids, all over the same few KPIs, while
    a manager changes targets. Each sends numbers nobody else does.
    """
    kpis = [room.kpi() for _ in range(3)]
    people = members(room)

    def busy(number: int) -> list[tuple[int, str, Decimal | None]]:
        chance, done = random.Random(number), []
        for step in range(ROUNDS):
            sent = Decimal(1000 * (number + 1) + step)
            try:
                done += ACTIONS[chance.randrange(len(ACTIONS))](
                    room, people[number], kpis, sent, chance
                )
            except (Changed, ValueExists, NotFound, Conflict):
                continue
        return done

    outcomes = [one for part in together(busy) for one in part]
    logged = []
    for kpi_id in kpis:
        log = room.log_of(kpi_id)
        require_unbroken(log, room.values_of(kpi_id))
        logged += [(kpi_id, f"{one.period_start:%Y-%m}", one.after) for one in log]
        assert all(later.at >= earlier.at for earlier, later in pairwise(log))
    assert Counter(logged) == Counter(outcomes)
    assert len(outcomes) > CLIENTS


def _enter(room, person, kpis, sent, chance):
    kpi_id, month = chance.choice(kpis), chance.choice(MONTHS)
    with room.database.writing() as session:
        enter_value(session, person, New(kpi_id, Written(month), sent), room.today)
    return [(kpi_id, month, sent)]


def _change(room, person, kpis, sent, chance):
    row = _any_value(room, kpis, chance)
    version = chance.choice([row.version, row.version, None])
    with room.database.writing() as session:
        change_value(session, person, row.id, Edit(sent, version=version))
    return [(row.kpi_id, f"{row.period_start:%Y-%m}", sent)]


def _delete(room, person, kpis, sent, chance):
    del person, sent
    row = _any_value(room, kpis, chance)
    with room.database.writing() as session:
        delete_value(session, room.people["manager"], row.id, row.version)
    return [(row.kpi_id, f"{row.period_start:%Y-%m}", None)]


def _fill_in(room, person, kpis, sent, chance):
    """A grid over all KPIs in any order, of two months."""
    cells = []
    with room.database.reading() as session:
        for kpi_id in chance.sample(kpis, len(kpis)):
            for month in chance.sample(MONTHS, 2):
                query = select(KpiValue.version).where(
                    KpiValue.kpi_id == kpi_id, KpiValue.period_start == first_day(month)
                )
                cells.append(Cell(kpi_id, month, sent, version=session.scalar(query)))
    with room.database.writing() as session:
        enter_grid(session, person, cells, room.today)
    return [(one.kpi_id, one.period, sent) for one in cells]


def _aim(room, person, kpis, sent, chance):
    del person
    with room.database.writing() as session:
        manager, target = room.people["manager"], Target(sent)
        set_target(session, manager, chance.choice(kpis), target, room.today, Origin())
    return []


ACTIONS = [_enter, _enter, _change, _change, _delete, _fill_in, _fill_in, _aim]


def _any_value(room: Room, kpis: list[int], chance: random.Random) -> KpiValue:
    with room.database.reading() as session:
        found = list(session.scalars(select(KpiValue).where(KpiValue.kpi_id.in_(kpis))))
    if not found:
        raise NotFound("There is none yet.")
    return chance.choice(found)


def test_of_twenty_who_enter_a_value_or_want_a_name_one_does(room: Room) -> None:
    kpi_id, people = room.kpi(), members(room)

    def enter(number: int) -> bool:
        new = New(kpi_id, Written("2026-01"), Decimal(number))
        try:
            with room.database.writing() as session:
                enter_value(session, people[number], new, room.today)
        except ValueExists:
            return False
        return True

    def define(_number: int) -> bool:
        try:
            room.kpi(name=f"Wanted {kpi_id}")
        except NameTaken:
            return False
        return True

    assert Counter(together(enter)) == {True: 1, False: CLIENTS - 1}
    assert len(room.log_of(kpi_id)) == 1
    assert Counter(together(define)) == {True: 1, False: CLIENTS - 1}
