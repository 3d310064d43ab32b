"""The weekly digest of a circle: where its KPIs stood at the end of the week, what was changed in
it, and which values are missing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tillsight import formats
from tillsight.accounts.models import Circle, User
from tillsight.forecasting.reaching import Word
from tillsight.kpis import texts, written
from tillsight.kpis.board import Asked, KeptFigures, KpiEntry, board
from tillsight.kpis.models import Kpi, KpiChange
from tillsight.kpis.outlook import Chance
from tillsight.kpis.spans import write_period
from tillsight.kpis.words import Activity, Direction, Periodicity, Status, Why
from tillsight.kpis.worklist import Missing, missing_values
from tillsight.metrics.periods import DAY

WEEK = 7 * DAY
LAST_WEEKDAY = 3
"""A digest is of a Monday; where that was missed it is caught up until Thursday."""
STAYING = {Direction.stay_above, Direction.stay_below}
MOST_TOLD = 20
MOST_PERIODS_TOLD = 3
"""How many lines each part of the mail has at most, and how many periods a line names."""


@dataclass(frozen=True)
class Part:
    """Lines below a heading, and how many more there would be."""

    heading: str
    lines: list[str]
    more: int


@dataclass(frozen=True)
class Digest:
    """What the mail tells of a circle and a week; `as_of` is the week's last day, in words."""

    circle: str
    week: str
    days: str
    as_of: str
    parts: list[Part]

    @property
    def subject(self) -> str:
        """Such as: Sales: KPIs of week 2026-W12."""
        return texts.DIGEST.format(circle=self.circle, week=self.week)


def told_week(today: date) -> date | None:
    """The Monday of the week that digests tell of on this day; none late in a week."""
    if today.weekday() > LAST_WEEKDAY:
        return None
    return today - today.weekday() * DAY - WEEK


def digest(
    session: Session, kept: KeptFigures, circle_id: int, week: date, zone: ZoneInfo
) -> Digest | None:
    """What is told of the week that begins with the Monday `week`; nothing of an archived circle.

    Values that were entered since then count.
    """
    circle = session.get(Circle, circle_id)
    if circle is None or circle.archived_at is not None:
        return None
    end = week + WEEK
    return Digest(
        circle=circle.name,
        week=write_period(Periodicity.weekly, week),
        days=formats.window(week, end),
        as_of=formats.day(end - DAY),
        parts=[
            *_standings(session, kept, circle_id, end - DAY),
            _changes(session, circle_id, week, zone),
            _missing(session, circle_id, end, zone),
        ],
    )


def _standings(session: Session, kept: KeptFigures, circle_id: int, as_of: date) -> list[Part]:
    """Every KPI in use, those that are behind first."""
    lines: dict[Status, list[str]] = {status: [] for status in texts.HEADINGS}
    for one in board(session, kept, Asked(circle_id), as_of):
        lines[one.status].append(texts.STANDS.format(name=one.name, told=_stands(one)))
    return [_part(heading, lines[status]) for status, heading in texts.HEADINGS.items()]


def _stands(one: KpiEntry) -> str:
    """In words, such as: CHF 120.00 of CHF 1 200.00, 10% of the way; CHF 200.00 expected by now."""
    target = written.figure(one.target_value, one.unit)
    if one.x is None:
        return texts.TARGET.format(target=target)
    x = written.figure(one.x, one.unit)
    if one.direction in STAYING:
        told = texts.STAYS[one.direction].format(x=x, target=target, share=_percent(one.progress))
    elif one.progress is None or one.expected is None:
        told = texts.WITHOUT_WAY.format(x=x, target=target)
    else:
        expected = written.figure(round(one.expected, 2), one.unit)
        told = texts.ON_THE_WAY.format(
            x=x, target=target, share=_percent(one.progress), expected=expected
        )
    if isinstance(one.outlook, Chance):
        told += f"; {_outlook(one.outlook)}{_year_end(one, one.outlook)}"
    return told


