"""Circles, KPIs and two years of values of the demo shop, as its people might have entered them.

Values are drawn from a seed around a line with a season; some were corrected a few days later, and
some of the newest are still missing, so that there is something to enter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import cos, tau

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.circles import add_member, create_circle
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Person
from tillsight.kpis.changes import Cause
from tillsight.kpis.definitions import Target, create_kpi, set_target
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiChange, KpiValue
from tillsight.kpis.spans import end_of, periods_within
from tillsight.kpis.terms import Definition
from tillsight.kpis.values import write
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Why
from tillsight.metrics.periods import DAY, Period, add_months

SHOPS, WEB, SERVICE = "Shops", "Web and marketing", "Service and people"
MEMBERS: Mapping[str, tuple[Role, ...]] = {
    SHOPS: (Role.manager, Role.editor),
    WEB: (Role.manager,),
    SERVICE: (Role.manager, Role.editor),
}
CORRECTED = 0.06
"""Share of the values that somebody corrected later."""
CORRECTIONS = (
    "Corrected after the recount.",
    "One branch reported late.",
    "Typing error, the sheet says this.",
    "Agreed with bookkeeping.",
)


@dataclass(frozen=True)
class Drawn:
    """How values are drawn: from `start` to `end` over two years, times a season that is highest in
    December, with chance on top; the newest `missing` were not entered yet.
    """

    start: float
    end: float
    season: float = 0.0
    chance: float = 0.05
    decimals: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Promised:
    """A KPI and its targets of last year and of this one; without `drawn` it is computed."""

    circle: str
    name: str
    about: str
    periodicity: Periodicity
    unit: str
    target: tuple[str, str]
    initial: str = "0"
    direction: Direction = Direction.increase
    aggregation: Aggregation | None = None
    owned_by: Role | None = None
    drawn: Drawn | None = None
    measure: str | None = None
    filters: Mapping[str, tuple[str, ...]] | None = None


_UP, _DOWN = Direction.increase, Direction.decrease
_ABOVE, _BELOW = Direction.stay_above, Direction.stay_below
# fmt: off
KPIS = (
    Promised(WEB, "Net revenue", "What customers paid, less what they brought back.",
             Periodicity.monthly, "eur", ("1100000", "1200000"), measure="net_revenue"),
    Promised(WEB, "Net revenue in Switzerland", "Our second market in the Alps.",
             Periodicity.quarterly, "eur", ("70000", "85000"), measure="net_revenue",
             filters={"country": ("Switzerland",)}),
    Promised(WEB, "New customers", "People who bought here for the first time.",
             Periodicity.monthly, "amount", ("5500", "4800"), measure="new_customers"),
    Promised(WEB, "Return rate", "Value of returns in percent of revenue, month by month.",
             Periodicity.monthly, "percentage", ("1.2", "1"), direction=_BELOW,
             measure="return_rate"),
    Promised(WEB, "Average order value", "Revenue divided by orders, mean of the weeks.",
             Periodicity.weekly, "eur", ("72", "76"), initial="66",
             aggregation=Aggregation.average, measure="average_order_value"),
    Promised(WEB, "Advertising", "What was paid for advertisements, agency included.",
             Periodicity.monthly, "eur", ("8400", "8000"), direction=_BELOW,
             aggregation=Aggregation.sum, owned_by=Role.manager,
             drawn=Drawn(7800, 7300, 0.2, 0.08, 2, 1)),
    Promised(SHOPS, "Visitors", "Counted at the doors of all shops.",
             Periodicity.daily, "amount", ("190000", "200000"), owned_by=Role.editor,
             drawn=Drawn(520, 585, 0.25, 0.12, 0, 2)),
    Promised(SHOPS, "Stock count accuracy", "Articles whose count was as the system has it.",
             Periodicity.weekly, "percentage", ("96", "97"), direction=_ABOVE,
             drawn=Drawn(97.1, 98.4, 0.0, 0.006, 1, 1)),
    Promised(SHOPS, "Sales at fairs", "Takings of the stands in Basel and Zurich.",
             Periodicity.quarterly, "chf", ("48000", "56000"),
             drawn=Drawn(11200, 13600, 0.3, 0.07, 2)),
    Promised(SHOPS, "Energy", "Kilowatt hours of all shops in a month, mean of the year.",
             Periodicity.monthly, "amount", ("12500", "11000"), initial="13300",
             direction=_DOWN, aggregation=Aggregation.average,
             drawn=Drawn(12900, 11100, 0.35, 0.04, 0, 1)),
    Promised(SERVICE, "Customer satisfaction", "Mean of the answers on the till slip, 1 to 10.",
             Periodicity.monthly, "score", ("8.4", "8.8"), initial="7.5", owned_by=Role.editor,
             drawn=Drawn(7.9, 8.7, 0.0, 0.015, 1, 1)),
    Promised(SERVICE, "Questions answered within a day", "Share of mails and calls.",
             Periodicity.weekly, "percentage", ("85", "90"), initial="70", direction=_UP,
             drawn=Drawn(78, 91, -0.04, 0.03, 1)),
    Promised(SERVICE, "Training days", "Days of training, all people together.",
             Periodicity.quarterly, "amount", ("60", "72"),
             drawn=Drawn(14, 17, 0.0, 0.2, 1)),
    Promised(SERVICE, "Team survey", "Yearly survey: would you come here again? 1 to 10.",
             Periodicity.yearly, "score", ("7.5", "8"), initial="6.5",
             drawn=Drawn(7.2, 7.8, 0.0, 0.02, 1)),
)
# fmt: on


@dataclass(frozen=True)
class _Entry:
    """One value as somebody typed it, and when."""

    at: datetime
    kpi_id: int
    start: date
    value: Decimal
    comment: str
    by: Role


def make_kpis(session: Session, people: Mapping[Role, Person], seed: int, until: date) -> None:
    """Make everything for a shop whose last day is `until`; `people` has one of each role."""
    circles = _make_circles(session, people)
    entries: list[_Entry] = []
    for number, promised in enumerate(KPIS):
        kpi_id = _make_kpi(session, people, circles[promised.circle], promised, until)
        if promised.drawn is not None:
            rng = np.random.default_rng([seed, number])
            entries += _entries(rng, kpi_id, promised, promised.drawn, until)
    entries.sort(key=lambda one: (one.at, one.kpi_id, one.start))
    held = {kpi_id: hold_one(session, kpi_id) for kpi_id in {one.kpi_id for one in entries}}
    for one in entries:
        cause = Cause(Why.typed, people[one.by].id)
        write(session, held[one.kpi_id], one.start, one.value, one.comment, cause)
    _date_back(session, entries)


def person_of(user: User) -> Person:
    """The person as they would stand behind a request."""
    return Person(
        user.id,
        user.email,
        user.username,
        user.first_name,
        user.last_name,
        user.role,
        is_active=True,
        is_verified=True,
        created_at=user.created_at,
        last_login_at=None,
        session_id=None,
    )


def _make_circles(session: Session, people: Mapping[Role, Person]) -> dict[str, int]:
    boss = people[Role.admin]
    made = {name: create_circle(session, boss, name, TERMINAL) for name in MEMBERS}
    for name, roles in MEMBERS.items():
        for role in roles:
            add_member(session, boss, made[name], people[role].id, TERMINAL)
    return made


def _make_kpi(
    session: Session,
    people: Mapping[Role, Person],
    circle_id: int,
    promised: Promised,
    until: date,
) -> int:
    definition = Definition(
        name=promised.name,
        circle_id=circle_id,
        periodicity=promised.periodicity,
        unit=promised.unit,
        initial_value=Decimal(promised.initial),
        direction=promised.direction,
        aggregation=promised.aggregation,
        description=promised.about,
        owner_id=people[promised.owned_by].id if promised.owned_by else None,
        measure=promised.measure,
        filters=promised.filters or {},
    )
    manager, (earlier, now) = people[Role.manager], map(Decimal, promised.target)
    kpi_id = create_kpi(session, manager, definition, earlier, TERMINAL)
    january = Target(now, date(until.year, 1, 1))
    set_target(session, manager, kpi_id, january, until, TERMINAL)
    return kpi_id


def _entries(
    rng: np.random.Generator, kpi_id: int, promised: Promised, drawn: Drawn, until: date
) -> Iterator[_Entry]:
    """The values of two years, and their corrections."""
    periodicity = promised.periodicity
    span = Period(add_months(until, -24) + DAY, until + DAY)
    starts = [
        start
        for start in periods_within(periodicity, span)
        if end_of(periodicity, start) <= span.end  # type: ignore[operator]  # it has an end
    ]
    who = promised.owned_by or (Role.manager if promised.circle == WEB else Role.editor)
    for place, start in enumerate(starts[: len(starts) - drawn.missing]):
        end = end_of(periodicity, start)
        share = place / max(1, len(starts) - 1)
        level = drawn.start + (drawn.end - drawn.start) * share
        middle = start + (end - start) / 2
        season = 1 + drawn.season * cos(tau * (middle.timetuple().tm_yday - 350) / 365.25)
        value = _rounded(level * season * (1 + drawn.chance * rng.standard_normal()), promised)
        at = _office_time(rng, end, 1 if periodicity is Periodicity.daily else 5)
        if rng.random() < CORRECTED:
            wrong = _rounded(float(value) * (1 + 0.1 * rng.standard_normal()), promised)
            yield _Entry(at, kpi_id, start, wrong, "", who)
            comment = CORRECTIONS[int(rng.integers(len(CORRECTIONS)))]
            later = _office_time(rng, at.date() + DAY, 6)
            yield _Entry(later, kpi_id, start, value, comment, Role.manager)
        else:
            yield _Entry(at, kpi_id, start, value, "", who)


def _rounded(value: float, promised: Promised) -> Decimal:
    decimals = promised.drawn.decimals if promised.drawn else 0
    highest = {"percentage": 100.0, "score": 10.0}.get(promised.unit, float("inf"))
    return Decimal(f"{min(value, highest):.{decimals}f}")


def _office_time(rng: np.random.Generator, first: date, days: int) -> datetime:
    """A moment of the working hours of one of so many days; never one that is still to come."""
    day = first + timedelta(days=int(rng.integers(days)))
    seconds = int(rng.integers(8 * 3600, 16 * 3600))
    at = datetime.combine(day, time(), UTC) + timedelta(seconds=seconds)
    return min(at, datetime.now(UTC))


def _date_back(session: Session, entries: list[_Entry]) -> None:
    """Have the log and the values say when it was, not when this ran."""
    values = {one.id: one for one in session.scalars(select(KpiValue))}
    changes = session.scalars(select(KpiChange).order_by(KpiChange.id))
    for change, entry in zip(changes, entries, strict=True):
        change.at = entry.at
        row = values[change.value_id]
        if change.before is None:
            row.created_at = entry.at
        else:
            row.updated_at = entry.at
    for kpi in session.scalars(select(Kpi)):
        kpi.created_at = min(kpi.created_at, datetime.combine(entries[0].start, time(), UTC))
