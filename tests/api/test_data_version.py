"""What somebody has seen of the data through one server is in every answer of another one."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from api_shop import SALES, Api
from shop import Shop
from tillsight.api.app import create_api
from tillsight.api.pages import session_cookie
from tillsight.data_version import HEADER, Token, read_token
from tillsight.sales.models import JournalHead
from tillsight.server import Doorkeeper
from tillsight.warehouse import Warehouse

SALES_QUERY = "/api/metrics/query?measures=orders"
PURCHASE = {"customer": "c9", "date": "2024-05-01", "amount": 12}
COOKIE = "tillsight_data_version"


@pytest.fixture
def other(api: Api) -> Iterator[Api]:
    """Another server of the same shop, whose warehouse holds what was loaded by now."""
    api.shop.load_text(SALES)
    settings, database = api.shop.settings, api.shop.database
    with closing(Warehouse(settings.home, database, question_seconds=1.5)) as warehouse:
        app = create_api(settings, database, warehouse)
        with TestClient(Doorkeeper(app, settings, database)) as client:
            warehouse.catch_up(wait=60)
            yield Api(Shop(settings, database, warehouse), client, api.headers)
        app.state.fits.close()


@contextmanager
def behind(server: Api) -> Iterator[Callable[[], None]]:
    """Have a server lay nothing out; what it gives lets it go on."""
    go_on = threading.Event()
    server.shop.warehouse._worker.submit(go_on.wait)
    try:
        yield go_on.set
    finally:
        go_on.set()


def buy(server: Api) -> Any:
    answer = server.client.post("/api/purchases", json=PURCHASE, headers=server.as_("editor"))
    assert answer.status_code == 201, answer.text
    return answer


def ask(server: Api, token: str | None) -> Any:
    seen = {} if token is None else {HEADER: token}
    return server.client.get(SALES_QUERY, headers=server.as_("editor") | seen)


def test_what_was_written_through_one_server_is_in_the_next_answer_of_another(
    api: Api, other: Api
) -> None:
    made = buy(api)
    token = read_token(made.headers[HEADER])
    assert token
    assert token.version == made.json()["version"]
    with behind(other) as go_on, ThreadPoolExecutor() as threads:
        stale = ask(other, None)
        assert stale.json()["totals"]["orders"] == 3  # whoever has not seen it is not held up
        assert read_token(stale.headers[HEADER]) == Token(token.journal, token.version - 1)
        asking = threads.submit(ask, other, str(token))
        assert not asking.done()
        go_on()
        fresh = asking.result()
    assert fresh.status_code == 200, fresh.text
    assert fresh.json()["totals"]["orders"] == 4
    assert fresh.json()["data_version"] >= token.version
    assert read_token(fresh.headers[HEADER]) == token


def test_a_server_that_stays_behind_refuses_in_time(api: Api, other: Api) -> None:
    token = buy(api).headers[HEADER]
    with behind(other):
        began = time.monotonic()
        late = ask(other, token)
        assert 1.4 < time.monotonic() - began < 20
    assert late.status_code == 503, late.text
    assert late.json()["detail"].startswith("The newest sales are still being laid out")
    assert ask(other, token).json()["totals"]["orders"] == 4


@pytest.mark.parametrize(
    "token",
    [
        "{journal}.9999999",
        "{journal}.999999999999999999999999",
        "00000000-0000-0000-0000-000000000000.3",
        "{journal}",
        "{journal}.-1",
        "5",
        "",
        "' OR 1=1 --",
    ],
)
def test_what_was_never_told_holds_nobody_up(api: Api, other: Api, token: str) -> None:
    buy(api)
    with behind(other):  # so that whoever is held up is refused in the end
        answer = ask(other, token.format(journal=other.shop.warehouse.journal))
    assert answer.status_code == 200
    assert answer.json()["totals"]["orders"] == 3


def test_of_a_journal_that_was_put_back_nothing_is_waited_for(api: Api, other: Api) -> None:
    token = buy(api).headers[HEADER]
    with api.shop.database.writing() as session:
        name = "11111111-2222-3333-4444-555555555555"
        session.execute(update(JournalHead).values(journal=name, version=1))
    answer = ask(other, token)
    assert answer.status_code == 200, answer.text


def test_browsers_are_told_by_a_cookie(api: Api, other: Api) -> None:
    key = {"Authorization": api.as_("editor")["Authorization"]}
    assert "set-cookie" not in api.client.get(SALES_QUERY, headers=key).headers
    signed = api.client.post(
        "/signin",
        data={"login": "editor@example.com", "password": "a long enough password"},
        follow_redirects=False,
    )
    name = session_cookie(api.shop.settings)
    session = f"{name}={signed.cookies[name]}"
    api.client.cookies.clear()
    ours = {"Origin": "http://testserver", "Cookie": session}
    made = api.client.post("/api/purchases", json=PURCHASE, headers=ours)
    assert made.status_code == 201, made.text
    token = made.cookies[COOKIE]
    assert token == made.headers[HEADER]
    with behind(other) as go_on:
        threading.Timer(0.5, go_on).start()
        cookies = {"Cookie": f"{session}; {COOKIE}={token}"}
        fresh = other.client.get(SALES_QUERY, headers=cookies)
    assert fresh.json()["totals"]["orders"] == 4
    assert "set-cookie" not in fresh.headers  # it has it


@pytest.mark.parametrize("path", ["/api/imports", "/api/purchases", "/api/metrics/version"])
def test_lists_of_what_was_entered_tell_it_too(api: Api, other: Api, path: str) -> None:
    token = buy(api).headers[HEADER]
    if path == "/api/metrics/version":
        other.shop.warehouse.catch_up(wait=60)
    listed = other.client.get(path, headers=other.as_("editor"))
    assert listed.headers[HEADER] == token


def test_undoing_and_loading_tell_it(api: Api, other: Api) -> None:
    path = f"/api/purchases/{buy(api).json()['id']}"
    key = api.as_("editor")
    file = {"file": ("more.csv", MORE)}
    changes: tuple[tuple[Callable[[], Any], int], ...] = (
        (lambda: api.client.delete(path, headers=key), 3),
        (lambda: api.client.post(f"{path}/redo", headers=key), 4),
        (lambda: api.client.post("/api/imports", files=file, headers=key), 5),
    )
    for change, orders in changes:
        changed = change()
        assert changed.is_success, changed.text
        with behind(other) as go_on:
            threading.Timer(0.4, go_on).start()
            assert ask(other, changed.headers[HEADER]).json()["totals"]["orders"] == orders


MORE = SALES.splitlines()[0] + "\n77,p1,Pen,2,2024-03-05 10:00:00,10,c1,France\n"
