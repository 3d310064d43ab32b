"""What people still have to enter: periods without a value, when each is due, and whose it is.

Who belongs to the circle enters, from the role editor on. A KPI with an owner who does is theirs
alone; without one it is everybody's.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from tillsight.accounts.models import Circle, CircleMember, Role, User
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.spans import bucket_of, end_of, write_period
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import DAY, add_months

MONTHS_BACK = 12
MOST_PERIODS = dict.fromkeys(Periodicity, 13) | {Periodicity.daily: 31}
"""How far back a value is asked for, so that no list is endless."""
ENTERING = [role for role in Role if role.includes(Role.editor)]


@dataclass(frozen=True)
class Missing:
    """A period of a KPI that has begun and has no value; `end` is the day after its last day.

    `people` are the numbers of those who are to enter it.
    """

    kpi_id: int
    kpi: str
    circle_id: int
    circle: str
    periodicity: Periodicity
    unit: str
    minimum: Decimal | None
    maximum: Decimal | None
    start: date
    end: date
    due_on: date
    people: frozenset[int]

    @property
    def period(self) -> str:
        """As it is written, such as 2026-03."""
        return write_period(self.periodicity, self.start)

    def days_late(self, today: date) -> int:
        """How many days ago it was due; 0 while it is not overdue."""
        return max(0, (today - self.due_on).days)


@dataclass(frozen=True)
class Worklist:
    """What one person has to enter: periods that are over, by the day they are due, and those
    under way, which may be entered already.
    """

    due: list[Missing]
    under_way: list[Missing]


def worklist(session: Session, user_id: int, today: date, zone: ZoneInfo) -> Worklist:
    """What somebody has to enter, in all circles they belong to."""
    belongs = select(CircleMember.circle_id).where(CircleMember.user_id == user_id)
    found = missing_values(session, Kpi.circle_id.in_(belongs), today, zone)
    theirs = [one for one in found if user_id in one.people]
    return Worklist(
        [one for one in theirs if one.end <= today], [one for one in theirs if one.end > today]
    )


def missing_values(
    session: Session, wanted: ColumnElement[bool], today: date, zone: ZoneInfo
) -> list[Missing]:
    """The periods without a value of the KPIs that are `wanted`, by the day they are due.

    Only KPIs whose values are typed, that are active, and that are not archived, nor their circle.
    A KPI begins with the period it was made in. Three statements, however many there are.
    """
    listed = and_(
        Kpi.active,
        Kpi.archived_at.is_(None),
        Kpi.measure.is_(None),
        Circle.archived_at.is_(None),
        wanted,
    )
    kpis = session.execute(
        select(Kpi, Circle.name).join(Circle, Circle.id == Kpi.circle_id).where(listed)
    ).all()
    entering = _who_enters(session)
    entered = _entered(session, listed, today)
    found = [
        _missing(kpi, circle, start, _whose(kpi, entering[kpi.circle_id]))
        for kpi, circle in kpis
        for start in _begun(kpi.periodicity, kpi.created_at.astimezone(zone).date(), today)
        if (kpi.id, start) not in entered
    ]
    return sorted(
        found, key=lambda one: (one.due_on, one.circle.casefold(), one.kpi.casefold(), one.start)
    )


def _missing(kpi: Kpi, circle: str, start: date, people: frozenset[int]) -> Missing:
    end = end_of(kpi.periodicity, start)
    return Missing(
        kpi_id=kpi.id,
        kpi=kpi.name,
        circle_id=kpi.circle_id,
        circle=circle,
        periodicity=kpi.periodicity,
        unit=kpi.unit,
        minimum=kpi.minimum,
        maximum=kpi.maximum,
        start=start,
        end=end,
        due_on=end - DAY + timedelta(days=kpi.due_days),
        people=people,
    )


def _begun(periodicity: Periodicity, made: date, today: date) -> Iterator[date]:
    """The first days of the periods asked for, the newest, which is under way, first."""
    bucket = bucket_of(periodicity)
    oldest = bucket.start(max(made, add_months(today, -MONTHS_BACK)))
    start = bucket.start(today)
    for _ in range(MOST_PERIODS[periodicity] + 1):
        if start < oldest:
            return
        yield start
        start = bucket.start(start - DAY)


def _entered(session: Session, listed: ColumnElement[bool], today: date) -> set[tuple[int, date]]:
    """Which periods have a value, as far back as any is asked for."""
    back = {one: min(_begun(one, date.min, today), default=today) for one in Periodicity}
    recent = or_(
        *(and_(Kpi.periodicity == one, KpiValue.period_start >= back[one]) for one in Periodicity)
    )
    query = (
        select(KpiValue.kpi_id, KpiValue.period_start)
        .join(Kpi, Kpi.id == KpiValue.kpi_id)
        .join(Circle, Circle.id == Kpi.circle_id)
        .where(listed, recent)
    )
    return {(kpi_id, start) for kpi_id, start in session.execute(query)}


def _who_enters(session: Session) -> dict[int, frozenset[int]]:
    """By circle, the people who belong to it and may enter values now."""
    query = (
        select(CircleMember.circle_id, User.id)
        .join(User, User.id == CircleMember.user_id)
        .where(User.is_active, User.is_verified, User.role.in_(ENTERING))
    )
    found: dict[int, set[int]] = defaultdict(set)
    for circle_id, user_id in session.execute(query):
        found[circle_id].add(user_id)
    return defaultdict(frozenset, {circle: frozenset(people) for circle, people in found.items()})


def _whose(kpi: Kpi, people: frozenset[int]) -> frozenset[int]:
    return frozenset({kpi.owner_id}) if kpi.owner_id in people else people
