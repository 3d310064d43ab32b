"""Figures of sales are asked for once for each version of the data."""

import json
import threading
from collections.abc import Iterator
from contextvars import copy_context
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import streamlit as st

from tillsight.dashboard import client

QUERY = "/api/metrics/query"


class Api(BaseHTTPRequestHandler):
    """Tells how many questions there were, as of a version of the data."""

    version = 1
    asked = 0

    def do_GET(self) -> None:
        """Answer anything."""
        Api.asked += 1
        answer = {"data_version": Api.version, "totals": {"asked": Api.asked}, "path": self.path}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Api]]:
    Api.version, Api.asked = 1, 0
    monkeypatch.setattr(type(st.context), "cookies", {"session": "of a person"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop = client.Shop("Shop", "EUR", "UTC", Path("logo.svg"))
    client.connect(f"http://127.0.0.1:{server.server_port}", "session", "seen", shop)
    yield Api
    server.shutdown()
    server.server_close()


def asked(version: int | None, measure: str = "revenue") -> int:
    """Which question it was to the API that a run of a page had its answer from."""

    def run() -> int:
        client.show_version(version)
        answer = client.of_sales(QUERY, {"measures": measure})
        found: int = answer["totals"].pop("asked")  # whoever asked may change it
        return found

    return copy_context().run(run)


def test_a_question_is_asked_once_a_version(api: type[Api]) -> None:
    assert [asked(1), asked(1), asked(1, "orders"), asked(1)] == [1, 1, 2, 1]
    api.version = 2
    assert [asked(2), asked(2), asked(1)] == [3, 3, 1]


def test_an_answer_of_later_data_is_kept_as_theirs(api: type[Api]) -> None:
    api.version = 2  # loaded after the page had asked for the version
    assert [asked(1), asked(2), asked(1)] == [1, 1, 2]


def test_outside_the_run_of_a_page_the_api_is_asked_each_time() -> None:
    assert [asked(None), asked(None), asked(1), asked(None)] == [1, 2, 3, 4]


def test_those_not_used_for_longest_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_SALES", 2)
    assert [asked(1, name) for name in ("a", "b", "a", "c", "a", "b")] == [1, 2, 1, 3, 1, 4]


def test_large_answers_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST", 10)
    assert [asked(1), asked(1)] == [1, 2]
