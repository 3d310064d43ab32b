"""Progress, pace and status against tables worked out by hand and a plain recomputation."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.kpis.progress import (
    Promise,
    Standing,
    share_of_year,
    standing,
    target_of,
    target_on,
    year_to_date,
)
from tillsight.kpis.spans import bucket_of, read_period
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Status

DAY = timedelta(days=1)
BEGINNING = "1900-01-01"


def promise(
    targets: str | dict[str, str],
    periodicity: str = "monthly",
    direction: str = "increase",
    aggregation: str = "sum",
    initial: str = "0",
) -> Promise:
    history = {BEGINNING: targets} if isinstance(targets, str) else targets
    return Promise(
        Periodicity(periodicity),
        Direction(direction),
        Aggregation(aggregation),
        Decimal(initial),
        [(date.fromisoformat(day), Decimal(value)) for day, value in history.items()],
    )


def stands(of: Promise, values: dict[str, str], as_of: str) -> Standing:
    known = [(read_period(of.periodicity, at), Decimal(value)) for at, value in values.items()]
    return standing(of, known, date.fromisoformat(as_of))


MONTHS = {"2026-01": "100", "2026-02": "150", "2026-03": "50"}


@pytest.mark.parametrize(
    ("as_of", "x", "expected", "progress", "pace", "status"),
    [
        # 1,200 a year is 1200 * 90/365 = 295.8904 by the end of March
        ("2026-03-31", 300, 295.8904, 25, 1.0139, "on_track"),
        # by the end of January 101.9178, and 100 came
        ("2026-01-31", 100, 101.9178, 8.3333, 0.9812, "on_track"),
        ("2026-02-28", 250, 193.9726, 20.8333, 1.2888, "ahead"),
        # March has begun, and its value counts
        ("2026-03-01", 300, 197.2603, 25, 1.5208, "ahead"),
        ("2026-06-30", 300, 595.0685, 25, 0.5041, "behind"),
        ("2026-12-31", 300, 1200, 25, 0.25, "behind"),
    ],
)
def test_a_sum_over_the_year(
    as_of: str, x: float, expected: float, progress: float, pace: float, status: str
) -> None:
    found = stands(promise("1200"), MONTHS, as_of)
    assert (found.target, found.x, found.expected) == (1200, x, expected)
    assert (found.progress, found.pace, found.status) == (progress, pace, status)


def test_the_share_of_the_year_knows_leap_years_and_quarter_ends() -> None:
    assert share_of_year(date(2024, 2, 29)) == Fraction(60, 366)
    assert share_of_year(date(2023, 3, 1)) == Fraction(60, 365)
    for day, days in (("03-31", 91), ("06-30", 182), ("09-30", 274), ("12-31", 366)):
        assert share_of_year(date.fromisoformat(f"2024-{day}")) == Fraction(days, 366)
        assert share_of_year(date.fromisoformat(f"2100-{day}")) == Fraction(days - 1, 365)
    assert share_of_year(date(2026, 1, 1)) == Fraction(1, 365)


def test_a_leap_year_and_a_quarter_end() -> None:
    of = promise("366", "quarterly")
    first = {"2024-Q1": "91"}
    assert stands(of, first, "2024-03-31").pace == 1  # 91 of 366 days, 91 of 366
    assert stands(of, first, "2024-03-30").pace == 1.0111
    both = first | {"2024-Q2": "-1"}
    assert stands(of, both, "2024-03-31").x == 91  # the second has not begun
    assert stands(of, both, "2024-04-01").x == 90
    assert stands(of, both, "2024-06-30").status == "behind"


@pytest.mark.parametrize(
    ("x", "status"),
    [("95", "on_track"), ("94.9999", "behind"), ("105", "ahead"), ("104.9999", "on_track")],
)
def test_the_borders_are_met_to_the_last_digit(x: str, status: str) -> None:
    of = promise("100", "yearly", aggregation="last")
    assert stands(of, {"2026": x}, "2026-12-31").status == status
    # and with a share that no decimal number holds: 73 of 365 days of 365
    of = promise("365", "yearly")
    assert stands(of, {"2026": str(Decimal(x) * 73 / 100)}, "2026-03-14").status == status


@pytest.mark.parametrize(
    ("initial", "target", "x", "as_of", "progress", "expected", "pace", "status"),
    [
        # from 50 down to 20: by the end of the year 30 less
        ("50", "20", "20", "2026-12-31", 100, 20, 1, "on_track"),
        ("50", "20", "26", "2026-12-31", 80, 20, 0.8, "behind"),
        ("50", "20", "17", "2026-12-31", 110, 20, 1.1, "ahead"),
        ("50", "20", "60", "2026-12-31", -33.3333, 20, -0.3333, "behind"),
        ("50", "20", "44", "2026-03-14", 20, 44, 1, "on_track"),
        # to a target below zero, and wholly below zero
        ("10", "-10", "0", "2026-12-31", 50, -10, 0.5, "behind"),
        ("-10", "-40", "-40", "2026-12-31", 100, -40, 1, "on_track"),
        ("-10", "-40", "-16", "2026-03-14", 20, -16, 1, "on_track"),
    ],
)
def test_decreasing_targets(
    initial: str,
    target: str,
    x: str,
    as_of: str,
    progress: float,
    expected: float,
    pace: float,
    status: str,
) -> None:
    of = promise(target, "monthly", "decrease", "last", initial)
    found = stands(of, {"2026-01": "99", "2026-02": x}, as_of)
    assert (found.progress, found.expected, found.pace) == (progress, expected, pace)
    assert found.status == status


def test_negative_values_and_an_initial_value_below_zero() -> None:
    of = promise("100", initial="-100")
    found = stands(of, {"2026-01": "-80", "2026-02": "30"}, "2026-12-31")
    assert (found.x, found.progress, found.expected, found.pace) == (-50, 25, 100, 0.25)
    assert found.performance == 100  # -80, then -50


def test_a_target_that_changes_leaves_earlier_days_theirs() -> None:
    of = promise({BEGINNING: "1200", "2026-02-15": "600"})
    january = stands(of, MONTHS, "2026-01-31")
    assert (january.target, january.progress) == (1200, 8.3333)
    assert stands(of, MONTHS, "2026-02-14").target == 1200
    february = stands(of, MONTHS, "2026-02-15")
    assert (february.target, february.progress) == (600, 41.6667)
    # A period's own target is the one of its last day.
    own = [target_of(of, date(2026, month, 1)) for month in (1, 2, 3)]
    assert own == [1200, 600, 600]
    assert target_on(of.targets, date(1800, 1, 1)) == 1200


def test_a_target_where_it_began() -> None:
    up = promise("5", aggregation="last", initial="5")
    for value, status in (("5", "on_track"), ("6", "on_track"), ("4.9999", "behind")):
        found = stands(up, {"2026-01": value}, "2026-02-10")
        assert (found.progress, found.pace, found.expected) == (None, None, 5)
        assert found.status == status
    down = promise("5", direction="decrease", aggregation="last", initial="5")
    assert stands(down, {"2026-01": "4"}, "2026-02-10").status == "on_track"
    assert stands(down, {"2026-01": "5.1"}, "2026-02-10").status == "behind"


def test_staying_on_one_side_counts_periods_kept() -> None:
    above = promise({BEGINNING: "90", "2026-03-31": "95"}, "monthly", "stay_above", "average")
    values = {"2025-12": "1", "2026-01": "90", "2026-02": "94", "2026-03": "94", "2026-05": "95"}
    found = stands(above, values, "2026-05-31")
    assert (found.progress, found.status) == (75, "behind")  # March is held against 95
    assert (found.expected, found.pace, found.x, found.target) == (None, None, 93.25, 95)
    assert stands(above, values, "2026-02-28").progress == 100
    assert stands(above, values, "2026-02-28").status == "on_track"
    below = promise("90", "monthly", "stay_below", "last")
    assert stands(below, values, "2026-05-31").progress == 25


def test_staying_allows_one_miss_in_twenty() -> None:
    of = promise("10", "weekly", "stay_below", "last")
    good = {f"2026-W{week:02}": "10" for week in range(1, 20)}
    assert stands(of, good | {"2026-W20": "11"}, "2026-12-31").status == "on_track"
    assert stands(of, good | {"2026-W20": "11"}, "2026-12-31").progress == 95
    missed = good | {"2026-W19": "11", "2026-W20": "11"}
    assert stands(of, missed, "2026-12-31").status == "behind"


def test_weeks_belong_to_the_year_of_their_number() -> None:
    of = promise("100", "weekly")
    values = {"2026-W53": "7", "2027-W01": "5", "2024-W52": "1", "2025-W01": "2", "2025-W02": "3"}
    ordered = dict(sorted(values.items()))
    # 2026-W53 runs from 28 December to 3 January 2027, 2025-W01 begins on 30 December 2024.
    assert stands(of, ordered, "2026-12-31").x == 7
    assert stands(of, ordered, "2027-01-03").status == "no_data"
    assert stands(of, ordered, "2027-01-04").x == 5
    assert stands(of, ordered, "2024-12-31").x == 1
    assert stands(of, ordered, "2025-01-01").x == 2
    assert stands(of, ordered, "2025-01-06").x == 5


def test_days() -> None:
    of = promise("366", "daily")
    values = {f"2024-02-{day:02}": "2" for day in range(1, 30)}
    found = stands(of, values, "2024-02-29")
    assert (found.x, found.expected, found.pace) == (58, 60, 0.9667)
    assert stands(of, values, "2024-02-10").x == 20


def test_where_nothing_was_entered_this_year_nothing_is_told() -> None:
    for values in ({}, {"2025-12": "5"}, {"2026-09": "5"}):
        found = stands(promise("7"), values, "2026-08-31")
        assert found == Standing(7, None, None, None, None, None, Status.no_data)


@pytest.mark.parametrize(
    ("aggregation", "direction", "performance"),
    [
        # x by month: sums 10, 30, 60 | 5, 45; means 10, 15, 20 | 5, 22.5; last 10 20 30 | 5 40
        ("sum", "increase", 72.7273),
        ("sum", "decrease", 27.2727),
        ("average", "increase", 100),
        ("average", "stay_below", 0),
        ("last", "stay_above", 100),
    ],
)
def test_performance_is_the_place_in_the_whole_history(
    aggregation: str, direction: str, performance: float
) -> None:
    values = {
        "2025-01": "10", "2025-02": "20", "2025-03": "30", "2026-01": "5", "2026-02": "40",
        "2026-12": "9999",
    }  # fmt: skip
    of = promise("50", "monthly", direction, aggregation)
    assert stands(of, values, "2026-02-28").performance == performance
    assert stands(of, {"2026-01": "5", "2026-02": "0"}, "2026-01-31").performance is None


numbers = st.decimals(-(10**9), 10**9, places=4)
days = st.dates(date(2018, 1, 1), date(2027, 12, 31))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Promise, list[tuple[date, Decimal]], date]:
    periodicity = draw(st.sampled_from(list(Periodicity)))
    starts = {bucket_of(periodicity).start(day) for day in draw(st.lists(days, max_size=40))}
    targets = {date(1900, 1, 1): draw(numbers)} | draw(st.dictionaries(days, numbers, max_size=3))
    of = Promise(
        periodicity,
        draw(st.sampled_from(list(Direction))),
        draw(st.sampled_from(list(Aggregation))),
        draw(numbers),
        sorted(targets.items()),
    )
    return of, [(start, draw(numbers)) for start in sorted(starts)], draw(days)


def plainly(of: Promise, values: list[tuple[date, Decimal]], as_of: date) -> list[float | None]:
    """x, progress, expected and pace once more, day by day and in floating numbers."""
    around = (as_of + distance * DAY for distance in range(-366, 367))
    of_year = [day for day in around if day.year == as_of.year]
    last_of = {}  # the last day of a period, found by walking
    for start, _ in values:
        day = start
        while bucket_of(of.periodicity).start(day + DAY) == start:
            day += DAY
        last_of[start] = day
    mine = []
    for start, value in values:
        number = start + 3 * DAY if of.periodicity == "weekly" else start
        if number.year == as_of.year and start <= as_of:
            mine.append((start, float(value)))
    if not mine:
        return [None, None, None, None]
    only = [value for _, value in mine]
    x = {"sum": sum(only), "average": sum(only) / len(only), "last": only[-1]}[of.aggregation]

    def target(day: date) -> float:
        return float([value for since, value in of.targets if since <= day][-1])

    if of.direction in {"stay_above", "stay_below"}:
        side = 1 if of.direction == "stay_above" else -1
        kept = [(value - target(last_of[start])) * side >= 0 for start, value in mine]
        return [x, 100 * sum(kept) / len(kept), None, None]
    share = sum(day <= as_of for day in of_year) / len(of_year)
    way = target(as_of) - float(of.initial)
    expected = float(of.initial) + way * share
    if not way:
        return [x, None, expected, None]
    return [x, (x - float(of.initial)) / way * 100, expected, (x - float(of.initial)) / way / share]


@given(cases())
def test_it_is_what_a_plain_recomputation_says(case) -> None:
    of, values, as_of = case
    found = standing(of, values, as_of)
    told = [found.x, found.progress, found.expected, found.pace]
    for this, other in zip(told, plainly(of, values, as_of), strict=True):
        assert this is other or this == pytest.approx(other, rel=1e-6, abs=1e-3)
    known = [one for one in values if one[0] <= as_of]
    xs = [*year_to_date(of, known)]
    if found.x is None:
        assert found.performance is None
    elif min(xs) < max(xs):
        place = 100 * float((xs[-1] - min(xs)) / (max(xs) - min(xs)))
        down = of.direction in {"decrease", "stay_below"}
        assert found.performance == pytest.approx(100 - place if down else place, abs=1e-3)
        assert xs[-1] == pytest.approx(Decimal(found.x), abs=Decimal("0.0001"))


@given(cases(), st.decimals(-1000, 1000, places=2), st.sampled_from([-3, -1, 2, 10]))
def test_neither_where_zero_lies_nor_the_unit_matters(case, shift: Decimal, factor: int) -> None:
    """Of last values and means: moved and stretched alike, a KPI is as far as before."""
    of, values, as_of = case
    if of.aggregation is Aggregation.sum:
        shift = Decimal(0)
    turned = {
        Direction.increase: Direction.decrease,
        Direction.decrease: Direction.increase,
        Direction.stay_above: Direction.stay_below,
        Direction.stay_below: Direction.stay_above,
    }

    def moved(value: Decimal) -> Decimal:
        return value * factor + shift

    other = Promise(
        of.periodicity,
        of.direction if factor > 0 else turned[of.direction],
        of.aggregation,
        moved(of.initial),
        [(day, moved(value)) for day, value in of.targets],
    )
    here = standing(of, values, as_of)
    there = standing(other, [(start, moved(value)) for start, value in values], as_of)
    assert (here.progress, here.pace, here.status) == (there.progress, there.pace, there.status)
    assert here.performance == there.performance


@given(cases(), days, numbers)
def test_what_comes_later_changes_nothing(case, later: date, value: Decimal) -> None:
    of, values, as_of = case
    start = bucket_of(of.periodicity).start(later)
    known = [one for one in values if one[0] < start]
    if start > as_of:
        assert standing(of, known, as_of) == standing(of, [*known, (start, value)], as_of)
