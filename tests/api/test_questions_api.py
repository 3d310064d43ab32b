"""Questions that are stopped: by their asker, or because nobody waits any more."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from api_shop import Api, shared_api
from shop import HEADER

if TYPE_CHECKING:
    from httpx2 import Response

PRODUCTS = 6000
# Each order holds each product, so that counting the pairs takes longer than any test.
BASKETS = HEADER + "".join(
    f"o{order},p{product},Pen,1,2024-05-{order + 1:02} 10:00:00,1,c1,France\n"
    for order in range(4)
    for product in range(PRODUCTS)
)
SLOW = "/api/products/affinity"
PATIENCE = 60  # seconds; nothing here may depend on how fast the machine is


@pytest.fixture(scope="module")
def baskets():
    with shared_api(BASKETS) as api:
        api.get("/api/metrics/query", measures="revenue")
        yield api


def test_a_question_is_stopped_by_its_asker_and_by_nobody_else(baskets: Api) -> None:
    answers: list[Response] = []
    viewer, editor = baskets.as_("viewer"), baskets.as_("editor")

    def ask() -> None:
        named = {**viewer, "X-Question": "mine"}
        answers.append(baskets.client.get(SLOW, params={"min_orders": 1}, headers=named))

    def stop(name: str, headers: dict[str, str]) -> int:
        return baskets.client.delete(f"/api/questions/{name}", headers=headers).status_code

    asking = threading.Thread(target=ask)
    asking.start()
    deadline = time.monotonic() + PATIENCE
    while stop("mine", viewer) != 204:
        assert stop("mine", editor) == 404
        assert stop("another", viewer) == 404
        assert time.monotonic() < deadline
    asking.join()
    [answer] = answers
    assert (answer.status_code, answer.json()["code"]) == (409, "cancelled")
    assert stop("mine", viewer) == 404
    assert stop("x" * 65, viewer) == 422


def test_of_two_who_ask_the_same_the_other_goes_on_when_one_stops_it(baskets: Api) -> None:
    """Whether the one who stops is who it is worked out for, or who waits for that."""

    def ask(role: str) -> "Response":
        named = {**baskets.as_(role), "X-Question": role}
        return baskets.client.get(SLOW, params={"min_orders": 1}, headers=named)

    def stop(role: str) -> bool:
        path = f"/api/questions/{role}"
        return baskets.client.delete(path, headers=baskets.as_(role)).status_code == 204

    def stop_once_asked(role: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not stop(role):
            assert time.monotonic() < deadline

    with ThreadPoolExecutor(2) as threads:
        for first, second in (("viewer", "editor"), ("editor", "viewer")):
            asked = {role: threads.submit(ask, role) for role in ("viewer", "editor")}
            stop_once_asked(first)
            assert asked[first].result(PATIENCE).status_code == 409
            stop_once_asked(second)
            assert asked[second].result(PATIENCE).status_code == 409


def test_a_question_ends_when_its_connection_is_closed(baskets: Api) -> None:
    """Otherwise it would be answered, or take all the time a question may."""
    told: list[dict] = []
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        told.append(message)

    headers = [(name.lower().encode(), text.encode()) for name, text in asked_by(baskets).items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": SLOW,
        "raw_path": SLOW.encode(),
        "query_string": b"min_orders=1",
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("testclient", 50000),
        "root_path": "",
        "extensions": {},
    }
    answering = baskets.client.app(scope, receive, send)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as own:  # this thread may have a loop, of a browser
        own.submit(asyncio.run, answering).result()
    assert told[0]["status"] == 409


def asked_by(api: Api) -> dict[str, str]:
    return {"host": "testserver", **api.as_("viewer")}


def test_the_version_of_the_data_grows_when_they_change(sold: Api) -> None:
    before = sold.get("/api/metrics/version")["data_version"]
    assert sold.get("/api/metrics/query", measures="revenue")["data_version"] == before
    more = HEADER + "9,p1,Pen,2,2024-03-05 10:00:00,10,c1,France\n"
    assert sold.upload(more, name="more.csv").status_code == 201
    assert sold.get("/api/metrics/version")["data_version"] == before + 1
