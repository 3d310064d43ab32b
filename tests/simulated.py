"""Shops that never were: daily sales of known families, to see forecasts where truth is known."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np

from tillsight.forecasting.series import Flags, Floats, Series
from tillsight.forecasting.words import Grain

START = date(2022, 1, 3)
WEEK = np.array([0.8, 0.7, 0.9, 1.0, 1.3, 1.8, 1.2])

Family = Callable[[np.random.Generator, int], tuple[Floats, Flags]]


def noisy(rng: np.random.Generator, days: int, size: float = 0.3) -> Floats:
    return np.exp(rng.normal(0, size, days))


def wandering(rng: np.random.Generator, days: int, size: float = 0.02) -> Floats:
    return np.exp(np.cumsum(rng.normal(0, size, days)))


def always(days: int) -> Flags:
    return np.ones(days, dtype=bool)


def level(rng, days):
    return 1000 * noisy(rng, days), always(days)


def trend(rng, days):
    yearly = rng.normal(0, 0.5)
    return 1000 * np.exp(yearly * np.arange(days) / 365) * noisy(rng, days), always(days)


def weekly(rng, days):
    return 800 * WEEK[np.arange(days) % 7] * noisy(rng, days) * wandering(rng, days), always(days)


def yearly(rng, days):
    phase = 2 * np.pi * (np.arange(days) / 365.25 + rng.random())
    season = np.exp(0.5 * np.sin(phase) + 0.2 * np.sin(2 * phase))
    return 900 * season * WEEK[np.arange(days) % 7] * noisy(rng, days), always(days)


def closed(rng, days):
    opens = np.isin(np.arange(days) % 7, (0, 1, 2, 3, 4))
    opens &= rng.random(days) > 0.02
    sold = 700 * noisy(rng, days, 0.4) * wandering(rng, days, 0.03)
    return np.where(opens, sold, 0.0), opens


def intermittent(rng, days):
    sold = rng.random(days) < 0.45 * WEEK[np.arange(days) % 7]
    return np.where(sold, 50 * noisy(rng, days, 0.7), 0.0), always(days)


def counts(rng, days):
    rate = 4 * WEEK[np.arange(days) % 7] * wandering(rng, days, 0.02)
    return rng.poisson(rate).astype(float), always(days)


def regimes(rng, days):
    at = rng.integers(days // 3, days - 20)
    factor = np.where(np.arange(days) >= at, rng.choice([0.4, 0.6, 1.8, 2.5]), 1.0)
    return 1000 * factor * WEEK[np.arange(days) % 7] * noisy(rng, days), always(days)


def outliers(rng, days):
    huge = np.where(rng.random(days) < 0.01, rng.uniform(8, 40, days), 1.0)
    return 500 * huge * WEEK[np.arange(days) % 7] * noisy(rng, days), always(days)


def drifting(rng, days):
    log = np.zeros(days)
    for i in range(1, days):
        log[i] = 0.7 * log[i - 1] + rng.normal(0, 0.25)
    return 600 * np.exp(log) * wandering(rng, days, 0.03), always(days)


FAMILIES: Mapping[str, Family] = {
    one.__name__: one
    for one in (
        level,
        trend,
        weekly,
        yearly,
        closed,
        intermittent,
        counts,
        regimes,
        outliers,
        drifting,
    )
}


def shops(
    family: str, count: int, horizon: int, seed: int, days: tuple[int, int] = (120, 800)
) -> Iterator[tuple[Series, Floats]]:
    """Series of one family with what came after them."""
    rng = np.random.default_rng([seed, list(FAMILIES).index(family)])
    for _ in range(count):
        known = int(rng.integers(*days))
        values, opens = FAMILIES[family](rng, known + horizon)
        scale = 10 ** rng.uniform(-1, 3)
        yield (
            Series(
                grain=Grain.day,
                start=START,
                values=scale * values[:known],
                open_days=opens[:known].astype(int),
                is_ordinary=always(known),
                open_days_ahead=opens[known:].astype(int),
            ),
            scale * values[known:],
        )
