"""The outlook: honest where it says something, silent where it knows too little."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tillsight.kpis.outlook import (
    FEWEST,
    SIMULATIONS,
    Chance,
    Method,
    Outlook,
    Simulated,
    TooLittle,
    bands,
    outlook,
)
from tillsight.kpis.progress import Promise
from tillsight.kpis.spans import bucket_of
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Range
from tillsight.metrics.periods import DAY

OPEN = Range()
BELOW_ZERO = Range(Decimal(-1_000_000))


def promise(
    target: float, direction: str = "increase", aggregation: str = "sum", each: str = "monthly"
) -> Promise:
    return Promise(
        Periodicity(each),
        Direction(direction),
        Aggregation(aggregation),
        Decimal(0),
        [(date(1900, 1, 1), Decimal(repr(round(float(target), 4))))],
    )


def dated(values: list[float], until: str, each: str = "monthly") -> list[tuple[date, Decimal]]:
    """Values of periods in a row, the last of which holds the day `until`."""
    bucket = bucket_of(Periodicity(each))
    start, found = bucket.start(date.fromisoformat(until)), []
    for value in reversed(values):
        found.append((start, Decimal(repr(round(float(value), 4)))))
        start = bucket.start(start - DAY)
    return found[::-1]


def looked(
    of: Promise, values: list[float], day: str, bounds: Range = OPEN, seed: int = 1
) -> tuple[Outlook, Simulated | None]:
    return outlook(of, bounds, dated(values, day, of.periodicity), date.fromisoformat(day), [seed])


def chance(of: Promise, values: list[float], day: str, bounds: Range = OPEN) -> float:
    found = looked(of, values, day, bounds)[0]
    assert isinstance(found, Chance)
    return found.probability


def test_below_six_values_nothing_is_said() -> None:
    for have in range(FEWEST):
        found = looked(promise(100), [10.0] * have, "2026-06-30")
        assert found == (TooLittle(6, have), None)
    assert isinstance(looked(promise(100), [10.0] * 6, "2026-06-30")[0], Chance)


def test_the_same_seed_gives_the_same() -> None:
    values = [10, 12, 9, 11, 14, 8, 10]
    one, again = (looked(promise(120), values, "2026-07-31", seed=5) for _ in range(2))
    assert one[0] == again[0]
    assert np.array_equal(one[1].x, again[1].x)
    other = looked(promise(120), values, "2026-07-31", seed=6)
    assert not np.array_equal(one[1].x, other[1].x)
    assert one[0].probability == pytest.approx(other[0].probability, abs=0.08)


@pytest.mark.parametrize("shape", ["level", "seasons", "wandering"])
@pytest.mark.parametrize("aggregation", ["sum", "last", "average"])
def test_what_it_says_is_as_often_so(aggregation: str, shape: str) -> None:
    """Histories that go on as they came about. Targets are set by what is known when they are.

    Of all cases in which it says about so much, about so many come true; and eight of ten times
    the truth lies between what 10 and 90 % of the simulations do not exceed.
    """
    rng = np.random.default_rng(20261122)
    months, cases, known = np.arange(60), 240, 52
    season = 30 * np.sin(months * np.pi / 6) * (shape == "seasons")
    said, came, covered = [], [], 0
    for case in range(cases):
        noise = 12 * rng.standard_normal(60)
        values = 100 + season + (noise.cumsum() if shape == "wandering" else noise)
        year = values[48:]
        x = {"sum": year.sum(), "last": year[-1], "average": year.mean()}[aggregation]
        of = promise(0, aggregation=aggregation)
        simulated = looked(of, list(values[:known]), "2026-04-30", BELOW_ZERO, case)[1]
        low, middle, high = np.percentile(simulated.x[:, -1], (10, 50, 90))
        covered += low <= x <= high
        target = middle + (high - low) * rng.uniform(-0.5, 0.5)
        said.append(np.mean(simulated.x[:, -1] >= target))
        came.append(x >= target)
    of = promise(target, aggregation=aggregation)
    last = looked(of, list(values[:known]), "2026-04-30", BELOW_ZERO, cases - 1)[0]
    assert last.probability == pytest.approx(said[-1], abs=0.002)
    for group in np.array_split(np.argsort(said), 3):
        assert np.mean(np.take(said, group)) == pytest.approx(
            np.mean(np.take(came, group)), abs=0.13
        )
    assert covered / cases == pytest.approx(0.8, abs=0.09)


def test_it_is_surer_the_longer_the_history_and_the_nearer_the_end() -> None:
    rng = np.random.default_rng(3)
    values = list(100 + 20 * rng.standard_normal(60))

    def width(history: list[float], day: str) -> float:
        found = looked(promise(1200), history, day, BELOW_ZERO)[1]
        low, high = np.percentile(found.x[:, -1], (10, 90))
        return high - low

    assert width(values[:8], "2026-03-31") > width(values[:23], "2026-03-31")
    assert width(values[:11], "2026-03-31") > 2 * width(values[:11], "2026-11-30")


def test_the_time_of_the_year_counts_once_two_years_are_known() -> None:
    """A shop that sells in December what it does not sell before."""
    year = [10.0] * 11 + [110.0]
    twice = [*year, *[value + 1 for value in year], *year[:11]]
    of = promise(200)
    assert chance(of, twice, "2026-11-30") > 0.9  # 110 so far, and December is to come
    found, simulated = looked(of, twice, "2026-11-30")
    assert found.method is Method.seasonal_simulation
    assert np.median(simulated.x[:, -1]) == pytest.approx(220, abs=5)
    once = [*year, *year[:11]]
    found, _ = looked(of, once, "2026-11-30")
    assert (found.method, found.probability) == (Method.simulation, pytest.approx(0.15, abs=0.14))


def test_both_directions_and_both_sides_add_up() -> None:
    values = [90.0, 110, 95, 105, 120, 80, 100, 100]
    up = chance(promise(1210), values, "2026-08-31")
    down = chance(promise(1210, "decrease"), values, "2026-08-31")
    assert 0.2 < up < 0.6
    assert up + down == pytest.approx(1)


def test_values_stay_in_their_range_and_above_zero_if_they_always_were() -> None:
    values = [95.0, 99, 97, 100, 96, 98, 99, 100]
    of = promise(99, aggregation="last")
    found = looked(of, values, "2026-08-31", Range(Decimal(0), Decimal(100)))[1]
    assert found.x.max() <= 100
    low = looked(promise(99, "decrease", "last"), [3.0, 0, 9, 1, 0, 7], "2026-06-30")[1]
    assert low.x.min() == 0
    below = looked(promise(99, "decrease", "last"), [3.0, 0, -9, 1, 0, 7], "2026-06-30")[1]
    assert below.x.min() < 0


def test_what_is_settled_is_certain_and_nothing_else() -> None:
    def told(of: Promise, values: list[float], day: str) -> tuple[Method | None, float | None]:
        found = looked(of, values, day)[0]
        return found.method, found.probability

    year = [10.0] * 12
    assert told(promise(120), year, "2026-12-31") == (Method.settled, 1)
    assert told(promise(120.01), year, "2026-12-31") == (Method.settled, 0)
    assert told(promise(10, aggregation="average"), year, "2026-12-31") == (Method.settled, 1)
    # A sum that only grows is not lost again, or is past what it was to stay under.
    assert told(promise(60), year[:8], "2026-08-31") == (Method.settled, 1)
    assert told(promise(60, "decrease"), year[:8], "2026-08-31") == (Method.settled, 0)
    method, likely = told(promise(60), [*year[:7], -1], "2026-08-31")
    assert method is Method.simulation
    assert 0.5 < likely < 1
    assert told(promise(9999), year[:8], "2026-08-31") == (Method.simulation, 0.01)


def test_staying_counts_the_periods_that_are_to_come() -> None:
    kept = [10.0, 11, 12, 10, 11, 12, 11, 10]
    of = promise(5, "stay_above", "last")
    assert chance(of, kept, "2026-08-31") > 0.9
    # One month of twelve is more than 5 %: what was missed is not made good any more.
    found = looked(of, [*kept[:7], 4], "2026-08-31")[0]
    assert (found.method, found.probability) == (Method.settled, 0)
    near = chance(promise(9.5, "stay_above", "last"), kept, "2026-08-31")
    nearer = chance(promise(9.5, "stay_above", "last"), [*kept, 11, 10, 11], "2026-11-30")
    assert 0.02 < near < nearer < 1
    below = promise(9.5, "stay_below", "last")
    assert looked(below, [9.0] * 12, "2026-12-31")[0].probability == 1


def test_a_sum_is_not_done_before_its_period_is() -> None:
    """Three days into September its value is what came so far: no smaller than that, no end."""
    values = [100.0, 104, 97, 101, 99, 100, 98, 102]
    of = promise(1190)
    before = chance(of, values, "2026-08-31")
    assert chance(of, [*values, 7.0], "2026-09-03") == pytest.approx(before, abs=0.06)
    assert chance(of, [*values, 300.0], "2026-09-03") == 0.99
    # What was never entered before it stays so: of September to December four are to come.
    gap = dated([*values, 0, 0, 0, 300.0], "2026-12-03")
    known = [one for one in gap if one[0].month not in {9, 10, 11}]
    _, simulated = outlook(of, OPEN, known, date(2026, 12, 3), [1])
    assert [start.month for start in simulated.starts] == [12]
    assert simulated.x.min() >= sum(values[-8:]) + 300
    # Of others the newest value is what it is now.
    last = promise(200, aggregation="last")
    _, simulated = looked(last, [*values, 300.0], "2026-09-03")
    assert [start.month for start in simulated.starts] == [10, 11, 12]


@pytest.mark.parametrize(
    ("each", "day", "to_come"),
    [
        ("yearly", "2026-08-31", 1),
        ("quarterly", "2026-08-31", 2),
        ("weekly", "2026-12-27", 1),  # the week of 28 December is the 53rd
        ("weekly", "2024-12-29", 0),  # that of 30 December 2024 is the first of 2025
        ("daily", "2024-02-28", 307),
    ],
)
def test_what_is_to_come_of_a_year(each: str, day: str, to_come: int) -> None:
    values = [10.0, 11, 12, 13, 12, 11, 10, 9]
    found, simulated = looked(promise(5000, each=each), values, day)
    if to_come:
        assert simulated.x.shape == (SIMULATIONS, to_come)
        assert found.simulations == SIMULATIONS
    else:
        assert (simulated, found.method) == (None, Method.settled)


def test_a_week_of_the_year_before_is_no_floor_of_the_first_of_the_next() -> None:
    """On 2 January 2027 the 53rd week of 2026 is not over."""
    values = [10.0, 11, 12, 13, 12, 11, 10, 900]
    _, simulated = looked(promise(5000, each="weekly"), values, "2027-01-02")
    assert simulated.starts[0] == date(2027, 1, 4)
    assert simulated.x[:, 0].max() < 100


def test_bands_widen_and_go_on_from_where_it_stands() -> None:
    values = [100.0, 140, 97, 70, 99, 130, 98, 80]
    _, simulated = looked(promise(1200), values, "2026-08-31")
    told = bands(Periodicity.monthly, simulated)
    assert [one.period for one in told] == ["2026-09", "2026-10", "2026-11", "2026-12"]
    widths = [one.p90 - one.p10 for one in told]
    assert widths == sorted(widths)
    assert all(one.p10 < one.p50 < one.p90 for one in told)
    assert told[0].p10 > sum(values)
