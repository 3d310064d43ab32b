"""What lines of the log look like, and what is struck out of them."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from api_shop import Api
from tillsight.api.app import create_api
from tillsight.logs import LogFile, configure_logging, log, told, without_secrets
from tillsight.server import Doorkeeper
from tillsight.server.seen import Seen
from tillsight.settings import LogFormat, LogLevel
from tillsight.tracing import nothing_begun


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "shop.log"
    configure_logging(LogLevel.error)  # as the other tests have it


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_is_an_object_and_libraries_are_written_alike(path: Path) -> None:
    configure_logging(LogLevel.info, LogFormat.json, LogFile(path, 10_000, 1))
    with structlog.contextvars.bound_contextvars(request_id="abc", user_id=7):
        log.info("something happened", kind="day\nnight")
        logging.getLogger("some.library").warning("lost %s", "a thing")
    log.debug("not said")
    logging.getLogger("some.library").info("nor this")
    ours, theirs = written(path)
    assert list(ours)[:3] == ["timestamp", "level", "event"]
    assert (
        ours.items()
        >= {
            "level": "info",
            "event": "something happened",
            "kind": "day\nnight",
            "request_id": "abc",
            "user_id": 7,
        }.items()
    )
    assert (
        theirs.items()
        >= {
            "level": "warning",
            "event": "lost a thing",
            "logger": "some.library",
            "request_id": "abc",
        }.items()
    )


def test_a_line_for_people_stays_one_line(path: Path) -> None:
    configure_logging(LogLevel.info, LogFormat.human, LogFile(path, 10_000, 1))
    log.info("something happened", kind="day\n2026-01-01 error forged", route="/api/kpis")
    logging.getLogger("some.library").warning("lost\n2026-01-01 error \x1b[2Jforged")
    line, theirs = path.read_text().splitlines()
    assert r"lost\x0a2026-01-01 error \x1b[2Jforged" in theirs
    assert "something happened" in line
    assert "route=/api/kpis" in line


def test_exceptions_tell_where_and_not_what_was_worked_on(path: Path) -> None:
    configure_logging(LogLevel.info, LogFormat.json, LogFile(path, 100_000, 1))
    name = f"Zacharias{7}"  # the line of code that fails is told, too
    for say in (log.error, logging.getLogger("library").error):
        try:
            try:
                int(name)
            except ValueError as error:
                raise KeyError(name) from error
        except KeyError as error:
            say("broke", exc_info=error)
    assert name not in path.read_text()
    for one in written(path):
        assert "builtins.ValueError\n" in one["exception"]
        assert one["exception"].endswith("builtins.KeyError")
        assert f'File "{__file__}"' in one["exception"]


def test_an_unexpected_error_is_one_line_with_its_request(
    path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = api.as_("viewer")
    configure_logging(LogLevel.info, LogFormat.json, LogFile(path, 100_000, 1))

    def fail(_self: Session) -> None:
        raise OSError("Zacharias")

    monkeypatch.setattr(Session, "commit", fail)
    settings = api.shop.settings
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    door = Doorkeeper(app, settings, api.shop.database)
    with TestClient(
        Seen(door, nothing_begun, lambda: False)
    ) as client:  # which raises what comes out of it
        answer = client.post("/api/auth/logout", headers=headers)
    assert answer.status_code == 500
    [error] = [one for one in written(path) if one["level"] == "error"]
    [request] = [one for one in written(path) if one["event"] == "request"]
    of_both = {"request_id": answer.json()["request_id"], "user_id": 1, "route": "/api/auth/logout"}
    assert error.items() >= {**of_both, "event": "unexpected error"}.items()
    assert request.items() >= {**of_both, "level": "warning", "status": 500}.items()
    assert error["exception"].endswith("builtins.OSError")


def test_exceptions_that_name_code_are_told_with_their_text() -> None:
    assert told(AttributeError("'int' has no x")) == "builtins.AttributeError: 'int' has no x"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail to ada.king@example.com failed", "mail to … failed"),
        (
            "postgresql://shop:hunter2@db/shop and amqp://x:y@z",
            "postgresql://…@db/shop and amqp://…@z",
        ),
        ("GET /reset?token=abc&x=1", "GET /reset?token=…&x=1"),
        (
            "GET /signin/oidc/callback?code=abc.d&state=s",
            "GET /signin/oidc/callback?code=…&state=…",
        ),
        ("{'new_password': 'hunter2', 'a': 1}", "{'new_password': …', 'a': 1}"),
        ("Authorization: Bearer abc.def", "Authorization: …"),
        ("tsk_0123456789abcdefghij is a key", "… is a key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc is a token", "… is a token"),
        ("status code: 500, a=b", "status code: 500, a=b"),
    ],
)
def test_secrets_are_struck_out(text: str, left: str) -> None:
    assert without_secrets(text) == left
