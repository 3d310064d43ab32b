"""Computed KPIs of a shop, and what is kept of them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import select

from purchases import somebody
from random_lines import Line, passes, recomputed
from shop import Shop
from tillsight.accounts.circles import create_circle
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin, Person
from tillsight.accounts.users import add_user
from tillsight.kpis.definitions import change_kpi, create_kpi
from tillsight.kpis.follower import Follower
from tillsight.kpis.models import KpiChange, KpiRestatement, KpiValue
from tillsight.kpis.restatements import accept
from tillsight.kpis.spans import read_period, write_period
from tillsight.kpis.terms import Definition
from tillsight.kpis.words import Periodicity, Settled
from tillsight.metrics.catalogue import MEASURES as CATALOGUE
from tillsight.metrics.catalogue import Unit

FIRST_DAYS = {
    Periodicity.daily: lambda day: day,
    Periodicity.weekly: lambda day: day - timedelta(days=day.isoweekday() - 1),
    Periodicity.monthly: lambda day: date(day.year, day.month, 1),
    Periodicity.quarterly: lambda day: date(
        day.year, {1: 1, 2: 4, 3: 7, 4: 10}[-(-day.month // 3)], 1
    ),
    Periodicity.yearly: lambda day: date(day.year, 1, 1),
}
RATIOS = {one.name for one in CATALOGUE if one.unit is Unit.ratio}


@dataclass
class Team:
    """A circle with its maker, and the KPIs of a shop."""

    shop: Shop
    person: Person
    circle_id: int
    follower: Follower

    def kpi(
        self,
        measure: str | None = "net_revenue",
        periodicity: Periodicity = Periodicity.monthly,
        name: str = "",
        **choices,
    ) -> int:
        """Make a KPI; returns its number."""
        name = name or f"{measure} {periodicity} {choices}"
        definition = Definition(
            name, self.circle_id, periodicity, "amount", measure=measure, **choices
        )
        with self.shop.database.writing() as session:
            return create_kpi(session, self.person, definition, Decimal(1), Origin())

    def change(self, kpi_id: int, **changes) -> None:
        """Change a KPI."""
        with self.shop.database.writing() as session:
            change_kpi(session, self.person, kpi_id, changes, Origin())

    def follow(self, today: str | date = "2024-06-15") -> None:
        """One round, with a warehouse that is up to date."""
        self.shop.warehouse.catch_up(wait=60)
        self.follower.follow(date.fromisoformat(today) if isinstance(today, str) else today)

    def accept(self, kpi_id: int, period: str | None = None, newest: int | None = None) -> None:
        """Accept a monthly restatement, or all."""
        start = period and read_period(Periodicity.monthly, period)
        with self.shop.database.writing() as session:
            accept(session, self.person, kpi_id, start, newest)


def team_of(shop: Shop, follower: Follower | None = None) -> Team:
    """A new circle of a new manager."""
    with shop.database.writing() as session:
        user_id = add_user(session, "mia@example.com", "a long enough password", Role.manager).id
    person = somebody(user_id, Role.manager)
    with shop.database.writing() as session:
        circle_id = create_circle(session, person, "Sales", Origin())
    return Team(shop, person, circle_id, follower or Follower(shop.database, shop.warehouse, "UTC"))


def kept(shop: Shop, kpi_id: int) -> dict[date, KpiValue]:
    """The values of a KPI, by the first days of their periods."""
    with shop.database.reading() as session:
        query = select(KpiValue).where(KpiValue.kpi_id == kpi_id).order_by(KpiValue.period_start)
        return {row.period_start: row for row in session.scalars(query)}


def reported(shop: Shop, kpi_id: int) -> dict[str, float]:
    """The reported values of a monthly KPI, by month."""
    found = kept(shop, kpi_id)
    return {write_period(Periodicity.monthly, start): float(found[start].value) for start in found}


def restated(shop: Shop, kpi_id: int) -> dict[str, float | None]:
    """What months of a KPI would be now that are restated."""
    return {
        write_period(Periodicity.monthly, start): None
        if row.restated is None
        else float(row.restated)
        for start, row in kept(shop, kpi_id).items()
        if row.restated_at is not None
    }


def changes_of(shop: Shop, kpi_id: int) -> list[KpiChange]:
    """The change log of a KPI, in order."""
    with shop.database.reading() as session:
        query = select(KpiChange).where(KpiChange.kpi_id == kpi_id).order_by(KpiChange.id)
        return [*session.scalars(query)]


def restatements_of(shop: Shop, kpi_id: int) -> list[KpiRestatement]:
    """The restatements of a KPI, in order."""
    with shop.database.reading() as session:
        query = select(KpiRestatement).where(KpiRestatement.kpi_id == kpi_id)
        return [*session.scalars(query.order_by(KpiRestatement.id))]


def require_unbroken_logs(shop: Shop, kpi_id: int) -> None:
    """Every change begins where the last one ended, and so does every restatement."""
    rows = kept(shop, kpi_id)
    now: dict[date, Decimal | None] = {}
    for one in changes_of(shop, kpi_id):
        assert one.before == now.get(one.period_start), "a change begins where the last one ended"
        assert one.before != one.after
        now[one.period_start] = one.after
    told = {start: value for start, value in now.items() if value is not None}
    assert told == {start: row.value for start, row in rows.items()}
    open_ones = {}
    for one in restatements_of(shop, kpi_id):
        is_back = one.reported == one.restated
        assert is_back == (one.settled is Settled.taken_back and one.settled_at == one.at)
        assert (one.settled is None) == (one.settled_at is None)
        if one.settled is None:
            assert one.period_start not in open_ones, "one is open at most"
            open_ones[one.period_start] = (one.reported, one.restated)
    assert open_ones == {
        start: (row.value, row.restated)
        for start, row in rows.items()
        if row.restated_at is not None
    }


def by_definition(
    sold: list[Line], measure: str, periodicity: Periodicity, filters: dict
) -> dict[date, Decimal]:
    """The same from the lines, in plain Python."""
    first_day = FIRST_DAYS[periodicity]
    # The data are as long as there are sales and returns; adjustments are neither.
    days = [line.time.date() for line in sold if line.quantity != 0 and line.price > 0]
    if not days:
        return {}
    parts = defaultdict(list)
    for line in sold:
        if passes(line, filters, {}):
            parts[first_day(line.time.date())].append(line)
    whole = (min(days) + timedelta(days=count) for count in range((max(days) - min(days)).days + 1))
    values = {}
    for start in sorted({first_day(day) for day in whole}):
        value = recomputed(parts[start], sold, start)[measure]
        if value is not None:
            times = 100 if measure in RATIOS else 1
            exact = Decimal(str(value)) * times
            values[start] = exact.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return values
