"""Steps of a forecast as people read them: days, weeks and months, and spans of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from tillsight import formats
from tillsight.dashboard.forecast import texts

One = Mapping[str, Any]
HALF_DAY = timedelta(hours=12)
DAYS = {"day": 1, "week": 7, "month": 30}
"""About how many days a step of each grain has."""


def start(step: One) -> date:
    """The first day of a step."""
    return date.fromisoformat(step["start"])


def window(told: One) -> str:
    """The days that a forecast is about."""
    return formats.window(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]))


def counted(grain: str, count: int) -> str:
    """So many steps, such as 30 days."""
    if count == 1:
        return texts.STEPS_ONE[grain]
    return texts.STEPS[grain].format(count=formats.number(count))


def ago(grain: str, first: date, count: int) -> date:
    """The day that lies so many steps before another."""
    if grain == "month":
        months = first.year * 12 + first.month - 1 - count
        return date(months // 12, months % 12 + 1, 1)
    return first - timedelta(days=count * DAYS[grain])


def a_year_ago(day: date) -> date:
    """The same day a year earlier; of 29 February the day before."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def edges(grain: str, first: date, last: date) -> list[datetime]:
    """The ends of an axis from a step to another, with half a step of room on either side."""
    room = HALF_DAY * DAYS[grain]
    return [datetime.combine(first, time()) - room, datetime.combine(last, time()) + room]


def runs(steps: Sequence[One], longest: int) -> list[list[One]]:
    """The open steps, in runs between closures of more than `longest` steps."""
    found: list[list[One]] = [[]]
    closed = 0
    for step in steps:
        if not step["open"]:
            closed += 1
            continue
        if closed > longest and found[-1]:
            found.append([])
        found[-1].append(step)
        closed = 0
    return [run for run in found if run]


def closures(steps: Sequence[One], longest: int) -> list[tuple[date, date]]:
    """First and last step of each closure of more than `longest` steps."""
    found: list[tuple[date, date]] = []
    run: list[date] = []
    for step in [*steps, {"open": True}]:
        if not step["open"]:
            run.append(start(step))
            continue
        if len(run) > longest:
            found.append((run[0], run[-1]))
        run = []
    return found
