"""People who change everything there is in a shop whose server may be killed at any moment, and
what they know: what was acknowledged to them, and what they had begun when nobody answered any
more. Once a server is there again, each settles that: it happened wholly, or not at all, and doing
it again does it once.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path

import httpx2

from bench_journal import Totals
from shop import HEADER

ORDERS_A_FILE = 300
PATIENCE = 60.0
NOTHING = Decimal(0)
Sold = tuple[Decimal, int]
"""Money, and number of lines."""


class Person:
    """Somebody who does one thing after the other, on a connection of their own."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.chance = chance
        self.client = httpx2.Client()
        self.unsettled: Callable[[], None] | None = None
        self.acknowledged = 0

    def change(self) -> None:
        """One thing; `unsettled` is set until it is acknowledged."""
        raise NotImplementedError

    def settle(self) -> None:
        """Find out about what nobody answered, and finish it."""
        if self.unsettled:
            self.unsettled()
            self.unsettled = None

    def done(self) -> None:
        """The server has said so."""
        self.unsettled = None
        self.acknowledged += 1

    def ask(self, method: str, path: str, *expected: int, **request) -> httpx2.Response:
        answer = self.client.request(method, path, timeout=PATIENCE, **request)
        assert answer.status_code in (expected or (200, 201)), f"{method} {path}: {answer.text}"
        return answer


@dataclass
class Loaded:
    """An import: its file, its orders, those of other imports that it replaces, if it counts."""

    text: str
    orders: dict[str, Sold]
    overlap: str
    hides: set[tuple[int, str]] = field(default_factory=set)
    counts: bool = True

    def customers(self) -> list[str]:
        """Everybody the file names."""
        return sorted({row.split(",")[6] for row in self.text.splitlines()[1:]})


