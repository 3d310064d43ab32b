"""BG/NBD and Gamma-Gamma against the published fit, and against plain Python computations."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tillsight.forecasting.lifetime import (
    Histories,
    PurchaseModel,
    ValueModel,
    alive,
    chances_of_purchase,
    correlation,
    expected_purchases,
    expected_values,
    fit_purchases,
    fit_values,
    purchase_likelihood,
    value_likelihood,
)

PURCHASES = PurchaseModel(0.243, 4.414, 0.793, 2.426, 0, 0)
VALUES = ValueModel(6.25, 3.74, 15.44, 0, 0)


def histories(rows: list[tuple[int, float, float]]) -> Histories:
    repeats, last, age = zip(*rows, strict=True)
    return Histories(np.array(repeats), np.array(last, float), np.array(age, float))


SOME = histories([(0, 0, 0), (0, 0, 38.86), (2, 30.43, 38.86), (1, 1.71, 38.86), (26, 39, 39.5)])

rows = st.tuples(
    st.integers(0, 500), st.floats(0, 1), st.floats(0, 600, allow_subnormal=False)
).map(lambda one: (one[0], one[1] * one[2] if one[0] else 0.0, one[2]))
sizes = st.floats(0.01, 50)
models = st.builds(PurchaseModel, sizes, sizes, sizes, sizes, st.just(0.0), st.just(1))


def plain_likelihood(model: PurchaseModel, x: int, last: float, age: float) -> float:
    """The formula of the paper with the functions of `math`, customer by customer."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    common = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
    beta = math.lgamma(a + b) - math.lgamma(b)
    stayed = beta + math.lgamma(b + x) - math.lgamma(a + b + x) - (r + x) * math.log(alpha + age)
    if x == 0:
        return common + stayed
    left = (
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + math.lgamma(a + 1)
        + math.lgamma(b + x - 1)
        - math.lgamma(a + b + x)
        - (r + x) * math.log(alpha + last)
    )
    high = max(stayed, left)
    return common + high + math.log(math.exp(stayed - high) + math.exp(left - high))


def plain_alive(model: PurchaseModel, x: int, last: float, age: float) -> float:
    """The odds as the ratio of the two ways in which such a history comes about."""
    if x == 0:
        return 1.0
    waited = (model.r + x) * math.log((model.alpha + age) / (model.alpha + last))
    return 1 / (1 + model.a / (model.b + x - 1) * math.exp(min(waited, 700)))


def plain_expected(model: PurchaseModel, x: int, last: float, age: float, weeks: float) -> float:
    """Without any hypergeometric function: the mean over what is known of the chance to stop.

    Who is alive stops after a purchase with probability p, Beta(a, b + x), and is then expected to
    make (1 - (alpha' / (alpha' + p weeks))^(r + x)) / p purchases. p = u^k / (u^k + (1 - u)^k)
    evens out both ends.
    """
    a, b, shape, scale = model.a, model.b + x, model.r + x, model.alpha + age
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    steps, power = 2000, max(1.0, 3 / a, 3 / b)
    whole = 0.0
    for step in range(steps):
        u = (step + 0.5) / steps
        odds = power * (math.log(u) - math.log1p(-u))
        log_p, log_q = -math.log1p(math.exp(-odds)), -math.log1p(math.exp(odds))
        density = math.exp(a * log_p + b * log_q - log_beta) * power / (u * (1 - u))
        bought = -math.expm1(-shape * math.log1p(math.exp(log_p) * weeks / scale)) / math.exp(log_p)
        whole += density * bought / steps
    return whole * plain_alive(model, x, last, age)


def test_the_published_parameters_of_cdnow(shared: Path) -> None:
    with (shared / "data" / "cdnow_summary.csv").open() as file:
        data = list(csv.DictReader(file))
    known = histories([(int(one["x"]), float(one["t_x"]), float(one["T"])) for one in data])
    model = fit_purchases(known)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), abs=5e-4
    )
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert model.customers == 2357
    values = fit_values(known.repeats, np.array([float(one["zbar"]) for one in data]))
    assert (values.p, values.q, values.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert values.customers == 946
    # Customer 1 of the spreadsheet of Fader, Hardie and Lee, 39 weeks ahead.
    assert expected_purchases(model, known, 39)[0] == pytest.approx(1.226, abs=5e-4)


@given(model=models, rows=st.lists(rows, min_size=1, max_size=20))
def test_the_likelihood_is_that_of_the_paper(model: PurchaseModel, rows: list) -> None:
    found, _ = purchase_likelihood(
        np.array([model.r, model.alpha, model.a, model.b]), histories([*rows, *rows])
    )
    wanted = 2 * math.fsum(plain_likelihood(model, *one) for one in rows)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("at", [(0.243, 4.414, 0.793, 2.426), (3.0, 40.0, 0.05, 0.4), (1, 1, 5, 9)])
def test_the_gradients_are_those_of_finite_differences(at: tuple) -> None:
    def of_values(parameters: np.ndarray) -> tuple:
        return value_likelihood(parameters, np.array([1, 2, 9]), np.array([5.0, 30.0, 12.5]))

    def of_purchases(parameters: np.ndarray) -> tuple:
        return purchase_likelihood(parameters, SOME)

    for likelihood, point in ((of_purchases, at), (of_values, (at[0], 1 + at[2], at[1]))):
        _, gradient = likelihood(np.array(point, float))
        for place, value in enumerate(point):
            step = 1e-5 * value
            either = [np.array(point, float) for _ in range(2)]
            either[0][place] -= step
            either[1][place] += step
            below, above = (likelihood(one)[0] for one in either)
            assert gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-5)


