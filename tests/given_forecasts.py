"""Sales of many days, forecasts made in the middle of them, and their scores by plain Python."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select

from shop import HEADER, Shop
from tillsight.forecasting.asked import Asked, Sources, forecast_of
from tillsight.forecasting.given import Given, keep
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.scoring import score_due
from tillsight.forecasting.trading import around

START = date(2024, 1, 1)
DAY = timedelta(days=1)


def amounts(days: int, seed: int = 7) -> dict[date, float]:
    """What a shop sells that is closed on Sundays, from `START` on."""
    draw = Random(seed)
    every = [START + number * DAY for number in range(days)]
    return {
        day: round(draw.uniform(60, 140) * (2 if day.weekday() == 5 else 1), 2)
        for day in every
        if day.weekday() != 6
    }


def file_of(sold: Mapping[date, float], country: str = "Peru") -> str:
    """The same as a file: an order a day."""
    return HEADER + "".join(
        f"{country}-{day},p,Pen,1,{day} 17:00:00,{amount},c,{country}\n"
        for day, amount in sold.items()
    )


def between(sold: Mapping[date, float], first: date, end: date) -> dict[date, float]:
    """Those from a day up to, and without, another one."""
    return {day: amount for day, amount in sold.items() if first <= day < end}


def given_on(shop: Shop, today: date, **asked) -> Given:
    """A forecast made on a day from what was sold up to it."""
    shop.warehouse.catch_up(wait=60)
    question = Asked(**{"measure": "revenue", "horizon": 14, **asked})
    sources = Sources(shop.warehouse, shop.database, shop.settings.country, today)
    given = Given.of(forecast_of(sources, question))
    assert given is not None
    return given


def give(shop: Shop, today: date, **asked) -> Given:
    """Make a forecast, and keep it."""
    given = given_on(shop, today, **asked)
    assert keep(shop.database, given, datetime(today.year, today.month, today.day).astimezone())
    return given


def score(shop: Shop, today: date) -> int:
    """Score what is due; how many scores are others now."""
    with shop.database.reading() as session:
        at = around(session, today, "")
    return score_due(shop.database, shop.warehouse, at)


def stored(shop: Shop) -> list[GivenForecast]:
    """All that are kept, the first one first."""
    with shop.database.reading() as session:
        return list(session.scalars(select(GivenForecast).order_by(GivenForecast.id)))


def plain_wape(actual: list[float], predicted: list[float]) -> float:
    """The sum of absolute errors over the sum of absolute values."""
    errors = sum(abs(one - other) for one, other in zip(actual, predicted, strict=True))
    return errors / sum(map(abs, actual))
