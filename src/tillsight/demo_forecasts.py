"""What the demo shop knows of days past and to come: notes, days off, and a track record.

The track record is made as any other: by the real engine, as of days half a year back and later,
from what was sold and noted by then, and scored by the real job.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Person
from tillsight.database import Database
from tillsight.demo_shop import FRIDAY, MONDAY, SATURDAY, THURSDAY, nth_weekday
from tillsight.forecasting.asked import Asked, Sources, forecast_of
from tillsight.forecasting.corrections import Kind, Stated, set_correction
from tillsight.forecasting.given import Given, keep, write_filters
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.scoring import score_due
from tillsight.forecasting.words import Grain
from tillsight.metrics.notes import New, create_note
from tillsight.metrics.periods import DAY
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse

WEEK = timedelta(weeks=1)
WEEKS_BACK = 26
DAYS_OFF = 6
"""Monday to Saturday of the staff holiday; Sundays are closed anyway."""
ASKED_AT = time(8)
"""When somebody looked, by the shop's clock, on the day after the last one known."""


def _staff_holiday(year: int) -> date:
    return nth_weekday(year, 8, MONDAY, 2)


def _black_friday(year: int) -> date:
    return nth_weekday(year, 11, THURSDAY, 4) + DAY


@dataclass(frozen=True)
class Event:
    """Something that comes once a year, and what is noted of its last time."""

    first_day: Callable[[int], date]
    days: int
    text: str
    is_ordinary: bool
    by: Role


EVENTS = (
    Event(lambda year: date(year, 2, 1), 1, "Prices up by 3 %.", True, Role.manager),
    Event(
        lambda year: nth_weekday(year, 6, FRIDAY, 3),
        1,
        "Summer sale: a day of reduced prices.",
        True,
        Role.editor,
    ),
    Event(
        _staff_holiday,
        7,
        "Closed for a week: everybody is on holiday.",
        False,
        Role.manager,
    ),
    Event(
        lambda year: nth_weekday(year, 9, SATURDAY, 2),
        1,
        "Street festival with stalls of our own. It does not come again next year.",
        False,
        Role.editor,
    ),
    Event(_black_friday, 4, "Black Friday to Cyber Monday.", True, Role.editor),
)


@dataclass(frozen=True)
class Habit:
    """A forecast that somebody looks at, every so many weeks."""

    asked: Asked
    weeks: int


HABITS = (
    Habit(Asked("net_revenue", Grain.month, horizon=3), 4),
    Habit(Asked("revenue", Grain.week, horizon=8), 4),
    Habit(Asked("units", horizon=30), 4),
    Habit(Asked("revenue", horizon=30, filters={"country": ["Switzerland"]}), 4),
    Habit(Asked("revenue", horizon=7), 4),
    Habit(Asked("revenue", horizon=30), 2),
)


def make_notes(
    database: Database, people: Mapping[Role, Person], settings: Settings, until: date
) -> None:
    """Note what happened in the last two years, and correct the calendar of the next holiday."""
    # That the shop closes in August is not learnt from a week a year: people have to say it.
    off = _next(_staff_holiday, until)
    for number in range(DAYS_OFF):
        stated = Stated(Kind.day, f"{off + number * DAY}", is_open=False)
        with database.writing() as session:
            set_correction(session, people[Role.manager], stated, settings.country, until)
    with database.writing() as session:
        for event in EVENTS:
            day = _last(event.first_day, until - (event.days - 1) * DAY)
            end = day + event.days * DAY
            create_note(session, people[event.by], New(day, end, event.text, event.is_ordinary))


def make_track_record(
    database: Database, warehouse: Warehouse, settings: Settings, until: date
) -> None:
    """Keep the forecasts that people would have asked for up to now, and score them."""
    zone = ZoneInfo(settings.timezone)
    if _is_made(database, datetime.combine(until + DAY, time.min, zone)):
        return
    for day, asked in _planned(until):
        sources = Sources(warehouse, database, settings.country, day)
        if given := Given.of(forecast_of(sources, asked)):
            asked_at = datetime.combine(day + DAY, ASKED_AT, zone)
            keep(database, given, min(asked_at, datetime.now(zone)))
    today = Sources(warehouse, database, settings.country, until + DAY)
    score_due(database, warehouse, today.around())


def _is_made(database: Database, since: datetime) -> bool:
    """Whether the forecast is kept that is kept last, given then or later."""
    asked = HABITS[-1].asked
    query = select(GivenForecast.id).where(
        GivenForecast.given_at >= since,
        GivenForecast.measure == asked.measure,
        GivenForecast.horizon == asked.horizon,
        GivenForecast.filters == write_filters(asked.filters),
    )
    with database.reading() as session:
        return session.scalars(query).first() is not None


def _planned(until: date) -> Iterator[tuple[date, Asked]]:
    """The last day known and what was asked, the oldest first."""
    for weeks in range(WEEKS_BACK, -1, -1):
        for habit in HABITS:
            if weeks % habit.weeks == 0:
                yield until - weeks * WEEK, habit.asked


def _last(day_of: Callable[[int], date], until: date) -> date:
    """The last time at all of what comes once a year."""
    day = day_of(until.year)
    return day if day <= until else day_of(until.year - 1)


def _next(day_of: Callable[[int], date], until: date) -> date:
    day = day_of(until.year)
    return day if day > until else day_of(until.year + 1)
