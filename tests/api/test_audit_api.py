"""The audit log: what is remembered, who reads it, and that nothing secret is in it."""

import csv
import io

import pytest
from sqlalchemy import select

from api_shop import PASSWORD, SALES, Api
from serving import tillsight
from tillsight import database
from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import AuditEntry


def log(api: Api, **parameters) -> list[dict]:
    return api.get("/api/audit", "admin", **parameters)["entries"]


def told(api: Api, **parameters) -> list[tuple[str, str, str]]:
    """Action, actor and subject, oldest first."""
    found = log(api, **parameters)
    return [(one["action"], one["actor"], one["subject"]) for one in reversed(found)]


def test_imports_undo_redo_and_exports_are_remembered(api: Api) -> None:
    assert api.upload(SALES).status_code == 201
    for method, path in (
        ("DELETE", "/api/imports/1"),
        ("POST", "/api/imports/1/redo"),
        ("GET", "/api/metrics/query?measures=revenue&by=country&format=csv"),
        ("GET", "/api/metrics/query?measures=revenue&by=country"),
    ):
        assert api.client.request(method, path, headers=api.as_("editor")).status_code == 200
    who = "editor@example.com"
    assert told(api, text="editor") == [
        ("sign_in", who, ""),
        ("import", who, "import 1"),
        ("undo", who, "import 1"),
        ("redo", who, "import 1"),
        ("export", who, "sales"),
    ]
    entry = log(api, action="import")[0]
    assert entry["details"] == {"file": "a.csv", "version": 1}
    assert entry["address"] == "testclient"
    asked = log(api, action="export")[0]["details"]["asked"]
    assert asked == "measures=revenue&by=country&format=csv"


def test_an_upload_of_known_content_and_a_refused_undo_are_not_remembered(api: Api) -> None:
    api.upload(SALES)
    api.upload(SALES)
    assert api.client.delete("/api/imports/9", headers=api.as_("editor")).status_code == 404
    assert [one[0] for one in told(api, text="import")] == ["import"]


def test_a_failed_sign_in_is_remembered_though_all_else_is_rolled_back(api: Api) -> None:
    api.as_("viewer")
    answer = api.client.post(
        "/api/auth/login",
        json={"email": "VIEWER@example.com", "password": "wrong password"},
        headers={"X-Forwarded-For": "203.0.113.9"},
    )
    assert answer.status_code == 401
    assert api.client.post("/signin", data={"login": "viewer", "password": "x"}).status_code == 401
    found = log(api, action="sign_in_failed")
    assert [(one["actor"], one["subject"]) for one in found] == [
        ("stranger", "viewer@example.com")
    ] * 2
    assert found[1]["request_id"] == answer.headers["x-request-id"]
    assert {one["address"] for one in found} == {"testclient"}


def test_a_password_typed_as_a_login_is_not_kept(api: Api) -> None:
    for login, password in (("hunter2 hunter2", "x"), ("nobody@example.com", "secret words")):
        api.client.post("/api/auth/login", json={"email": login, "password": password})
    assert [one["subject"] for one in log(api, action="sign_in_failed")] == ["unknown account"] * 2
    with api.shop.database.reading() as session:
        rows = [vars(one) for one in session.scalars(select(AuditEntry))]
    for secret in ("hunter2", "secret words", "nobody@", PASSWORD):
        assert secret not in str(rows)


def test_values_of_secret_fields_are_left_out(api: Api) -> None:
    with api.shop.database.writing() as session:
        details = {"new_password": "abc", "refresh_token": "def", "role": "admin"}
        record(session, Action.role_changed, None, "x", details)
    [entry] = log(api, action="role_changed")
    assert entry["details"] == {"new_password": "…", "refresh_token": "…", "role": "admin"}
    assert entry["actor"] == "terminal"