def test_the_likelihood_of_values_is_that_of_the_note() -> None:
    p, q, gamma = 2.5, 3.5, 20.0
    wanted = sum(
        math.lgamma(p * x + q)
        - math.lgamma(p * x)
        - math.lgamma(q)
        + q * math.log(gamma)
        + (p * x - 1) * math.log(z)
        + p * x * math.log(x)
        - (p * x + q) * math.log(gamma + x * z)
        for x, z in ((1, 5.0), (2, 30.0), (9, 12.5))
    )
    at = np.array([p, q, gamma])
    found, _ = value_likelihood(at, np.array([1, 2, 9]), np.array([5.0, 30.0, 12.5]))
    assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    "model",
    [
        PURCHASES,
        PurchaseModel(2, 20, 1, 3, 0, 0),  # a - 1 = 0: a removable singularity
        PurchaseModel(0.5, 3, 0.4, 0.6, 0, 0),  # a + b - 1 = 0: another one, without repeats
        PurchaseModel(0.5, 3, 0.2, 0.3, 0, 0),
        PurchaseModel(4, 9, 6, 2, 0, 0),
        PurchaseModel(0.8, 0.03, 31, 8100, 0, 0),  # too large for the hypergeometric function
    ],
)
def test_expected_purchases_are_the_integral(model: PurchaseModel) -> None:
    for weeks in (1, 52, 260):
        found = expected_purchases(model, SOME, weeks)
        for place, row in enumerate(zip(SOME.repeats, SOME.last, SOME.age, strict=True)):
            wanted = plain_expected(model, *row, weeks)
            assert found[place] == pytest.approx(wanted, rel=2e-4)


@given(model=models, rows=st.lists(rows, min_size=1, max_size=10))
def test_alive_is_a_probability_and_waiting_makes_it_smaller(
    model: PurchaseModel, rows: list
) -> None:
    known = histories(rows)
    found = alive(model, known)
    for chance, row in zip(found, rows, strict=True):
        assert chance == pytest.approx(plain_alive(model, *row), rel=1e-6)
    assert ((found >= 0) & (found <= 1)).all()
    later = Histories(known.repeats, known.last, known.age + 10)
    assert (alive(model, later) <= found).all()


@pytest.mark.parametrize("weeks", [1, 52])
def test_the_chance_of_a_purchase_is_the_mean_over_rates(weeks: int) -> None:
    """For whoever is alive the rate is a Gamma variable, drawn here."""
    found = chances_of_purchase(PURCHASES, SOME, weeks)
    numbers = np.random.default_rng(5)
    for place, (x, last, age) in enumerate(zip(SOME.repeats, SOME.last, SOME.age, strict=True)):
        rates = numbers.gamma(PURCHASES.r + x, 1 / (PURCHASES.alpha + age), 200_000)
        wanted = -np.expm1(-rates * weeks).mean() * plain_alive(PURCHASES, x, last, age)
        assert found[place] == pytest.approx(wanted, abs=0.004)
    assert (found <= expected_purchases(PURCHASES, SOME, weeks) + 1e-9).all()


@given(model=models, rows=st.lists(rows, min_size=1, max_size=10), weeks=st.floats(0.1, 250))
def test_more_weeks_never_bring_fewer_purchases(
    model: PurchaseModel, rows: list, weeks: float
) -> None:
    known = histories(rows)
    near, far = expected_purchases(model, known, weeks), expected_purchases(model, known, weeks + 9)
    assert np.isfinite(far).all()
    assert (near >= 0).all()
    assert (far >= near * (1 - 1e-6) - 1e-9).all()


@given(
    spent=st.lists(st.tuples(st.integers(1, 40), st.floats(0.01, 1e6)), min_size=2, max_size=30),
    factor=st.sampled_from([0.001, 3.0, 1e6]),
)
@hypothesis_settings(max_examples=40)
def test_other_money_scales_values_and_nothing_else(spent: list, factor: float) -> None:
    repeats, means = (np.array(one) for one in zip(*spent, strict=True))
    model, other = fit_values(repeats, means), fit_values(repeats, means * factor)
    assert (other.p, other.q) == pytest.approx((model.p, model.q), rel=1e-3)
    wanted = expected_values(model, repeats, means) * factor
    assert expected_values(other, repeats, means * factor) == pytest.approx(wanted, rel=1e-3)


