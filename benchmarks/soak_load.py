"""The people of `soak.py` who use the API: what each of them does again and again, and what the
server acknowledged to them, from which the totals in the end are worked out.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from bench_engines import command
from bench_journal import Totals
from tillsight.data_version import HEADER as SEEN

FIRST_DAY, DAYS = date(2023, 7, 3), 720
CHANNEL = "Soak"
"""The channel of all sales that the importer loads, so that their total can be asked for."""
HEADER = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country,Category,"
    "Channel\n"
)
ORDERS_A_FILE = 300
MOST_IN_FORCE = 8
"""Imports that count at the same time; older ones are undone, so that the shop stays as large."""
PATIENCE = 120.0
Json = dict[str, Any]


@dataclass
class Heard:
    """What everybody was answered: when, in seconds of the clock, what, and in how many
    milliseconds; and what went wrong.
    """

    answers: list[tuple[float, str, float]] = field(default_factory=list)
    errors: list[tuple[float, str]] = field(default_factory=list)

    def note(self, kind: str, milliseconds: float) -> None:
        """One more answer."""
        self.answers.append((time.monotonic(), kind, milliseconds))

    def wrong(self, what: str) -> None:
        """One more error."""
        self.errors.append((time.monotonic(), what))


class Person:
    """Somebody at the API, who does one thing after the other until it is over."""

    kind = "other"
    pause = 0.5
    """Seconds between two things."""

    def __init__(self, url: str, sign_in: Json, heard: Heard, seed: int) -> None:
        self.client = httpx2.Client(base_url=url, timeout=PATIENCE)
        self.chance = random.Random(seed)
        self._sign_in = sign_in
        self._heard = heard

    def ask(
        self, method: str, path: str, *expected: int, kind: str = "", **request: Any
    ) -> httpx2.Response:
        """Ask; an answer of another status than those expected (2xx by itself) is an error. The
        next answer may not be from older data than this one.
        """
        begun = time.perf_counter()
        answer = self.client.request(method, path, **request)
        self._heard.note(kind or self.kind, (time.perf_counter() - begun) * 1000)
        if answer.status_code not in (expected or (200, 201, 204)):
            said = f"{method} {path}: {answer.status_code} {answer.text[:300]}"
            raise WrongError(said)
        if seen := answer.headers.get(SEEN):
            self.client.headers[SEEN] = seen
        return answer

    def sign_in(self) -> None:
        """A session of one's own."""
        answer = self.ask("POST", "/api/auth/login", json=self._sign_in, kind="sign-in")
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def begin(self) -> None:
        """What is done once, before all else."""
        self.sign_in()

    def step(self) -> None:
        """One thing."""
        raise NotImplementedError

    def go_on(self, over: threading.Event) -> None:
        """All of it; what goes wrong is noted, and the next thing is done."""
        with self.client:
            self._noted(self.begin)
            while not over.wait(self.pause * (0.5 + self.chance.random())):
                self._noted(self.step)

    def _noted(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (WrongError, httpx2.HTTPError, KeyError, ValueError, SystemExit) as error:
            self._heard.wrong(f"{type(self).__name__}: {type(error).__name__}: {error}")


class WrongError(Exception):
    """An answer that is not what it has to be."""


def expect(what: str, found: object, wanted: object) -> None:
    """Raise unless both are the same.

    Raises:
        WrongError: they differ.
    """
    if found != wanted:
        raise WrongError(f"{what}: {found}, not {wanted}")


class Reader(Person):
    """Somebody's program that asks many questions, by sessions or by keys."""

    kind = "question"
    pause = 0.6

    def __init__(self, *about: Any, by_key: bool) -> None:
        super().__init__(*about)
        self._by_key = by_key
        self._asked = 0
        self._key = 0

    def begin(self) -> None:
        """A key is made with a session, and used instead of it."""
        self.sign_in()
        if self._by_key:
            made = self.ask("POST", "/api/users/me/keys", json={"name": "soak"}, kind="key").json()
            self._key = made["id"]
            self.ask("POST", "/api/auth/logout", kind="sign-out")
            self.client.headers["Authorization"] = f"Bearer {made['key']}"

    def step(self) -> None:
        """A question; after some, everything about the session is done anew."""
        path, parameters = self.question()
        answer = self.ask("GET", path, params=parameters, kind=kind_of(path, parameters))
        if not answer.content:
            raise WrongError(f"{path}: an empty answer")
        self._asked += 1
        if self._asked % 40 == 0:
            self._anew()

    def _anew(self) -> None:
        old = self.client.headers["Authorization"]
        if self._by_key:
            self.sign_in()
            self.ask("DELETE", f"/api/users/me/keys/{self._key}", kind="key")
        else:
            self.ask("POST", "/api/auth/logout", kind="sign-out")
        self.client.headers["Authorization"] = old
        self.ask("GET", "/api/users/me", 401, kind="sign-out")
        self.client.headers.pop("Authorization")
        self.begin()

    def question(self) -> tuple[str, Json]:
        """Any of many, of a period that was mostly not asked for before."""
        start = FIRST_DAY + timedelta(days=self.chance.randrange(DAYS - 60))
        end = start + timedelta(days=self.chance.randrange(7, 400))
        period = {"from": str(start), "to": str(end)}
        path, parameters, has_period = self.chance.choice(QUESTIONS)
        return path, parameters | (period if has_period and self.chance.random() < 0.7 else {})


def kind_of(path: str, parameters: Json) -> str:
    """What a question is counted as."""
    if "format" in parameters or "report" in path:
        return "download"
    return "forecast" if "forecast" in path or "lifetime" in path else "question"


QUERY = "/api/metrics/query"
ALL = "revenue,orders,customers,returns,average_order_value"
QUESTIONS: list[tuple[str, Json, bool]] = [
    (QUERY, {"measures": ALL}, True),
    (QUERY, {"measures": ALL, "compare": "previous_year"}, True),
    (QUERY, {"measures": ALL, "by": "month"}, True),
    (QUERY, {"measures": "revenue,orders", "by": "day"}, True),
    (QUERY, {"measures": "revenue,customers", "by": "country"}, True),
    (QUERY, {"measures": "revenue", "by": "customer", "order": "-revenue", "limit": "20"}, True),
    (QUERY, {"measures": "units", "by": "product", "order": "-units", "limit": "20"}, True),
    (QUERY, {"measures": "revenue,orders", "by": "category", "country": "Austria"}, True),
    (QUERY, {"measures": "orders", "by": "hour,weekday"}, True),
    (QUERY, {"measures": "revenue", "by": "month", "segment": "Champions"}, True),
    (QUERY, {"measures": "revenue", "by": "day,country", "format": "csv"}, True),
    (QUERY, {"measures": ALL, "by": "month", "format": "xlsx"}, True),
    (
        "/api/metrics/explain",
        {"measure": "revenue", "from": "2025-01-01", "to": "2025-04-01"},
        False,
    ),
    ("/api/revenue/growth", {}, True),
    ("/api/revenue/heatmap", {}, True),
    ("/api/revenue/changes", {"grain": "month"}, True),
    ("/api/customers/top", {"limit": 10}, True),
    ("/api/customers/segments", {}, True),
    ("/api/customers/cohorts", {}, False),
    ("/api/customers/rfm", {"limit": 50}, False),
    ("/api/customers/lifetime-value", {}, False),
    ("/api/products", {"limit": 50}, False),
    ("/api/products/abc", {}, True),
    ("/api/products/affinity", {"limit": 10}, True),
    ("/api/products/summary", {"format": "csv"}, False),
    ("/api/geographic/country-performance", {}, True),
    ("/api/orders", {"limit": 50}, True),
    ("/api/lines", {"limit": 50}, True),
    ("/api/lines", {"format": "csv", "country": "Poland"}, True),
    ("/api/kpis/board", {}, False),
    ("/api/kpis/board", {"format": "csv"}, False),
    ("/api/kpi-values", {"format": "csv"}, False),
    ("/api/kpi-changes", {"limit": 50}, False),
    ("/api/imports", {"limit": 50}, False),
    ("/api/purchases", {"limit": 50}, False),
    ("/api/purchases", {"format": "csv"}, False),
    ("/api/reports/period", {"from": "2025-01-01", "to": "2025-04-01"}, False),
    ("/api/forecasts", {"grain": "month", "horizon": 6}, False),
    ("/api/forecasts", {"grain": "week", "horizon": 8, "measure": "units"}, False),
    ("/api/forecasts", {"grain": "day", "horizon": 28, "format": "csv"}, False),
    ("/api/notes", {}, False),
    ("/api/metrics", {}, False),
    ("/api/health", {}, False),
]
"""Path, parameters, and whether a period may be asked for."""


@dataclass
class Loaded:
    """An import: what each of its orders adds up to, which orders of others it replaces, and
    whether it counts.
    """

    orders: dict[str, tuple[Decimal, int]]
    file: str
    hides: set[tuple[int, str]] = field(default_factory=set)
    counts: bool = True


class Importer(Person):
    """Loads file after file: as they are, with rejects, refused ones, again, with orders that
    replace; takes them back and has them count again. After each the total is asked for.
    """

    kind = "import"
    pause = 3.0

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.loaded: dict[int, Loaded] = {}
        self._files = count(1)
        self._doing = self._in_turn()

    def step(self) -> None:
        """The next change, and what it came to."""
        try:
            next(self._doing)
        except BaseException:
            self._doing = self._in_turn()  # what went wrong is noted, and files go on
            raise
        answer = self.ask(
            "GET",
            QUERY,
            params={"measures": "revenue,orders,lines", "channel": CHANNEL},
            kind="question",
        ).json()["totals"]
        wanted = self.totals()
        found = Totals(
            Decimal(str(answer["revenue"])), Decimal(0), answer["orders"], answer["lines"]
        )
        expect("imported sales", found, wanted)

    def totals(self) -> Totals:
        """What all imports in force add up to."""
        hidden = {pair for one in self.loaded.values() if one.counts for pair in one.hides}
        counted = [
            sold
            for number, one in self.loaded.items()
            if one.counts
            for order, sold in one.orders.items()
            if (number, order) not in hidden
        ]
        revenue = sum((amount for amount, _ in counted), Decimal(0))
        return Totals(revenue, Decimal(0), len(counted), sum(lines for _, lines in counted))

    def _in_turn(self) -> Iterator[None]:
        while True:
            first = self._load(self._content(next(self._files)))
            yield
            self._again(first)
            yield
            replacing = self._replace(first)
            yield
            for number in (replacing, first):
                self._undo(number)
                yield
            for number in (first, replacing):
                self._redo(number)
                yield
            self._refused()
            yield
            rejected = self._load(self._content(next(self._files)), bad=7)
            yield
            self._undo(rejected)
            yield
            self._again(rejected, added=True)
            yield
            for number in self._oldest():
                self._undo(number)
                yield

    def _content(self, number: int, first: int = 0) -> dict[str, list[tuple[int, Decimal]]]:
        """Orders of a file: quantities and prices of their lines."""
        draw = random.Random(number * 1000 + first)
        return {
            f"soak-{number}-{order}": [
                (draw.randint(1, 6), Decimal(draw.randint(100, 5000)) / 100)
                for _ in range(draw.randint(1, 4))
            ]
            for order in range(first, first + ORDERS_A_FILE)
        }

    def _load(
        self, content: dict[str, list[tuple[int, Decimal]]], overlap: str = "ask", bad: int = 0
    ) -> int:
        text = (
            HEADER
            + "".join(self._rows(content))
            + "bad,T1,Tea,x,2024-05-01,1,1,Peru,Tea,Soak\n" * bad
        )
        choices = {"overlap": overlap, "skip_bad_rows": bool(bad)}
        loaded = self._send(text, choices, 201, "done")
        expect("rejected rows", loaded["rejected_rows"], bad)
        orders = {
            order: (sum((units * price for units, price in lines), Decimal(0)), len(lines))
            for order, lines in content.items()
        }
        self.loaded[loaded["id"]] = Loaded(orders, text)
        if bad:
            self.ask("GET", f"/api/imports/{loaded['id']}/rejects", kind="download")
        return int(loaded["id"])

    def _rows(self, content: dict[str, list[tuple[int, Decimal]]]) -> Iterator[str]:
        for place, (order, lines) in enumerate(content.items()):
            day = FIRST_DAY + timedelta(days=(place * 7) % DAYS)
            for one, (units, price) in enumerate(lines):
                yield (
                    f"{order},SOAK{(place + one) % 60},Thing,{units},{day} 10:00:00,{price},"
                    f"{90000 + place % 200},Germany,Tea,{CHANNEL}\n"
                )

    def _send(self, text: str, choices: Json, expected: int, ends: str) -> Json:
        """Send a file and follow it until its end. Some are sent by a program that does not wait
        for the answer, and any may take longer than one is held back; those end in the state
        `ends`. Returns the import that has the content.
        """
        sent = {"file": (f"{self.chance.random()}.csv", text.encode())}
        asked = {**choices, "wait": self.chance.random() < 0.5}
        answer = self.ask("POST", "/api/imports", 202, expected, params=asked, files=sent)
        found: Json = answer.json()
        if answer.status_code == 202:
            found = self._followed(answer.headers["Location"])
            expect("state of an import", found["state"], ends)
            found["id"] = found["same_as"] or found["id"]
        return found

    def _followed(self, place: str) -> Json:
        """An import, once it has ended."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found: Json = self.ask("GET", place, kind="question").json()
            if found["state"] not in {"waiting", "running"}:
                return found
            if time.monotonic() > deadline:
                raise WrongError(f"import {found['id']} does not end")
            time.sleep(0.5)

    def _again(self, number: int, *, added: bool = False) -> None:
        """The same content again: known, or redone where it was undone."""
        bad = bool(self.loaded[number].file.count("\nbad,"))
        status = 201 if added else 200
        found = self._send(self.loaded[number].file, {"skip_bad_rows": bad}, status, "known")
        expect("import of known content", found["id"], number)
        self.loaded[number].counts = True

    def _replace(self, number: int) -> int:
        """A file with half of the orders of another, and as many new ones."""
        old = self.loaded[number]
        content = self._content(int(next(iter(old.orders)).split("-")[1]), ORDERS_A_FILE // 2)
        found = self._load(content, "replace")
        self.loaded[found].hides = {(number, order) for order in old.orders.keys() & content.keys()}
        return found

    def _refused(self) -> None:
        text = HEADER + "1,T1,Tea,x,2024-05-01,1,1,Peru,Tea,Soak\n"
        self._send(text, {}, 422, "failed")

    def _undo(self, number: int) -> None:
        self.ask("DELETE", f"/api/imports/{number}")
        self.loaded[number].counts = False
        self.ask("DELETE", f"/api/imports/{number}", 409)

    def _redo(self, number: int) -> None:
        self.ask("POST", f"/api/imports/{number}/redo")
        self.loaded[number].counts = True

    def _oldest(self) -> list[int]:
        return [number for number, one in self.loaded.items() if one.counts][:-MOST_IN_FORCE]


class Purchaser(Person):
    """Enters purchases with keys, sends some again, and takes some back."""

    kind = "purchase"
    pause = 0.7

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.country = f"Soakland {self.chance.random()}"
        self.stored: dict[int, tuple[Decimal, int]] = {}
        self.undone: set[int] = set()

    def step(self) -> None:
        """One purchase, by its amount or by lines."""
        items = [(self.chance.randint(1, 5), Decimal(self.chance.randint(1, 9999)) / 100)]
        items *= self.chance.randint(1, 3)
        amount = sum((units * price for units, price in items), Decimal(0))
        by_lines = self.chance.random() < 0.5
        lines = [
            {"product": "SOAK1", "quantity": str(units), "unit_price": str(price)}
            for units, price in items
        ]
        typed = {
            "customer": f"Soaker {self.chance.randrange(300)}",
            "country": self.country,
            "date": str(FIRST_DAY + timedelta(days=self.chance.randrange(DAYS))),
        } | ({"lines": lines} if by_lines else {"amount": str(amount)})
        key = {"Idempotency-Key": str(self.chance.getrandbits(64))}
        made = self.ask("POST", "/api/purchases", 201, json=typed, headers=key).json()
        self.stored[made["id"]] = amount, len(lines) if by_lines else 1
        if self.chance.random() < 0.2:
            again = self.ask("POST", "/api/purchases", 201, json=typed, headers=key)
            expect("purchase sent again", again.json()["id"], made["id"])
            expect("its header", again.headers.get("Idempotent-Replayed"), "true")
        if self.chance.random() < 0.4:
            self._take_back()
        if self.chance.random() < 0.1:
            self._look()

    def _take_back(self) -> None:
        number = self.chance.choice([*self.stored])
        if number in self.undone:
            self.ask("POST", f"/api/purchases/{number}/redo")
            self.undone.remove(number)
        else:
            self.ask("DELETE", f"/api/purchases/{number}")
            self.undone.add(number)

    def _look(self) -> None:
        params = {"measures": "revenue,orders,lines", "country": self.country}
        found = self.ask("GET", QUERY, params=params, kind="question").json()["totals"]
        seen = Totals(Decimal(str(found["revenue"])), Decimal(0), found["orders"], found["lines"])
        expect("purchases", seen, self.totals())

    def totals(self) -> Totals:
        """What all purchases that count add up to."""
        counted = [sold for number, sold in self.stored.items() if number not in self.undone]
        revenue = sum((amount for amount, _ in counted), Decimal(0))
        return Totals(revenue, Decimal(0), len(counted), sum(lines for _, lines in counted))


class KpiEditor(Person):
    """Makes a KPI and changes it, its targets and its values; looks at the board."""

    kind = "KPI edit"
    pause = 1.5

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.values: dict[str, tuple[int, int, Decimal]] = {}  # id, version and value of a period
        self.kpi = 0

    def begin(self) -> None:
        """A KPI of one's own."""
        super().begin()
        circle = self.ask("GET", "/api/circles").json()["circles"][0]["id"]
        new = {
            "name": f"Soak {self.chance.getrandbits(40)}",
            "circle_id": circle,
            "periodicity": "monthly",
            "unit": "score",
            "minimum": None,
            "maximum": None,
            "target_value": 10,
        }
        self.kpi = self.ask("POST", "/api/kpis", 201, json=new).json()["id"]

    def step(self) -> None:
        """A value that is new, changed, changed from what somebody saw long ago, or deleted; and
        then the board.
        """
        period = f"{self.chance.randint(2021, 2024)}-{self.chance.randint(1, 12):02}"
        value = Decimal(self.chance.randint(0, 10000)) / 100
        if period not in self.values:
            typed = {"period": period, "value": str(value)}
            made = self.ask("POST", f"/api/kpis/{self.kpi}/values", 201, json=typed).json()
            self.values[period] = made["id"], made["version"], value
        elif self.chance.random() < 0.2:
            self.ask("DELETE", f"/api/kpi-values/{self.values.pop(period)[0]}")
        elif self.chance.random() < 0.4:
            self._grid(period, value)
        else:
            self._change(period, value)
        if self.chance.random() < 0.3:
            change = {"target_value": self.chance.randint(1, 100), "target_from": None}
            self.ask("PATCH", f"/api/kpis/{self.kpi}", json=change)
        self.ask("GET", "/api/kpis/board", kind="question")

    def _change(self, period: str, value: Decimal) -> None:
        number, version, _ = self.values[period]
        path, change = f"/api/kpi-values/{number}", {"version": version, "value": str(value)}
        found = self.ask("PATCH", path, json=change).json()
        self.values[period] = number, found["version"], value
        if found["version"] != version:
            self.ask("PATCH", path, 409, json=change | {"value": str(value + 1)})

    def _grid(self, period: str, value: Decimal) -> None:
        cells = [
            {"kpi_id": self.kpi, "period": one, "value": str(value), "version": version}
            for one, (_, version, _) in {period: self.values[period], **self.values}.items()
        ][:5]
        entered = self.ask("PUT", "/api/kpi-values", json={"values": cells}).json()["values"]
        for one in entered:
            self.values[one["period"]] = one["id"], one["version"], value

    def check(self, client: httpx2.Client) -> None:
        """Whether all values are what was acknowledged.

        Raises:
            WrongError: they are not.
        """
        listed = client.get(f"/api/kpis/{self.kpi}/values", params={"limit": 500}).json()
        found = {one["period"]: Decimal(str(one["value"])) for one in listed["values"]}
        expect("values of a KPI", found, {one: value for one, (_, _, value) in self.values.items()})


class Visitor(Person):
    """Signs in and out again, by the page and by the API."""

    kind = "sign-in"
    pause = 4.0

    def begin(self) -> None:
        """Nothing stays."""

    def step(self) -> None:
        """In, a look, and out; the session is worth nothing then."""
        self.sign_in()
        self.ask("GET", "/api/auth/sessions", kind="question")
        self.ask("POST", "/api/auth/logout", kind="sign-out")
        self.ask("GET", "/api/users/me", 401, kind="sign-out")
        self.client.headers.pop("Authorization")
        form = {"login": self._sign_in["email"], "password": self._sign_in["password"]}
        origin = {"Origin": str(self.client.base_url).rstrip("/")}
        self.ask("POST", "/signin", 303, data=form, headers=origin)
        self.ask("GET", "/", headers={"Accept": "text/html"}, kind="page")
        self.ask("POST", "/signout", 303, headers=origin, kind="sign-out")
        self.client.cookies.clear()


class Operator(Person):
    """Makes a backup every few minutes and looks at the metrics."""

    kind = "backup"
    pause = 100.0

    def __init__(self, *about: Any, home: Path, place: Path, settings: dict[str, str]) -> None:
        super().__init__(*about)
        self._home, self._place, self._settings = home, place, settings

    def begin(self) -> None:
        """Nothing; a backup needs no session."""

    def step(self) -> None:
        """A backup; three are kept."""
        seconds, _ = command(
            self._home, "backup", str(self._place), "--keep", "3", **self._settings
        )
        self._heard.note(self.kind, seconds * 1000)
