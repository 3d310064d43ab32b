"""How good forecasts are, and how long they take.

    python benchmarks/forecast.py [--data sales.csv.gz] [--end 2011-12-08] [--country GB]
                                  [--cdnow cdnow_summary.csv] [--without-prophet]

Any shop's sales file in a layout the product knows. Models are asked for windows they have not
seen, each with a calendar learnt from the days before it. Then come the times of forecasts, in this
process and of a real server over HTTP, those of customer lifetime value, and what starting costs.
Prints tables for docs/performance.md; a time is the median, and beside it that of the processor,
which other work on the machine does not make longer.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from bench_engines import Server, serving
from bench_windows import (
    LAST_WEEKS,
    MODELS,
    MONTHS,
    PROPHETS,
    STATISTICAL,
    WEEKS,
    Days,
    Says,
    days_of,
    held_out,
    pooled,
)
from tillsight.demo_shop import write_sales
from tillsight.forecasting import engine, monthly, others
from tillsight.forecasting.lifetime import Histories, fit_purchases, fit_values
from tillsight.forecasting.open_days import Corrections, learn
from tillsight.forecasting.series import Series
from tillsight.forecasting.words import Grain, Model

SHARED = Path(__file__).parents[2] / "shared" / "data"
RETAILER = SHARED / "online_retail.csv.gz"
"""A shop in Great Britain."""
ROUNDS = 30
STARTS = 5
TWO_YEARS = 730
FEWEST_DAYS = 56
CUSTOMERS = 100_000
LAYOUTS = {"7 × 30 days": MONTHS, "16 × 7 days, every 14": WEEKS, "16 × 7 days": LAST_WEEKS}
"""Of windows; without more words one begins where the other ends."""
HEAVY = ("scipy", "prophet", "cmdstanpy", "statsforecast", "holidays")
Row = tuple[str, ...]


def accuracy(days: Days, models: Mapping[str, Says]) -> Iterator[Row]:
    """Of each model: WAPE of all windows and in parts of the first model's, hold-out, coverage."""
    naive: list[float] = []
    for name, says in models.items():
        begun = time.perf_counter()
        found = [pooled(says, days, origins) for origins in LAYOUTS.values()]
        mape, wape = held_out(says, days)
        took = time.perf_counter() - begun
        naive = naive or [one.wape for one in found]
        yield (
            name,
            *(beside(one.wape, base) for one, base in zip(found, naive, strict=True)),
            percent(1 - mape),
            percent(wape),
            " / ".join(percent(one.coverage) for one in found),
            " / ".join(percent(one.coverage_of_all) for one in found),
            f"{took:.1f}",
        )


def beside(wape: float, naive: float) -> str:
    """In percent, and in parts of that of seasonal naive; nothing where there is no window."""
    return f"{percent(wape)} ({wape / naive:.2f})" if np.isfinite(wape) and naive > 0 else ""


def percent(share: float) -> str:
    """One decimal; nothing where it is not known."""
    return f"{100 * share:.1f}" if np.isfinite(share) else ""


