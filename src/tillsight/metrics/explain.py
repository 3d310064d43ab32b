"""Why a measure that adds up changed between two periods, in parts that sum to the change.

**Factors.** Revenue with a customer is V = C × F × A: customers, orders per customer, order value.
Factor x has the part L(V1, V0) × ln(x1 / x0), where 1 is now, 0 is before and
L(a, b) = (a - b) / ln(a / b) is the logarithmic mean, L(a, a) = a. As ln(V1 / V0) is the sum of the
three logarithms, the parts sum to V1 - V0 without a rest, and changing places of the periods
changes only their signs. Source: additive LMDI-I in B. W. Ang, “The LMDI approach to decomposition
analysis: a practical guide”, Energy Policy 33 (2005), pages 867-871. The logarithm of a factor that
is 0 does not exist, so the change is then one part: new, or lost.

**Groups.** Revenue of a group is p × q with q its units and p = revenue / units. Its change is
price (p1 - p0) × (q0 + q1) / 2 plus volume (q1 - q0) × (p0 + p1) / 2; a group with units in one
period only is new or lost. Source: T. L. Bennet, “The theory of measurement of changes in cost of
living”, Journal of the Royal Statistical Society 83 (1920), pages 455-462.

Computed in exact decimals; what rounding to cents leaves over goes to the largest part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tillsight.errors import InvalidInput, TooLarge
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import MEASURES, Dimension, Measure, Total, Unit
from tillsight.metrics.labels import labelled
from tillsight.metrics.periods import Compare, Period, before
from tillsight.metrics.plan import MOST_ROWS
from tillsight.metrics.question import Filters, Row
from tillsight.metrics.statement import Asked, Statement, statement
from tillsight.warehouse import Snapshot, Warehouse

DIGITS = 50  # enough for the logarithm of a ratio that differs from 1 by a cent in a trillion
STEPS = {Unit.money: Decimal("0.01"), Unit.number: Decimal("0.0001")}
"""What a part is rounded to; units are exact, as files give them with up to four decimals."""
NOTHING = Decimal(0)
KINDS = ("price", "volume", "new", "lost")
FACTORS = {
    "customers": "Customers",
    "orders_per_customer": "Orders per customer",
    "order_value": "Order value",
    "new": "New: no revenue from known customers before",
    "lost": "Lost: no revenue from known customers any more",
    "no_customer": "Sales without a customer",
}

Sums = Mapping[str, Decimal]
"""Exact values of measures in one period."""
Sides = tuple[Sums, Sums]
"""This period and the one before."""


@dataclass(frozen=True)
class Factor:
    """A reason, and how much of the change it makes."""

    name: str
    label: str
    part: int | float


@dataclass(frozen=True)
class Others:
    """The groups that were left out: how many, and their change together."""

    count: int
    change: int | float


@dataclass(frozen=True)
class Explanation:
    """The change of a measure between two windows.

    The parts of `factors` sum to `change`, and so do the changes of `groups` and `others`; `price`,
    `volume`, `new` and `lost` of a group sum to its `change`. Groups stand with the largest change
    first.
    """

    measure: str
    this: Period
    before: Period
    value: int | float
    value_before: int | float
    change: int | float
    factors: list[Factor]
    groups: list[Row]
    data_version: int
    others: Others | None = None


@dataclass(frozen=True)
class Change:
    """What is to be explained: a measure, its window, what it is compared with, and by what.

    With a limit only those groups are told that rose most and that fell most, so many of each.
    """

    measure: str
    period: Period
    compare: Compare = Compare.previous_period
    by: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limit: int | None = None

    @staticmethod
    def of(measure: str, period: Period, compare: Compare, by: str, filters: Filters) -> "Change":
        """The change with its filters in a fixed order."""
        fixed = tuple(sorted((name, tuple(values)) for name, values in filters.items() if values))
        return Change(measure, period, compare, by, fixed)


def explain(warehouse: Warehouse, change: Change) -> Explanation:
    """Explain a change from one version of the data; asked again, the answer is at hand.

    Factors are known of revenue only; groups are empty without `by`. A window the data have not
    reached is compared as nothing with nothing.

    Raises:
        UnknownName: a measure, dimension or filter that is not in the catalogue.
        InvalidInput: a measure that does not add up, a dimension of time, a period without start.
        TooLarge: more groups than one answer may hold, and no limit.
        Unavailable: it takes too long.
    """
    with warehouse.snapshot() as at, localcontext(prec=DIGITS):
        return at.once(("explain", change), lambda: _explained(at, change))


def _explained(at: Snapshot, change: Change) -> Explanation:
    measure, by = _resolved(change)
    windows = _windows(at, change)
    asked = Asked([measure], [], dict(change.filters), change.period)
    step = STEPS[measure.unit]
    totals = _totals(at, change, asked, windows)
    value, earlier = (_in_step(side[measure.name], step) for side in totals)
    groups: list[Row] = []
    others = None
    if by and change.limit is None:
        groups = _rows(_groups(at, asked, by, windows), measure, by, value - earlier)
    elif by:
        groups, others = _largest(at, asked, by, windows, change.limit or 0, value - earlier)
    return Explanation(
        measure.name,
        *windows,
        _shown(value, measure),
        _shown(earlier, measure),
        _shown(value - earlier, measure),
        _factors(totals, value - earlier) if measure.name == "revenue" else [],
        groups,
        at.version,
        others,
    )


def _resolved(change: Change) -> tuple[Measure, Dimension | None]:
    """The measure and the dimension that are meant, if they can be explained."""
    [measure] = catalogue.measures([change.measure])
    if measure.total is not Total.adds_up:
        known = ", ".join(one.name for one in MEASURES if one.total is Total.adds_up)
        raise InvalidInput(
            f"{measure.label} does not add up over groups, so its change has no parts."
            f" Explain one of {known}."
        )
    if change.period.start is None:
        raise InvalidInput("A change needs a first day: set “from”, such as 2024-05-01.")
    catalogue.dimensions([name for name, _ in change.filters])
    if not change.by:
        return measure, None
    [by] = catalogue.dimensions([change.by])
    if by.is_time:
        raise InvalidInput(
            f"No {by.name} lies in both periods. Explain by another dimension, such as country."
        )
    return measure, by


def _windows(at: Snapshot, change: Change) -> tuple[Period, Period]:
    [(last,)] = at.rows("SELECT max(day) FROM daily_sales")
    none = Period(change.period.start, change.period.start)
    return before(change.period, change.compare, last) or (none, none)


def _totals(at: Snapshot, change: Change, asked: Asked, windows: tuple[Period, Period]) -> Sides:
    """The sums of both windows; one change is explained by several dimensions, one after another or
    at once.
    """
    key = ("change", change.measure, windows, change.filters)
    return at.once(key, lambda: _summed(at, asked, windows))


def _summed(at: Snapshot, asked: Asked, windows: tuple[Period, Period]) -> Sides:
    names = dict.fromkeys(
        [asked.measures[0].name, "customer_revenue", "customer_orders", "customers"]
    )
    this, earlier = (_sums(at, asked, list(names), window) for window in windows)
    return this, earlier


def _sums(at: Snapshot, asked: Asked, names: Sequence[str], window: Period) -> Sums:
    measures = catalogue.measures(names)
    [row] = at.rows(*statement(Asked(measures, [], asked.filters, window)))
    return dict(zip(names, map(Decimal, row), strict=True))


def _factors(totals: Sides, change: Decimal) -> list[Factor]:
    now, was = totals
    parts = _known_customers(now, was)
    parts["no_customer"] = (now["revenue"] - now["customer_revenue"]) - (
        was["revenue"] - was["customer_revenue"]
    )
    rounded = _summing_to(change, list(parts.values()), STEPS[Unit.money])
    return [
        Factor(name, FACTORS[name], float(part)) for name, part in zip(parts, rounded, strict=True)
    ]


def _known_customers(now: Sums, was: Sums) -> dict[str, Decimal]:
    """The parts of the change in revenue with a customer, by factor."""
    value, earlier = now["customer_revenue"], was["customer_revenue"]
    if not value and not earlier:
        return dict.fromkeys(("customers", "orders_per_customer", "order_value"), NOTHING)
    if not earlier:
        return {"new": value}
    if not value:
        return {"lost": -earlier}
    mean = _log_mean(value, earlier)
    customers = (now["customers"] / was["customers"]).ln()
    orders = (now["customer_orders"] / was["customer_orders"]).ln()
    revenue = (value / earlier).ln()
    return {
        "customers": mean * customers,
        "orders_per_customer": mean * (orders - customers),
        "order_value": mean * (revenue - orders),
    }


def _log_mean(one: Decimal, other: Decimal) -> Decimal:
    return one if one == other else (one - other) / (one / other).ln()


@dataclass(frozen=True)
class _Side:
    """A group in one period; it has no units where nothing was sold."""

    value: Decimal = NOTHING
    units: Decimal = NOTHING


@dataclass(frozen=True)
class _Group:
    """A value of a dimension, as the keys of its row, in both periods."""

    keys: Row
    now: _Side
    was: _Side

    @property
    def change(self) -> Decimal:
        return self.now.value - self.was.value

    def parts(self) -> list[Decimal]:
        """Price, volume, new and lost: the first two, or one of the others, are not 0."""
        now, was = self.now, self.was
        if not now.units or not was.units:
            return [NOTHING, NOTHING, now.value, -was.value]
        price, price_before = now.value / now.units, was.value / was.units
        return [
            (price - price_before) * (now.units + was.units) / 2,
            (now.units - was.units) * (price + price_before) / 2,
            NOTHING,
            NOTHING,
        ]


def _groups(
    at: Snapshot, asked: Asked, by: Dimension, windows: tuple[Period, Period]
) -> list[_Group]:
    """Every group with a value in either window."""
    now, was = (_sides(at, asked, by, window) for window in windows)
    if len(now.keys() | was.keys()) > MOST_ROWS:
        raise TooLarge(
            f"The change has more than {MOST_ROWS:,} parts. Narrow the period, filter, or explain"
            " it by another dimension."
        )
    names = [by.name, by.label_name] if by.label_sql else [by.name]
    nowhere = _Side()
    groups = [
        _Group(dict(zip(names, key, strict=True)), now.get(key, nowhere), was.get(key, nowhere))
        for key in dict.fromkeys([*now, *was])
    ]
    return [one for one in groups if one.now.value or one.was.value]


def _sides(
    at: Snapshot, asked: Asked, by: Dimension, window: Period
) -> dict[tuple[str | int | None, ...], _Side]:
    """The exact values of groups by id and label."""
    measures = [*asked.measures, *catalogue.measures(["units"])]
    sql, values = statement(Asked(measures, [by], asked.filters, window))
    rows = at.rows(f"{labelled(sql, [by])} LIMIT {MOST_ROWS + 1}", values)
    return {
        (key, *label): _Side(Decimal(value), Decimal(units)) for key, value, units, *label in rows
    }


def _largest(
    at: Snapshot,
    asked: Asked,
    by: Dimension,
    windows: tuple[Period, Period],
    limit: int,
    change: Decimal,
) -> tuple[list[Row], Others]:
    """The groups that rose and that fell most, and the others together; there may be millions."""
    [measure] = asked.measures
    found = at.rows(*_largest_sql(asked, by, windows, limit))
    _, _, _, _, _, _, count, together, *_ = found[0]
    names = [by.name, by.label_name] if by.label_sql else [by.name]
    groups, parts = [], []
    for key, value, units, earlier, units_before, part, _, _, *label in found:
        if part is not None:  # where nothing rose or fell, the others stand alone
            keys = dict(zip(names, [key, *label], strict=True))
            now = _Side(Decimal(value), Decimal(units))
            was = _Side(Decimal(earlier), Decimal(units_before))
            groups.append(_Group(keys, now, was))
            parts.append(Decimal(part))
    if parts:
        parts[_largest_of([one.change for one in groups])] += change - Decimal(together)
    rows = [_row(group, part, measure) for group, part in zip(groups, parts, strict=True)]
    rest = change - sum(parts, NOTHING)
    return _in_order(rows, by), Others(count - len(rows), _plain(rest))


def _largest_sql(
    asked: Asked, by: Dimension, windows: tuple[Period, Period], limit: int
) -> Statement:
    """Key, value and units in both windows, rounded change and label of the largest groups; with
    how many groups there are, and the sum of their rounded changes. One row without a change where
    nothing changed.
    """
    [measure] = asked.measures
    measures = [measure, *catalogue.measures(["units"])]
    (now, values), (was, values_before) = (
        statement(Asked(measures, [by], asked.filters, window)) for window in windows
    )
    key = by.name
    sql = f"""
        WITH sides AS (
            SELECT {key}, value, units, 0 AS earlier, 0 AS units_before
            FROM ({now}) AS this({key}, value, units)
            UNION ALL
            SELECT {key}, 0, 0, value, units FROM ({was}) AS before({key}, value, units)
        ), summed AS (
            SELECT {key}, sum(value) AS value, sum(units) AS units, sum(earlier) AS earlier,
                   sum(units_before) AS units_before, sum(value) - sum(earlier) AS change
            FROM sides GROUP BY {key} HAVING sum(value) <> 0 OR sum(earlier) <> 0
        ), told AS MATERIALIZED (
            SELECT * EXCLUDE (change), {_ROUNDED[measure.unit]} AS part FROM summed
        ), largest AS (
            (SELECT * FROM told WHERE part > 0 ORDER BY part DESC, {key} NULLS LAST LIMIT {limit})
            UNION ALL
            (SELECT * FROM told WHERE part < 0 ORDER BY part, {key} NULLS LAST LIMIT {limit})
        ), counted AS (SELECT count(*) AS groups, coalesce(sum(part), 0) AS together FROM told)
        SELECT largest.*, groups, together FROM counted LEFT JOIN largest ON true
    """
    return labelled(sql, [by]), [*values, *values_before]


# Half a cent goes to the even one, as everywhere; DuckDB's `round` has it go away from zero.
_ROUNDED = {
    Unit.money: """round(change, 2) - CASE
        WHEN abs(change - round(change, 2)) = 0.005 AND (round(change, 2) * 100)::HUGEINT % 2 <> 0
        THEN 0.01 * sign(change) ELSE 0 END""",
    Unit.number: "change",
}


def _rows(groups: Sequence[_Group], measure: Measure, by: Dimension, change: Decimal) -> list[Row]:
    """The groups as they are shown, the largest change first."""
    changes = _summing_to(change, [one.change for one in groups], STEPS[measure.unit])
    rows = [_row(group, part, measure) for group, part in zip(groups, changes, strict=True)]
    return _in_order(rows, by)


def _row(group: _Group, change: Decimal, measure: Measure) -> Row:
    return group.keys | {"change": _shown(change, measure)} | _kinds(group, measure, change)


def _in_order(rows: Sequence[Row], by: Dimension) -> list[Row]:
    return sorted(
        rows, key=lambda row: (-abs(row["change"]), row[by.name] is None, row[by.name] or 0)
    )


def _kinds(group: _Group, measure: Measure, change: Decimal) -> Row:
    """The parts of a group's change in revenue; other measures have no price."""
    if measure.name != "revenue":
        return {}
    parts = _summing_to(change, group.parts(), STEPS[measure.unit])
    return {kind: float(part) for kind, part in zip(KINDS, parts, strict=True)}


def _summing_to(total: Decimal, parts: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    """The parts in whole steps; what is left over of the total goes to the largest of them."""
    rounded = [_in_step(part, step) for part in parts]
    if parts:
        rounded[_largest_of(parts)] += total - sum(rounded, NOTHING)
    return rounded


def _largest_of(parts: Sequence[Decimal]) -> int:
    """The place of the part that is farthest from zero."""
    return max(range(len(parts)), key=lambda place: abs(parts[place]))


def _plain(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _in_step(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_EVEN) + 0  # + 0 makes zero of minus zero


def _shown(value: Decimal, measure: Measure) -> int | float:
    return _plain(value) if measure.unit is Unit.number else float(value)
