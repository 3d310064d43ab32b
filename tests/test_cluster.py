"""Several servers of one shop on one PostgreSQL: whichever is asked, the answers are one shop's."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from serving import EMAIL, PASSWORD, Server, serving, started
from shop import HEADER
from tillsight.data_version import HEADER as SEEN
from waits import until

SERVERS = 3
web = httpx2.Client(timeout=120)
"""Making one takes longer than most requests."""
ORDERS = "/api/metrics/query?measures=orders,net_revenue"
MANY_LINES = HEADER + "".join(
    f"o{n},p{n % 500},Pen,1,2024-{1 + n % 12:02}-{1 + n % 28:02} 10:00:00,2.5,c{n % 999},Peru\n"
    for n in range(150_000)
)


@contextmanager
def cluster(home: Path, url: str, count: int, **settings: str) -> Iterator[list[Server]]:
    """So many servers on one home and one database."""
    with ExitStack() as stack:
        first = stack.enter_context(serving(home, DATABASE_URL=url, **settings))
        more = [
            stack.enter_context(started(home, DATABASE_URL=url, **settings))
            for _ in range(count - 1)
        ]
        yield [first, *more]


@pytest.fixture(scope="module")
def servers(
    postgres: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    url = postgres(f"c{uuid4().hex[:12]}")
    with cluster(tmp_path_factory.mktemp("cluster"), url, SERVERS) as running:
        yield running


@pytest.fixture(scope="module")
def key(servers: Sequence[Server]) -> dict[str, str]:
    return sign_in(servers[0])


def sign_in(server: Server) -> dict[str, str]:
    body = {"email": EMAIL, "password": PASSWORD}
    answer = web.post(f"{server.url}/api/auth/login", json=body)
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


def buy(server: Server, key: dict[str, str]) -> httpx2.Response:
    body = {"customer": "c1", "date": "2024-05-01", "amount": 10}
    made = web.post(f"{server.url}/api/purchases", json=body, headers=key)
    assert made.status_code == 201, made.text
    return made


def ask(server: Server, key: dict[str, str], seen: str = "") -> Any:
    asked = web.get(f"{server.url}{ORDERS}", headers={**key, SEEN: seen})
    assert asked.status_code == 200, asked.text
    return asked.json()


def test_a_purchase_through_one_is_in_the_next_answer_of_each_other(
    servers: Sequence[Server], key: dict[str, str]
) -> None:
    orders = ask(servers[0], key)["totals"]["orders"]
    for at, writer in enumerate(servers * 3):
        seen = buy(writer, key).headers[SEEN]
        found = [ask(one, key, seen) for one in (*servers[at % SERVERS :], *servers)]
        orders += 1
        assert [one["totals"]["orders"] for one in found] == [orders] * len(found)


def test_a_file_through_one_is_in_the_next_answer_of_each_other(
    servers: Sequence[Server], key: dict[str, str]
) -> None:
    """It takes longer to lay out than a question waits for what is new."""
    orders = ask(servers[0], key)["totals"]["orders"]
    file = {"file": ("many.csv", MANY_LINES)}
    loaded = web.post(f"{servers[1].url}/api/imports", files=file, headers=key)
    where = f"/api/imports/{loaded.json()['id']}"

    def done_by(server: Server) -> httpx2.Response | None:
        looked = web.get(f"{server.url}{where}", headers=key)
        return looked if looked.json()["state"] == "done" else None

    seen = until(lambda: done_by(servers[2])).headers[SEEN]  # type: ignore[union-attr]
    found = [ask(one, key, seen)["totals"]["orders"] for one in servers]
    assert found == [orders + 150_000] * SERVERS
    undone = web.delete(f"{servers[2].url}{where}", headers=key)
    found = [ask(one, key, undone.headers[SEEN])["totals"]["orders"] for one in servers]
    assert found == [orders] * SERVERS


def test_an_import_is_cancelled_through_another_server(
    servers: Sequence[Server], key: dict[str, str]
) -> None:
    orders = ask(servers[0], key)["totals"]["orders"]
    file = {"file": ("stopped.csv", MANY_LINES.replace("Pen", "Cup"))}
    with ThreadPoolExecutor() as threads:
        sending = threads.submit(web.post, f"{servers[0].url}/api/imports", files=file, headers=key)
        [running] = until(
            lambda: web.get(
                f"{servers[1].url}/api/imports",
                params={"state": ["waiting", "running"]},
                headers=key,
            ).json()["imports"]
        )
        where = f"{servers[1].url}/api/imports/{running['id']}"
        assert web.post(f"{where}/cancel", headers=key).status_code == 200
        refused = sending.result()
    assert (refused.status_code, refused.json()["code"]) == (409, "cancelled")
    assert web.get(where, headers=key).json()["state"] == "cancelled"
    assert ask(servers[2], key)["totals"]["orders"] == orders


def test_a_question_is_stopped_through_another_server(
    servers: Sequence[Server], key: dict[str, str]
) -> None:
    """Pairs of products that are all in each order take longer to count than any test."""
    baskets = HEADER + "".join(
        f"b{order},q{product},Ink,1,2025-05-{order + 1:02} 10:00:00,1,c1,Chad\n"
        for order in range(4)
        for product in range(6000)
    )
    file = {"file": ("baskets.csv", baskets)}
    loaded = web.post(f"{servers[0].url}/api/imports", files=file, headers=key)
    assert loaded.is_success, loaded.text
    named = {**key, "X-Question": "long one", SEEN: loaded.headers[SEEN]}
    with ThreadPoolExecutor() as threads:
        asking = threads.submit(
            web.get,
            f"{servers[0].url}/api/products/affinity?min_orders=1&from=2025-05-01",
            headers=named,
        )
        stop = f"{servers[1].url}/api/questions/long one"
        until(lambda: web.delete(stop, headers=key).status_code == 204)
        stopped = asking.result()
    assert (stopped.status_code, stopped.json()["code"]) == (409, "cancelled")
    assert web.delete(stop, headers=key).status_code == 404
    web.delete(f"{servers[0].url}/api/imports/{loaded.json()['id']}", headers=key)


def test_a_session_that_ended_at_one_is_refused_by_the_others_at_once(
    servers: Sequence[Server],
) -> None:
    for at, server in enumerate(servers):
        mine = sign_in(server)
        others = [*servers[at + 1 :], *servers[:at]]
        assert [status(one, mine) for one in others] == [200] * len(others)
        ended = web.post(f"{server.url}/api/auth/logout", headers=mine)
        assert ended.is_success, ended.text
        assert [status(one, mine) for one in others] == [401] * len(others)


def status(server: Server, key: dict[str, str]) -> int:
    return web.get(f"{server.url}/api/users/me", headers=key).status_code


def test_what_is_asked_of_all_servers_together_is_limited(
    postgres: Callable[[str], str], tmp_path: Path
) -> None:
    limit = 200
    url = postgres(f"c{uuid4().hex[:12]}")
    with cluster(tmp_path / "home", url, 2, REQUESTS_PER_MINUTE=str(limit)) as (one, other):
        mine = sign_in(one)
        with httpx2.Client(headers=mine) as client:

            def asked(server: Server) -> int:
                return client.get(f"{server.url}/api/users/me").status_code

            until(lambda: time.time() % 60 < 30)  # or what was asked is half forgotten by then
            while asked(one) == 200:
                pass
            until(lambda: asked(other) == 429)
            assert asked(one) == 429


@dataclass
class Buying:
    """Somebody at each server who buys, and looks at all servers for what was bought until then."""

    servers: Sequence[Server]
    key: dict[str, str]
    made: int = 1
    over: threading.Event = field(default_factory=threading.Event)
    wrong: list[object] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def through(self, server: Server) -> None:
        """Buy through one server until it is killed, or all is over."""
        while not self.over.is_set() and server.process.poll() is None:
            with suppress(httpx2.HTTPError):  # the one that was asked is killed
                self._buy_and_look(server)

    def _buy_and_look(self, server: Server) -> None:
        with self._lock:
            before = self.made
        try:
            seen = buy(server, self.key).headers[SEEN]
            with self._lock:
                self.made += 1
            for one in self.servers:
                found = ask(one, self.key, seen)["totals"]["orders"]
                if found <= before:
                    self.wrong.append((found, before))
        except AssertionError as error:
            self.wrong.append(error)


def test_servers_that_are_killed_leave_no_wrong_answer(
    postgres: Callable[[str], str], tmp_path: Path
) -> None:
    """Three take purchases and tell what they have, until two of them are killed amid that."""
    url = postgres(f"c{uuid4().hex[:12]}")
    with cluster(tmp_path / "home", url, SERVERS) as running:
        key = sign_in(running[0])
        buy(running[0], key)
        buying = Buying(running, key)
        threads = [threading.Thread(target=buying.through, args=(one,)) for one in running]
        for thread in threads:
            thread.start()
        for victim in (*running[1:], None):
            enough = buying.made + 15
            until(lambda enough=enough: buying.made >= enough)
            if victim:
                victim.process.kill()
                victim.process.wait(20)
        buying.over.set()
        for thread in threads:
            thread.join()
        assert buying.wrong == []
        assert ask(running[0], key)["totals"]["orders"] >= buying.made