def timed(work: Callable[[int], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median milliseconds of the wall clock and of the processor."""
    work(0)
    walls, processors = [], []
    for number in range(rounds):
        wall, processor = time.perf_counter(), processor_seconds()
        work(number)
        walls.append((time.perf_counter() - wall) * 1000)
        processors.append((processor_seconds() - processor) * 1000)
    return median(walls), median(processors)


def processor_seconds() -> float:
    """Of this process and of those it started that have ended: Prophet fits in one of its own."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def in_process(days: Days) -> Iterator[Row]:
    """Times of forecasts with their backtests, all warm."""
    series = two_years()
    yield row(
        "two years of days, 30 ahead, with backtest", *timed(lambda _: engine.forecast(series))
    )
    months = sixty_months()
    yield row("sixty months, 12 ahead, with backtest", *timed(lambda _: monthly.forecast(months)))
    count = len(days.revenue)
    parts = [days.seen_from(count, 30, values) for values in days.parts.values()]
    work = timed(lambda _: [engine.forecast(part) for part in parts], 5)
    yield row(f"the {len(parts)} largest countries of the file, 30 days ahead", *work)
    if others.installed(Model.prophet):
        fit = timed(lambda _: others.ask(Model.prophet, series, [80]), 3)
        yield row("Prophet: two years of days, one fit, no backtest", *fit)


def row(what: str, wall: float, processor: float) -> Row:
    """As a row of the table of times."""
    return what, f"{wall:,.1f}", f"{processor:,.1f}"


def two_years() -> Series:
    """Days of a shop closed on Sundays, with trend, week, year and noise."""
    steps = np.arange(TWO_YEARS + 30)
    chance = np.random.default_rng(7)
    logs = 7 + steps / 3000 + 0.2 * np.sin(2 * np.pi * steps / 365.25)
    logs += np.array([0.0, 0.1, 0.1, 0.2, 0.3, 0.4, 0.0])[steps % 7]
    values = np.exp(logs + 0.25 * chance.normal(size=len(steps)))
    traded = steps % 7 != 6
    first = date(2023, 1, 2)
    calendar = learn(first, traded[:TWO_YEARS], {}, Corrections())
    open_days = calendar.flags(first, len(steps)).astype(np.int64)
    known, ahead = open_days[:TWO_YEARS], open_days[TWO_YEARS:]
    ordinary = np.ones(TWO_YEARS, dtype=np.bool_)
    return Series(Grain.day, first, values[:TWO_YEARS] * traded[:TWO_YEARS], known, ordinary, ahead)


def sixty_months() -> Series:
    """Five years of months with a season."""
    steps = np.arange(60)
    chance = np.random.default_rng(7)
    values = np.exp(10 + 0.3 * np.sin(2 * np.pi * steps / 12) + 0.1 * chance.normal(size=60))
    ordinary = np.ones(60, dtype=np.bool_)
    return Series(Grain.month, date(2019, 1, 1), values, np.full(60, 26), ordinary, np.full(12, 26))


def lifetime(file: Path) -> Iterator[Row]:
    """CDNOW's parameters, and how long fits take."""
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    repeats = np.array([int(one["x"]) for one in rows])
    last, age, value = (
        np.array([float(one[name]) for one in rows]) for name in ("t_x", "T", "zbar")
    )
    histories = Histories(repeats, last, age)
    model = fit_purchases(histories)
    yield (
        f"CDNOW, {len(rows):,} customers, log-likelihood {model.log_likelihood:,.1f}",
        f"r {model.r:.3f}, alpha {model.alpha:.3f}, a {model.a:.3f}, b {model.b:.3f}",
        "",
    )
    begun = time.perf_counter()
    yield row("CDNOW: purchases", *timed(lambda _: fit_purchases(histories), 5))
    yield row("CDNOW: values", *timed(lambda _: fit_values(repeats, value), 5))
    many = invented(CUSTOMERS)
    worth = np.random.default_rng(9).gamma(3, 20, CUSTOMERS)
    yield row(f"{CUSTOMERS:,} customers: purchases", *timed(lambda _: fit_purchases(many), 2))
    yield row(
        f"{CUSTOMERS:,} customers: values", *timed(lambda _: fit_values(many.repeats, worth), 2)
    )
    print(f"lifetime value measured in {time.perf_counter() - begun:.0f} s", file=sys.stderr)


def invented(customers: int) -> Histories:
    """Customers who buy and stop as the model says, over two years, in whole days."""
    chance = np.random.default_rng(8)
    age = chance.integers(7, 104 * 7, customers) / 7
    rate, stop = chance.gamma(0.5, 1 / 5, customers), chance.beta(0.8, 2.5, customers)
    now, last = np.zeros(customers), np.zeros(customers)
    repeats, buys = np.zeros(customers, dtype=np.int64), np.ones(customers, dtype=np.bool_)
    while buys.any():
        now = now + chance.exponential(1 / np.maximum(rate, 1e-9))
        buys &= now < age
        repeats += buys
        last = np.where(buys, np.floor(now * 7) / 7, last)
        buys &= chance.random(customers) >= stop
    return Histories(repeats, np.where(repeats > 0, np.minimum(last, age), 0.0), age)


def starting() -> Iterator[Row]:
    """What the engine adds to a start, in fresh processes, and what is not imported."""
    script = (
        "import json, sys, time; import numpy; import tillsight.warehouse, tillsight.metrics.query;"
        "begun, used = time.perf_counter(), time.process_time();"
        "import tillsight.forecasting.engine, tillsight.forecasting.others,"
        " tillsight.forecasting.compare;"
        "took = (time.perf_counter() - begun) * 1000, (time.process_time() - used) * 1000;"
        "import tillsight.server;"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules];"
        "print(json.dumps([*took, heavy]))"
    )
    found = [json.loads(_output(script)) for _ in range(STARTS)]
    wall, processor = (median(one[place] for one in found) for place in (0, 1))
    yield row("the engine on top of what the server imports anyway", wall, processor)
    heavy = sorted({name for one in found for name in one[2]})
    yield "of SciPy, Prophet, statsforecast, holidays imported with the server", _named(heavy), ""


def _output(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    return done.stdout.splitlines()[-1]


def _named(names: list[str]) -> str:
    return ", ".join(names) or "none"


def over_http() -> Iterator[Row]:
    """Forecasts of a real server on the demo shop, two years of days."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        file = Path(folder) / "sales.csv"
        write_sales(file, seed=1, until=datetime.now(UTC).date() - timedelta(days=1))
        with serving(home) as server:
            server.upload(file)
            yield from _asked(server)


def _asked(server: Server) -> Iterator[Row]:
    """Each horizon is another question, so that nothing is at hand; the same one twice is."""
    loaded = _loaded(server)
    yield "of these loaded by the running server before the first forecast", _named(loaded), ""
    days = {"measure": "revenue", "grain": "day"}
    one, batch = "/api/forecasts", "/api/forecasts/batch"
    by = {"by": "country", "top": 20}
    yield _http(
        server, "forecast, 30 days ahead or so", one, lambda at: {**days, "horizon": 20 + at}
    )
    yield _http(server, "the same forecast again", one, lambda _: {**days, "horizon": 30})
    yield _http(
        server,
        "20 countries that add up, 30 days ahead or so",
        batch,
        lambda at: {**days, **by, "horizon": 28 + at},
        5,
    )
    yield "of these loaded after the forecasts", _named(_loaded(server)), ""


def _http(
    server: Server,
    what: str,
    path: str,
    question: Callable[[int], dict[str, str | int]],
    rounds: int = ROUNDS,
) -> Row:
    """Median milliseconds of an answer, and what one took the server's processor."""
    status = server.client.get(path, params=question(-1)).status_code
    if status != 200:
        return what, f"status {status}", ""
    used, walls = server.cpu_seconds(), []
    for number in range(rounds):
        begun = time.perf_counter()
        server.client.get(path, params=question(number)).raise_for_status()
        walls.append((time.perf_counter() - begun) * 1000)
    return row(what, median(walls), (server.cpu_seconds() - used) * 1000 / rounds)


def _loaded(server: Server) -> list[str]:
    """Of the heavy libraries, those whose files the server has mapped, where that can be seen."""
    maps = Path("/proc", str(server.pid), "maps")
    mapped = maps.read_text() if maps.exists() else ""
    return [name for name in HEAVY if f"/{name}/" in mapped]


def table(head: Row, rows: Iterator[Row]) -> None:
    """Print as Markdown, each row as soon as it is known."""
    print(f"| {' | '.join(head)} |")
    print("|---|" + "--:|" * (len(head) - 1))
    for cells in rows:
        print(f"| {' | '.join(cells)} |", flush=True)
    print()


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=RETAILER)
    arguments.add_argument("--end", type=date.fromisoformat, help="the last day that counts")
    arguments.add_argument("--country", help="whose public holidays, such as GB")
    arguments.add_argument("--cdnow", type=Path, default=SHARED / "cdnow_summary.csv")
    arguments.add_argument("--without-prophet", action="store_true")
    arguments.add_argument("--only-accuracy", action="store_true")
    asked = arguments.parse_args()
    usual = "GB" if asked.data == RETAILER else ""
    country = usual if asked.country is None else asked.country
    days = days_of(asked.data, country)
    days = days.until(asked.end) if asked.end else days
    if len(days.revenue) < FEWEST_DAYS:
        sys.exit(f"These are {len(days.revenue)} days; {FEWEST_DAYS} are needed to say anything.")
    with_prophet = others.installed(Model.prophet) and not asked.without_prophet
    print(
        f"{asked.data.name}: {len(days.revenue):,} days, {days.first} to {days.last},"
        f" public holidays of {country or 'no country'}."
    )
    print(
        "WAPE in percent, and in parts of that of seasonal naive; windows end with the last day.\n"
    )
    head = ("model", *LAYOUTS, "hold-out 100 - MAPE", "hold-out WAPE")
    more = ("in the 80 % interval", "closed days counted too", "seconds")
    # Seasonal naive first: the others are told as a share of it.
    models = dict(MODELS)
    models |= PROPHETS if with_prophet else {}
    models |= STATISTICAL if others.installed(Model.autoets) else {}
    table((*head, *more), accuracy(days, models))
    if asked.only_accuracy:
        return
    table(("in this process", "ms", "processor ms"), in_process(days))
    table(("start", "ms", "processor ms"), starting())
    if asked.cdnow.exists():
        table(("lifetime value", "ms", "processor ms"), lifetime(asked.cdnow))
    table(("over HTTP", "ms", "processor ms"), over_http())


if __name__ == "__main__":
    main()