class Importer(Person):
    """Loads files, some of which replace orders, and takes them back."""

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__(name, chance)
        self.loaded: dict[int, Loaded] = {}
        self._numbers = count(1)

    def change(self) -> None:
        self.load()

    def load(self) -> None:
        """A new file; every other one has half of the orders of the latest that counts."""
        file, loaded = self.new_file(replaces=self.chance.random() < 0.5)
        self.unsettled = partial(self.settle_load, file, loaded)
        self._note(self._send(file, loaded, 201, 202), loaded)
        self.done()

    def new_file(self, *, replaces: bool) -> tuple[str, Loaded]:
        number = next(self._numbers)
        latest = self.latest(counts=True) if replaces else None
        old = [*self.loaded[latest].orders][: ORDERS_A_FILE // 2] if latest else []
        names = [*old, *(f"{self.name}-{number}-{one}" for one in range(ORDERS_A_FILE - len(old)))]
        rows, orders = [], {}
        for place, order in enumerate(names):
            pieces, price = self.chance.randint(1, 9), Decimal(self.chance.randint(1, 9999)) / 100
            rows.append(
                f"{order},p{place % 9},Pen,{pieces},2024-0{1 + place % 9}-07,{price},"
                f"{self.name}-{number}-c{place % 30},Peru\n"
            )
            orders[order] = pieces * price, 1
        hides = {  # wherever an order is that has been in files twice
            (import_id, order)
            for import_id, one in self.loaded.items()
            if one.counts
            for order in one.orders.keys() & {*old}
        }
        overlap = "replace" if old else "add"
        return f"{self.name}-{number}.csv", Loaded(HEADER + "".join(rows), orders, overlap, hides)

    def settle_load(self, file: str, loaded: Loaded) -> None:
        """Whoever sends the file again has it loaded once."""
        there = self._once_ended(file)
        again = self._send(file, loaded, 200, 201)
        if there:
            assert again["id"] == there, "the same file was loaded twice"
        self._note(again, loaded)

    def _once_ended(self, file: str) -> int | None:
        """The import of a file that counts, once the server has ended all that it took up."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.ask("GET", "/api/imports", params={"limit": 20}).json()["imports"]
            states = {one["id"]: one["state"] for one in found if one["file"] == file}
            if not {"waiting", "running"} & {*states.values()}:
                done = [number for number, state in states.items() if state == "done"]
                assert len(done) <= 1
                return done[0] if done else None
            assert time.monotonic() < deadline, states
            time.sleep(0.05)

    def _send(self, file: str, loaded: Loaded, *expected: int) -> dict:
        choices = {"overlap": loaded.overlap}
        sent = {"file": (file, loaded.text.encode())}
        answer = self.ask("POST", "/api/imports", *expected, params=choices, files=sent)
        if answer.status_code == 202:  # longer than anybody is kept waiting
            number = self._once_ended(file)
            assert number
            return self.ask("GET", f"/api/imports/{number}").json()
        return answer.json()

    def _note(self, answer: dict, loaded: Loaded) -> None:
        assert answer["state"] == "done"
        self.loaded[answer["id"]] = loaded

    def turn(self, *, counts: bool) -> None:
        """Undo the latest that counts, or redo the latest that does not."""
        number = self.latest(counts=counts)
        if number is None:
            self.load()
            return
        self.unsettled = partial(self.settle_turn, number)
        if counts:
            self.ask("DELETE", f"/api/imports/{number}")
        else:
            self.ask("POST", f"/api/imports/{number}/redo")
        self.loaded[number].counts = not counts
        self.done()

    def told(self, kind: str, folder: Path) -> tuple[tuple[str, ...], Callable[[], None]]:
        """How a terminal is told to do the same, and what to know once it has said that it did."""
        number = self.latest(counts=kind == "undo")
        if kind == "import" or number is None:
            file, loaded = self.new_file(replaces=False)
            path = folder / file
            path.write_text(loaded.text)
            self.unsettled = partial(self.settle_load, file, loaded)
            return ("import", str(path)), partial(self._loaded_by_now, file, loaded)
        self.unsettled = partial(self.settle_turn, number)
        return (kind, str(number)), partial(self._turned_by_now, number, kind == "redo")

    def _loaded_by_now(self, file: str, loaded: Loaded) -> None:
        number = self._once_ended(file)
        assert number
        self.loaded[number] = loaded
        self.done()

    def _turned_by_now(self, number: int, counts: bool) -> None:
        self.loaded[number].counts = counts
        self.done()

    def settle_turn(self, number: int) -> None:
        """Either; the totals tell whether it was done wholly."""
        state = self.ask("GET", f"/api/imports/{number}").json()["state"]
        assert state in {"done", "undone"}
        self.loaded[number].counts = state == "done"

    def latest(self, *, counts: bool) -> int | None:
        return max(
            (one for one, each in self.loaded.items() if each.counts == counts), default=None
        )

    def totals(self) -> Totals:
        hidden = {pair for one in self.loaded.values() if one.counts for pair in one.hides}
        counted = [
            (order, sold)
            for number, one in self.loaded.items()
            if one.counts
            for order, sold in one.orders.items()
            if (number, order) not in hidden
        ]
        orders = len({order for order, _ in counted})  # two files may each have lines of one
        return replace(added([sold for _, sold in counted]), orders=orders)


@dataclass
class Bought:
    """A purchase, by what it was sent with."""

    key: str
    typed: dict
    sold: Sold
    counts: bool = True


class Purchaser(Person):
    """Enters purchases with keys, and takes some back."""

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__(name, chance)
        self.stored: dict[int, Bought] = {}
        self._numbers = count(1)

    def change(self) -> None:
        if self.stored and self.chance.random() < 0.3:
            self._turn(self.chance.choice([*self.stored]))
        else:
            self._buy()

    def _buy(self) -> None:
        key = f"{self.name}-{next(self._numbers)}"
        pieces, price = self.chance.randint(1, 9), Decimal(self.chance.randint(1, 9999)) / 100
        lines = [{"product": "Pen", "quantity": pieces, "unit_price": str(price)}] * 2
        typed = {"customer": key, "date": "2024-05-07"}
        if self.chance.random() < 0.5:
            bought = Bought(key, typed | {"lines": lines}, (2 * pieces * price, 2))
        else:
            bought = Bought(key, typed | {"amount": str(price)}, (price, 1))
        self.unsettled = partial(self._settle_buying, bought)
        self.stored[self._send(bought).json()["id"]] = bought
        self.done()

    def _send(self, bought: Bought) -> httpx2.Response:
        headers = {"Idempotency-Key": bought.key}
        return self.ask("POST", "/api/purchases", 201, json=bought.typed, headers=headers)

    def _settle_buying(self, bought: Bought) -> None:
        self.stored[self._send(bought).json()["id"]] = bought
        wanted = {"customer": bought.key}
        assert len(self.ask("GET", "/api/purchases", params=wanted).json()["purchases"]) == 1

    def settle(self) -> None:
        """And what was acknowledged last is the same when it is sent again."""
        super().settle()
        if self.stored:
            last = max(self.stored)
            again = self._send(self.stored[last])
            assert again.json()["id"] == last
            assert again.headers["Idempotent-Replayed"] == "true"

    def _turn(self, number: int) -> None:
        bought = self.stored[number]
        self.unsettled = partial(self._settle_turn, number)
        if bought.counts:
            self.ask("DELETE", f"/api/purchases/{number}")
        else:
            self.ask("POST", f"/api/purchases/{number}/redo")
        bought.counts = not bought.counts
        self.done()

    def _settle_turn(self, number: int) -> None:
        state = self.ask("GET", f"/api/purchases/{number}").json()["state"]
        self.stored[number].counts = state == "done"

    def totals(self) -> Totals:
        return added([one.sold for one in self.stored.values() if one.counts])


class KpiEditor(Person):
    """Enters, changes and deletes values of a KPI, one by one and as a grid."""

    kpi = 0

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__(name, chance)
        self.values: dict[str, tuple[int, int, Decimal]] = {}
        """Id, version and value by period."""

    def change(self) -> None:
        period = f"{self.chance.randint(2021, 2023)}-{self.chance.randint(1, 12):02}"
        value = Decimal(self.chance.randint(0, 10**6)) / 100
        if period not in self.values:
            self._grid([period, *self.values][:3], value)
        elif self.chance.random() < 0.2:
            self._delete(period)
        else:
            self._change(period, value)
        self.done()

    def _grid(self, periods: list[str], value: Decimal) -> None:
        cells = [{"kpi_id": self.kpi, "period": one, "value": str(value)} for one in periods]
        for cell in cells:
            if known := self.values.get(cell["period"]):
                cell["version"] = known[1]
        self.unsettled = partial(self._settle_some, periods, value)
        entered = self.ask("PUT", "/api/kpi-values", json={"values": cells}).json()["values"]
        self.values |= {one["period"]: (one["id"], one["version"], value) for one in entered}

    def _change(self, period: str, value: Decimal) -> None:
        number, version, _ = self.values[period]
        change = {"version": version, "value": str(value)}
        self.unsettled = partial(self._settle_some, [period], value)
        found = self.ask("PATCH", f"/api/kpi-values/{number}", json=change).json()
        self.values[period] = number, found["version"], value

    def _delete(self, period: str) -> None:
        number = self.values[period][0]
        self.unsettled = partial(self._settle_some, [period], None)
        self.ask("DELETE", f"/api/kpi-values/{number}")
        del self.values[period]

    def _settle_some(self, periods: list[str], value: Decimal | None) -> None:
        """All of these are as they were, or all as they were to be."""
        found = self.found()
        before = {one: self.values[one][2] for one in periods if one in self.values}
        after = {} if value is None else dict.fromkeys(periods, value)
        now = {one: found[one][2] for one in periods if one in found}
        assert now in (before, after), (before, now, after)
        for one in periods:
            self.values.pop(one, None)
            if one in found:
                self.values[one] = found[one]

    def found(self) -> dict[str, tuple[int, int, Decimal]]:
        """The values there are."""
        path = f"/api/kpis/{self.kpi}/values"
        listed = self.ask("GET", path, params={"limit": 500}).json()["values"]
        return {
            one["period"]: (one["id"], one["version"], Decimal(str(one["value"]))) for one in listed
        }

    def check(self) -> None:
        """All values are those that were acknowledged, and the log has every change of them."""
        assert self.found() == self.values
        asked = {"kpi": self.kpi, "limit": 500}
        log = self.ask("GET", "/api/kpi-changes", params=asked).json()["changes"]
        told: dict[int, Decimal] = {}
        for one in reversed(log):
            told[one["value_id"]] = one["after"]
        for number, _, value in self.values.values():
            assert Decimal(str(told.get(number, value))) == value


def added(sold: list[Sold]) -> Totals:
    """What orders add up to."""
    revenue = sum((money for money, _ in sold), NOTHING)
    return Totals(revenue, NOTHING, len(sold), sum(lines for _, lines in sold))
