"""Who may read the metrics, and what they say when something is wrong."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from starlette.testclient import TestClient

from api_shop import SALES, Api
from tillsight import jobs
from tillsight.api.app import create_api
from tillsight.database import Database
from tillsight.errors import SetupError
from tillsight.operating import prometheus
from tillsight.operating.figures import looker
from tillsight.sales.models import JournalEntry
from tillsight.server import Doorkeeper
from tillsight.settings import load_settings

TOKEN = "a token of the metrics"
HERE = ("127.0.0.1", 50_000)


@contextmanager
def asked_from(
    api: Api, peer: tuple[str, int] = HERE, name: str = "localhost", token: str = ""
) -> Iterator[TestClient]:
    """A program at this address, asking the server by this name."""
    settings = api.shop.settings.model_copy(update={"metrics_token": SecretStr(token)})
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    door = Doorkeeper(app, settings, api.shop.database)
    with TestClient(door, f"http://{name}", client=peer) as client:
        yield client


def figures(api: Api, database: Database | None = None) -> dict[str, float]:
    """What is looked up, by series."""
    shop = api.shop
    look = looker(database or shop.database, shop.warehouse, shop.settings.home, lambda: 3)
    lines = prometheus.text(look()).decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


def test_without_a_token_only_this_machine_reads_them(api: Api) -> None:
    admin = api.as_("admin")
    with asked_from(api) as client:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == prometheus.CONTENT_TYPE
        assert answer.headers["cache-control"] == "no-store"
        for header in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
            assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    with asked_from(api, ("::1", 5), "[::1]:8000") as client:
        assert client.get("/metrics").status_code == 200
    for peer, name in ((("192.0.2.7", 5), "localhost"), (HERE, "shop.example.com")):
        with asked_from(api, peer, name) as client:
            assert client.get("/metrics").status_code == 404
            assert client.get("/metrics", headers=admin).status_code == 404


def test_with_a_token_only_who_holds_it(api: Api) -> None:
    admin = api.as_("admin")
    with asked_from(api, ("192.0.2.7", 5), "shop.example.com", TOKEN) as client:
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/metrics", headers=right).status_code == 200
        for wrong in ({}, admin, {"Authorization": f"Basic {TOKEN}"}, {"X-API-Key": TOKEN}):
            assert client.get("/metrics", headers=wrong).status_code == 401
        assert client.post("/metrics", headers=right).status_code == 405
        assert client.get("/api/users/me", headers=right).status_code == 401  # it opens no more
    with asked_from(api, token=TOKEN) as client:
        assert client.get("/metrics").status_code == 401  # here, too


def test_a_token_that_is_easily_guessed_is_refused() -> None:
    with pytest.raises(SetupError, match=r"TILLSIGHT_METRICS_TOKEN: .*less than 16 characters"):
        load_settings(metrics_token="short")


def test_a_collector_has_an_address() -> None:
    with pytest.raises(SetupError, match=r"TILLSIGHT_TRACES_ENDPOINT.*is an address such as http"):
        load_settings(traces_endpoint="localhost:4318")


def test_sales_that_are_not_laid_out_are_lag(api: Api) -> None:
    api.shop.load_text(SALES)
    hour = datetime.now(UTC) - timedelta(hours=1)
    with api.shop.database.writing() as session:
        session.execute(update(JournalEntry).values(at=hour))
    behind = figures(api)
    assert behind["tillsight_warehouse_lag_entries"] == 1
    assert 3600 <= behind["tillsight_warehouse_lag_seconds"] < 4000
    api.shop.warehouse.catch_up(wait=60)
    current = figures(api)
    assert current["tillsight_journal_version"] == current["tillsight_warehouse_version"] == 1
    assert current["tillsight_warehouse_lag_entries"] == 0
    assert current["tillsight_warehouse_lag_seconds"] == 0
    assert current['tillsight_imports{state="done"}'] == 1
    assert current['tillsight_imports{state="failed"}'] == 0


def test_what_waits_is_told(api: Api) -> None:
    now = datetime.now(UTC)
    with api.shop.database.writing() as session:
        jobs.put(session, "mail.invite", {}, now - timedelta(minutes=10))
        jobs.put(session, "mail.invite", {}, now + timedelta(minutes=10))
    found = figures(api)
    assert found['tillsight_jobs_waiting{kind="mail.invite"}'] == 2
    assert 600 <= found["tillsight_jobs_late_seconds"] < 900
    assert found["tillsight_purchases_waiting"] == 3


def test_the_last_backup_is_told(api: Api) -> None:
    note = api.shop.settings.home / "last-backup.json"
    assert figures(api)["tillsight_backup_timestamp_seconds"] == 0
    at = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    told = {"at": str(at), "name": "one", "to": "elsewhere", "seconds": 2.5, "more": 1}
    note.write_text(json.dumps(told))
    assert figures(api)["tillsight_backup_timestamp_seconds"] == at.timestamp()
    note.write_text("{half")
    assert figures(api)["tillsight_backup_timestamp_seconds"] == 0


def test_a_database_that_is_away_is_told_with_all_else(api: Api) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    found = figures(api, gone)
    assert found["tillsight_database_up"] == 0
    assert found["tillsight_database_connections_most"] == 20
    assert found["tillsight_disk_free_bytes"] > 0
    assert "tillsight_journal_version" not in found


def test_labels_hold_nothing_that_people_send(api: Api) -> None:
    from tillsight.server.seen import Seen
    from tillsight.tracing import nothing_begun

    settings = api.shop.settings
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    seen = Seen(Doorkeeper(app, settings, api.shop.database), nothing_begun, lambda: False)
    before = prometheus.text({}).decode()
    with TestClient(seen, raise_server_exceptions=False) as client:
        for path in ("/Quill", "/api/Quill", "/static/Quill.js", "/_stcore/Quill", "/compat/Quill"):
            client.request("QUILL", path)
            client.get(path, headers=api.as_("viewer"))
        client.get("/api/customers/Quill", headers=api.as_("viewer"))
        client.get("/api/metrics/query?measures=Quill", headers=api.as_("viewer"))
    after = prometheus.text({}).decode()
    assert "quill" not in after.lower()
    new = set(re.findall(r'tillsight_requests_total{method="other",route="([^"]+)"', after))
    assert new >= {"/{page}", "/api/*", "/static/{file}", "/_stcore/{file}", "/compat/*"}
    assert before != after