def test_circles_are_remembered_with_their_change(api: Api) -> None:
    headers = api.as_("manager")
    viewer = api.get("/api/users/me", "viewer")["id"]
    api.client.post("/api/circles", json={"name": "Sales"}, headers=headers)
    api.client.post("/api/circles", json={"name": "sales"}, headers=headers)
    for method, path, body in (
        ("PATCH", "/api/circles/1", {"name": "Store", "archived": True}),
        ("PATCH", "/api/circles/1", {"name": "Store", "archived": True}),
        ("PATCH", "/api/circles/1", {"archived": False}),
        ("PUT", f"/api/circles/1/members/{viewer}", None),
        ("PUT", f"/api/circles/1/members/{viewer}", None),
        ("DELETE", f"/api/circles/1/members/{viewer}", None),
    ):
        assert api.client.request(method, path, json=body, headers=headers).status_code == 200
    manager = api.get("/api/users/me", "manager")["id"]
    assert [(action, subject) for action, _, subject in told(api, user=manager)[1:]] == [
        ("circle_created", "circle 1: Sales"),
        ("circle_renamed", "circle 1: Store"),
        ("circle_archived", "circle 1: Store"),
        ("circle_restored", "circle 1: Store"),
        ("member_added", "circle 1: Store"),
        ("member_removed", "circle 1: Store"),
    ]
    assert log(api, action="circle_renamed")[0]["details"] == {"before": "Sales"}
    assert log(api, action="member_added")[0]["details"]["member"] == "viewer@example.com"


def test_sign_out_is_remembered(api: Api) -> None:
    api.client.post("/api/auth/logout", headers=api.as_("viewer"))
    assert told(api, action="signed_out") == [("signed_out", "viewer@example.com", "")]


def fill(api: Api, count: int) -> None:
    with api.shop.database.writing() as session:
        for number in range(count):
            record(session, Action.key_used, None, f"key {number}")


def test_pages_go_on_where_the_last_ended(api: Api) -> None:
    fill(api, 25)
    seen, before = [], None
    while True:
        more = {"before": before} if before else {}
        page = api.get("/api/audit", "admin", action="key_used", limit=10, **more)
        seen += [one["subject"] for one in page["entries"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [f"key {number}" for number in reversed(range(25))]


def test_days_are_the_shops_own(api: Api) -> None:
    from datetime import UTC, datetime

    with api.shop.database.writing() as session:
        for hour in (21, 23):
            record(session, Action.key_used, None, f"at {hour}")
        session.flush()
        for entry, hour in zip(session.scalars(select(AuditEntry)), (21, 23), strict=True):
            entry.at = datetime(2024, 6, 1, hour, tzinfo=UTC)
    api.shop.settings.timezone = "Europe/Zurich"  # two hours ahead in June
    assert told(api, **{"from": "2024-06-02", "to": "2024-06-03"}) == [
        ("key_used", "terminal", "at 23")
    ]
    assert told(api, to="2024-06-02") == [("key_used", "terminal", "at 21")]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'; DROP TABLE audit_log; --"])
def test_signs_of_patterns_are_only_signs(api: Api, text: str) -> None:
    fill(api, 2)
    assert log(api, text=text, action="key_used") == []
    assert len(log(api, text="KEY", action="key_used")) == 2


def test_the_download_is_whole_and_safe(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PART", 7)
    fill(api, 20)
    with api.shop.database.writing() as session:
        record(session, Action.key_used, None, '=HYPERLINK("http://evil.example")')
    answer = api.client.get(
        "/api/audit?format=csv&action=key_used&limit=1", headers=api.as_("admin")
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "audit.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 21
    assert rows[0]["subject"] == '\'=HYPERLINK("http://evil.example")'
    assert rows[0]["details"] == "{}"
    assert rows[0]["at"].endswith("+00:00")
    assert told(api, action="export") == [("export", "admin@example.com", "audit log")]


@pytest.mark.parametrize(
    "query", ["action=nothing", "from=0", "to=2024-13-01", "limit=0", "before=x", "user=-1"]
)
def test_malformed_questions_are_422(api: Api, query: str) -> None:
    answer = api.client.get(f"/api/audit?{query}", headers=api.as_("admin"))
    assert answer.status_code == 422


def test_the_log_is_for_admins_and_only_grows(api: Api) -> None:
    for role in ("viewer", "editor", "manager"):
        assert api.client.get("/api/audit", headers=api.as_(role)).status_code == 403
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = api.client.request(method, "/api/audit", headers=api.as_("admin"))
        assert answer.status_code == 405


def test_the_terminal_is_remembered_too(api: Api) -> None:
    home = api.shop.settings.home
    added = tillsight(home, "user", "add", "new@example.com", said=f"{PASSWORD}\n")
    assert added.returncode == 0, added.stderr
    assert told(api, action="user_added") == [("user_added", "terminal", "new@example.com")]