def _outlook(told: Chance) -> str:
    """How likely the target is reached this year, such as: likely to reach it this year (70%)."""
    if told.word is None:
        return texts.REACHED if told.probability else texts.OUT_OF_REACH
    share = told.probability
    percent = "" if share is None else f" ({formats.percent(share)})"
    said = texts.OPEN if told.word is Word.open else texts.CHANCES[told.word]
    return said.format(percent=percent)


def _year_end(one: KpiEntry, told: Chance) -> str:
    """Where the year may end; nothing where it is over, or where periods are counted."""
    if told.year_end is None or one.direction in STAYING:
        return ""
    low, high = (
        written.figure(round(end, 2), one.unit) for end in (told.low, told.high) if end is not None
    )
    return texts.YEAR_END.format(low=low, high=high)


def _percent(share: float | None) -> str:
    return texts.NO_SHARE if share is None else formats.percent(share / 100)


def _changes(session: Session, circle_id: int, week: date, zone: ZoneInfo) -> Part:
    """The newest changes of values, from Monday to Sunday by the shop's clock."""
    first, end = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (week, week + WEEK)
    )
    within = (Kpi.circle_id == circle_id, KpiChange.at >= first, KpiChange.at < end)
    rows = session.execute(
        select(KpiChange, Kpi, User)
        .join(Kpi, Kpi.id == KpiChange.kpi_id)
        .join(User, User.id == KpiChange.user_id, isouter=True)
        .where(*within)
        .order_by(KpiChange.id.desc())
        .limit(MOST_TOLD)
    ).all()
    count = session.scalar(select(func.count()).select_from(KpiChange).join(Kpi).where(*within))
    lines = [_change(change, kpi, user) for change, kpi, user in rows]
    return Part(texts.CHANGED, lines, (count or 0) - len(lines))


def _change(change: KpiChange, kpi: Kpi, user: User | None) -> str:
    before, after = (
        None if value is None else written.figure(value, kpi.unit)
        for value in (change.before, change.after)
    )
    if change.why is Why.moved and after is None:
        what = texts.NOT_KNOWN[change.activity]
    elif change.activity is Activity.deleted:
        what = texts.WAS_DELETED.format(before=before)
    elif before is None or before == after:
        what = f"{after}" if before is None else texts.NEW_COMMENT.format(after=after)
    else:
        what = texts.BECAME.format(before=before, after=after)
    nobody = texts.BY_SOMEBODY if change.why is Why.moved else texts.FROM_SALES
    who = texts.BY.format(name=user.full_name or user.username) if user else nobody
    period = write_period(kpi.periodicity, change.period_start)
    return texts.CHANGE.format(kpi=kpi.name, period=period, what=what, who=who)


def _missing(session: Session, circle_id: int, today: date, zone: ZoneInfo) -> Part:
    """The KPIs that have periods without a value, those that are overdue longest first."""
    found = [
        one
        for one in missing_values(session, Kpi.circle_id == circle_id, today, zone)
        if one.end <= today
    ]
    by_kpi: dict[int, list[Missing]] = {}
    for one in found:
        by_kpi.setdefault(one.kpi_id, []).append(one)
    lines = [_without_value(some, today) for some in by_kpi.values()]
    return _part(texts.MISSING, lines)


def _without_value(some: list[Missing], today: date) -> str:
    """The periods of one KPI, oldest first."""
    oldest = some[0]
    periods = ", ".join(one.period for one in some[:MOST_PERIODS_TOLD])
    if more := len(some[MOST_PERIODS_TOLD:]):
        periods = texts.AND_MORE.format(periods=periods, count=more)
    said = texts.WAS_DUE if oldest.days_late(today) else texts.DUE
    return said.format(kpi=oldest.kpi, periods=periods, day=formats.day(oldest.due_on))


def _part(heading: str, lines: list[str]) -> Part:
    return Part(heading, lines[:MOST_TOLD], len(lines[MOST_TOLD:]))
