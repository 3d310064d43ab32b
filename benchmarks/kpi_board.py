"""How long the board of KPIs takes.

    python benchmarks/kpi_board.py [--kpis 1000] [--years 10] [--rounds 100]

Makes KPIs with monthly values in a home folder of its own, and starts a real server on it, one
process on SQLite. Asks for the board over HTTP: the first time; then over and over; then each time
after a value was edited over the API; and for other periods, each the first time. Times are of
whole answers, read to the end. Prints a table for docs/performance.md; exits with 1 if 95 of 100
answers take longer than 200 ms, after edits or without.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from bench_engines import Server, serving
from tillsight.accounts.models import Circle
from tillsight.database import Database
from tillsight.kpis.models import BEGINNING, Kpi, KpiTarget, KpiValue
from tillsight.kpis.words import Aggregation, Direction, Periodicity
from tillsight.metrics.periods import add_months

LONGEST_P95 = 200.0  # milliseconds
CIRCLES = 20
PERIODS = ("last_month", "last_quarter", "last_year")
KINDS = (
    ("chf", Direction.increase, Aggregation.sum, 1_000_000),
    ("percentage", Direction.increase, Aggregation.last, 80),
    ("amount", Direction.decrease, Aggregation.sum, 9_000),
    ("score", Direction.stay_above, Aggregation.average, 60),
)
Rows = list[dict[str, Any]]


def fill(home: Path, kpis: int, years: int) -> None:
    """Circles with KPIs of four kinds, and a value of each month up to this one."""
    chance, now = random.Random(6), datetime.now(UTC)
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    database.upgrade()
    this_month = now.date().replace(day=1)
    months = [add_months(this_month, -back) for back in reversed(range(12 * years))]
    with database.writing() as session:
        session.execute(insert(Circle), [a_circle(number, now) for number in range(CIRCLES)])
        session.execute(insert(Kpi), [a_kpi(number, now) for number in range(kpis)])
        session.execute(insert(KpiTarget), [a_target(number, now) for number in range(kpis)])
        for number in range(kpis):
            session.execute(insert(KpiValue), values_of(number, months, now, chance))
    database.close()


def a_circle(number: int, now: datetime) -> dict[str, Any]:
    """One of the circles."""
    name = f"circle {number}"
    return {"id": number + 1, "name": name, "name_key": name, "created_at": now}


def a_kpi(number: int, now: datetime) -> dict[str, Any]:
    """A KPI of one of the kinds."""
    unit, direction, aggregation, _ = KINDS[number % len(KINDS)]
    return {
        "id": number + 1,
        "circle_id": number % CIRCLES + 1,
        "name": f"KPI {number}",
        "name_key": f"kpi {number}",
        "description": "What a board of this size takes",
        "periodicity": Periodicity.monthly,
        "unit": unit,
        "initial_value": Decimal(0),
        "direction": direction,
        "aggregation": aggregation,
        "due_days": 10,
        "active": True,
        "filters": "{}",
        "revision": 1,
        "created_at": now,
    }


def a_target(number: int, now: datetime) -> dict[str, Any]:
    """Its target."""
    value = Decimal(KINDS[number % len(KINDS)][3])
    return {"kpi_id": number + 1, "valid_from": BEGINNING, "value": value, "set_at": now}


def values_of(number: int, months: list[date], now: datetime, chance: random.Random) -> Rows:
    """Values around what the target asks for, with a season."""
    _, _, aggregation, target = KINDS[number % len(KINDS)]
    usual = target / 12 if aggregation is Aggregation.sum else target
    return [
        {
            "kpi_id": number + 1,
            "period_start": month,
            "value": round(Decimal(usual * chance.gauss(1 + month.month / 60, 0.08)), 4),
            "comment": "",
            "version": 1,
            "created_at": now,
        }
        for month in months
    ]


@dataclass(frozen=True)
class Measured:
    """Milliseconds of each answer, and what one took the server's processor, edits included."""

    times: list[float]
    cpu: float

    @property
    def p95(self) -> float:
        """What 95 of 100 answers do not take longer than."""
        return self.percentile(95)

    def percentile(self, cut: int) -> float:
        """Milliseconds that so many of 100 answers do not take longer than."""
        if len(self.times) == 1:
            return self.times[0]
        return quantiles(self.times, n=100, method="inclusive")[cut - 1]


class Asking:
    """Somebody who asks for the board, and now and then edits a value."""

    def __init__(self, server: Server, kpis: int) -> None:
        self._server = server
        self._client = server.client
        self._kpis = kpis

    def board(self, **period: str) -> float:
        """Milliseconds of one answer."""
        begun = time.perf_counter()
        answer = self._client.get("/api/kpis/board", params=period).raise_for_status()
        took = (time.perf_counter() - begun) * 1000
        if len(answer.json()["kpis"]) != self._kpis:
            sys.exit("The board does not show all KPIs.")
        return took

    def edit(self, number: int) -> None:
        """Change the newest value of a KPI, and see that the board shows it."""
        path = f"/api/kpis/{number % self._kpis + 1}/values"
        newest = self._client.get(path, params={"limit": 1}).raise_for_status().json()["values"][0]
        change = {"value": round(newest["value"] + 0.01, 4), "version": newest["version"]}
        self._client.patch(f"/api/kpi-values/{newest['id']}", json=change).raise_for_status()

    def size(self) -> int:
        """Bytes of an answer."""
        return len(self._client.get("/api/kpis/board").content)

    def measure(self, asks: Iterable[Callable[[], float]]) -> Measured:
        """Ask in turn."""
        before = self._server.cpu_seconds()
        times = [ask() for ask in asks]
        used = self._server.cpu_seconds() - before
        return Measured(times, used * 1000 / len(times))


def measure(asking: Asking, rounds: int) -> dict[str, Measured]:
    """The board in all the ways it is asked for."""

    def after_an_edit(number: int) -> float:
        asking.edit(number)
        return asking.board()

    def of(period: str) -> Callable[[], float]:
        return lambda: asking.board(period=period)

    edits = [partial(after_an_edit, number * 7) for number in range(rounds)]
    return {
        "first of all": asking.measure([asking.board]),
        "again": asking.measure([asking.board] * rounds),
        "right after an edit": asking.measure(edits),
        "of another day, the first time": asking.measure(map(of, PERIODS)),
        "of another day, again": asking.measure([of(PERIODS[0])] * rounds),
    }


def table(found: dict[str, Measured]) -> Iterator[str]:
    """As Markdown."""
    yield "| board | asked | p50 ms | p95 ms | longest ms | processor ms |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, one in found.items():
        times = f"{one.percentile(50):,.0f} | {one.p95:,.0f} | {max(one.times):,.0f}"
        yield f"| {name} | {len(one.times)} | {times} | {one.cpu:,.0f} |"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kpis", type=int, default=1000)
    arguments.add_argument("--years", type=int, default=10)
    arguments.add_argument("--rounds", type=int, default=100)
    asked = arguments.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home, asked.kpis, asked.years)
        with serving(home) as server:
            asking = Asking(server, asked.kpis)
            found = measure(asking, asked.rounds)
            size = asking.size()
    values = asked.kpis * asked.years * 12
    print(f"{asked.kpis:,} KPIs, {values:,} values, {size / 1e6:.1f} MB an answer\n")
    print("\n".join(table(found)))
    slowest = max(found[name].p95 for name in ("again", "right after an edit"))
    sys.exit(0 if slowest < LONGEST_P95 else 1)


if __name__ == "__main__":
    main()
