"""Reminders: a mail before values are due, and one after, to those who are to enter them.

A mail tells of everything a person is reminded of that day. What a day without mails left out, the
next ones tell, as far as `CAUGHT_UP`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight import formats
from tillsight.accounts.models import CircleMember
from tillsight.kpis import texts
from tillsight.kpis.models import Kpi
from tillsight.kpis.words import Periodicity
from tillsight.kpis.worklist import Missing, missing_values
from tillsight.metrics.periods import DAY

AHEAD = dict.fromkeys(Periodicity, 3 * DAY) | {
    Periodicity.daily: DAY,
    Periodicity.weekly: DAY,
}
"""How long before it is due somebody is reminded of a value."""
CAUGHT_UP = timedelta(days=3)


@dataclass(frozen=True)
class Line:
    """One value that is to be entered, in words."""

    kpi: str
    period: str
    when: str


@dataclass(frozen=True)
class Part:
    """What is to be entered in one circle."""

    circle: str
    lines: list[Line]


@dataclass(frozen=True)
class Reminder:
    """What a mail tells: how many values are due and overdue, and which, by circle."""

    due: int
    overdue: int
    parts: list[Part]

    @property
    def subject(self) -> str:
        """Such as: KPI values: 2 due soon, 1 overdue."""
        told = [texts.DUE_SOON.format(count=self.due)] * bool(self.due)
        told += [texts.OVERDUE.format(count=self.overdue)] * bool(self.overdue)
        return texts.REMINDER.format(told=", ".join(told))


def remind_on(one: Missing) -> date:
    """The day of the reminder before: not before the period is over, unless it is due by then."""
    return max(one.due_on - AHEAD[one.periodicity], min(one.end, one.due_on))


def is_told(one: Missing, after: date, today: date) -> bool:
    """Whether somebody who was last reminded on the day `after` is told of it today."""
    if today > one.due_on:
        return after < one.due_on + DAY
    return after < remind_on(one) <= today


def since(last: date | None, today: date) -> date:
    """The day after which reminders are told today, by the day of the last one."""
    longest = today - CAUGHT_UP - DAY
    return longest if last is None else max(last, longest)


def who_is_reminded(missing: list[Missing], last: Mapping[int, date], today: date) -> set[int]:
    """The numbers of those who have something to be told of today, by the days of their `last`."""
    return {
        person
        for one in missing
        for person in one.people
        if is_told(one, since(last.get(person), today), today)
    }


def reminder(
    session: Session, user_id: int, after: date, today: date, zone: ZoneInfo
) -> Reminder | None:
    """What somebody is told today; nothing where everything was entered meanwhile."""
    belongs = select(CircleMember.circle_id).where(CircleMember.user_id == user_id)
    told = [
        one
        for one in missing_values(session, Kpi.circle_id.in_(belongs), today, zone)
        if user_id in one.people and is_told(one, after, today)
    ]
    if not told:
        return None
    overdue = sum(one.due_on < today for one in told)
    by_circle = groupby(sorted(told, key=lambda one: one.circle.casefold()), lambda one: one.circle)
    parts = [Part(circle, [_line(one, today) for one in some]) for circle, some in by_circle]
    return Reminder(len(told) - overdue, overdue, parts)


def _line(one: Missing, today: date) -> Line:
    late = one.days_late(today)
    on = formats.day(one.due_on)
    if late:
        when = texts.WAS_DUE_AGO.of(late, day=on)
    elif one.due_on == today:
        when = texts.DUE_TODAY
    else:
        when = texts.DUE_IN.of((one.due_on - today).days, day=on)
    return Line(one.kpi, one.period, when)