@given(st.lists(rows, min_size=1, max_size=30).filter(lambda some: any(one[2] for one in some)))
@hypothesis_settings(max_examples=40)
def test_every_fit_is_finite(rows: list) -> None:
    known = histories(rows)
    model = fit_purchases(known)
    assert all(math.isfinite(one) and one for one in vars(model).values())
    assert np.isfinite(expected_purchases(model, known, 260)).all()
    assert np.isfinite(alive(model, known)).all()


def test_the_order_of_customers_and_doubles_change_nothing() -> None:
    model = fit_purchases(SOME)
    mixed = fit_purchases(SOME.some(np.array([4, 2, 0, 3, 1] * 3)))
    assert mixed.log_likelihood == pytest.approx(3 * model.log_likelihood, rel=1e-4)
    back = expected_purchases(model, SOME.some(np.array([4, 3, 2, 1, 0])), 30)
    assert list(back[::-1]) == list(expected_purchases(model, SOME, 30))


def simulated(model: PurchaseModel, customers: int, weeks: int) -> tuple[Histories, np.ndarray]:
    """Histories of customers of the model, and their purchases in as many weeks after that."""
    numbers = np.random.default_rng(7)
    rate = numbers.gamma(model.r, 1 / model.alpha, customers)
    stops = numbers.beta(model.a, model.b, customers)
    age = numbers.uniform(1, weeks, customers)
    now, last = np.zeros(customers), np.zeros(customers)
    repeats, later = np.zeros(customers, int), np.zeros(customers, int)
    lives = np.ones(customers, bool)
    while lives.any():
        now += numbers.exponential(1 / rate)
        seen = lives & (now < age)
        repeats[seen] += 1
        last[seen] = now[seen]
        later[lives & ~seen & (now < age + weeks)] += 1
        lives &= (now < age + weeks) & (numbers.random(customers) >= stops)
    return Histories(repeats, last, age), later


def test_what_made_the_customers_is_found_again() -> None:
    made_by = PurchaseModel(0.8, 8, 0.6, 2.5, 0, 0)
    known, later = simulated(made_by, 20_000, 80)
    model = fit_purchases(known)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((0.8, 8, 0.6, 2.5), rel=0.15)
    expected = expected_purchases(model, known, 80)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.03)
    order = np.argsort(-expected)
    for tenth in np.array_split(order, 10)[:5]:
        assert expected[tenth].sum() == pytest.approx(later[tenth].sum(), rel=0.08)

    numbers = np.random.default_rng(8)
    repeats = numbers.integers(0, 9, 20_000)
    scale = numbers.gamma(3.5, 1 / 20, 20_000)  # of the rate of each customer's values
    means = numbers.gamma(2.5 * np.maximum(repeats, 1), 1 / scale) / np.maximum(repeats, 1)
    values = fit_values(repeats, np.where(repeats > 0, means, 0))
    assert (values.p, values.q, values.gamma) == pytest.approx((2.5, 3.5, 20), rel=0.1)
    assert values.mean == pytest.approx(2.5 * 20 / 2.5, rel=0.03)


def test_expected_values_lie_between_ones_own_mean_and_that_of_all() -> None:
    found = expected_values(VALUES, np.array([0, 1, 100]), np.array([0.0, 100.0, 100.0]))
    mean = 6.25 * 15.44 / 2.74
    assert found[0] == pytest.approx(mean)
    assert mean < found[1] < found[2] < 100


@pytest.mark.parametrize(
    ("repeats", "means", "found"),
    [
        ([1, 2, 3, 0], [10.0, 20.0, 30.0, 999.0], 1.0),
        ([1, 2, 3], [10.0, 10.0, 10.0], None),
        ([2, 2], [1.0, 2.0], None),
        ([], [], None),
    ],
)
def test_the_correlation_is_that_of_customers_who_came_again(repeats, means, found) -> None:
    told = correlation(np.array(repeats, int), np.array(means, float))
    assert told == (None if found is None else pytest.approx(found))


@pytest.mark.parametrize(
    "row",
    [(-1, 0, 1), (1, 2, 1), (0, 1, 2), (1, -1, 2), (1, 1, math.inf), (1, math.nan, math.nan)],
)
def test_histories_that_cannot_be_are_refused(row: tuple) -> None:
    with pytest.raises(ValueError):
        histories([row])


def test_without_anything_to_learn_from_there_is_no_fit() -> None:
    none = Histories(np.zeros(0, int), np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="no time"):
        fit_purchases(none)
    with pytest.raises(ValueError, match="no time"):
        fit_purchases(histories([(0, 0, 0)]))
    with pytest.raises(ValueError, match="nobody"):
        fit_values(np.array([0, 1]), np.array([0.0, 0.0]))
