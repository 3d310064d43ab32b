"""Uploading over HTTP."""

import gzip
import json
import os
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from api_shop import SALES, Api
from shop import HEADER
from tillsight.api import received
from tillsight.sales import uploads

GOOD = f"{HEADER}1,p,Pen,2,2024-05-07,10,,\n"
MIXED = f"{GOOD}2,p,Pen,two,2024-05-07,10,,\n"


def test_an_upload_is_answered_once_it_can_be_asked(api: Api) -> None:
    answer = api.upload(GOOD, name="May.csv")
    assert answer.status_code == 201
    body = answer.json()
    assert {key: body[key] for key in ("id", "state", "file", "kind", "rows", "added")} == {
        "id": 1,
        "state": "done",
        "file": "May.csv",
        "kind": "sales",
        "rows": 1,
        "added": True,
    }
    assert (body["period"], body["revenue"]) == (
        {"first": "2024-05-07", "last": "2024-05-07"},
        20.0,
    )
    assert api.get("/api/analytics/kpis")["kpis"]["revenue"] == 20.0


def test_the_same_content_again_is_200_and_adds_nothing(api: Api) -> None:
    first = api.upload(GOOD).json()
    again = api.upload(gzip.compress(GOOD.encode()), name="again.csv.gz")
    assert again.status_code == 200
    assert (again.json()["id"], again.json()["added"]) == (first["id"], False)
    assert api.get("/api/analytics/kpis")["kpis"]["transactions"] == 1


def test_bad_rows_are_refused_with_the_first_problems(api: Api) -> None:
    answer = api.upload(MIXED)
    assert answer.status_code == 422
    body = answer.json()
    assert (body["code"], body["rows"], body["bad_rows"]) == ("bad_rows", 2, 1)
    assert body["problems"] == [
        {"line": 3, "column": "Quantity", "value": "two", "reason": "is not a number"}
    ]
    [tried] = api.get("/api/imports", role="editor")["imports"]
    assert (tried["state"], tried["error"]["code"]) == ("failed", "bad_rows")


def test_bad_rows_can_be_skipped_and_taken_home(api: Api) -> None:
    loaded = api.upload(MIXED, query="?skip_bad_rows=true").json()
    assert (loaded["rows"], loaded["rejected_rows"]) == (1, 1)
    rejects = api.client.get(loaded["rejects"], headers=api.as_("editor"))
    assert rejects.headers["content-type"].startswith("text/csv")
    assert rejects.text.splitlines()[1].endswith("Quantity: is not a number")


def test_the_history_is_paged(api: Api) -> None:
    for number in range(3):
        api.upload(GOOD.replace("1,p", f"{number},p", 1))
    page = api.get("/api/imports", limit=2)
    assert [one["id"] for one in page["imports"]] == [3, 2]
    assert page["next"] == 2
    assert [one["id"] for one in api.get("/api/imports", before=page["next"])["imports"]] == [1]
    assert api.get("/api/imports/2")["id"] == 2


def test_only_editors_load(api: Api) -> None:
    answer = api.upload(SALES, role="viewer")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs the role editor; yours is viewer. Ask an admin."
    assert api.upload(SALES, role="manager").status_code == 201


def test_who_may_not_load_is_refused_before_the_file_is_read(api: Api) -> None:
    """The body is broken: were it read first, the answer would be 400 or 422."""
    broken = {"content-type": "multipart/form-data; boundary=x"}
    for headers, status in (({}, 401), (api.as_("viewer"), 403)):
        answer = api.client.post("/api/imports", content=b"garbage", headers=headers | broken)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "No known layout"),
        ("InvoiceNo,StockCode,Quantity,InvoiceDate\n1,2,3,4\n", "Missing column: UnitPrice"),
        (b"\x00\x01\x02", "not a text file"),
        (f'{HEADER}1,p,"never closed,1,2024-01-01,1,,\n', "quote"),
    ],
)
def test_useless_files_are_refused_in_words(api: Api, text: str | bytes, words: str) -> None:
    answer = api.upload(text)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert str(api.shop.settings.home) not in answer.text
    assert "DuckDB" not in answer.text


@pytest.mark.parametrize(
    "request_of",
    [
        {"content": b"x", "headers": {"content-type": "text/csv"}},
        {"files": {"other": ("a.csv", GOOD)}},
        {"data": {"file": "not a file"}, "files": {"x": ("", "")}},
        {
            "content": b"--x\r\ngarbage",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
    ],
)
def test_malformed_uploads_are_4xx(api: Api, request_of: dict) -> None:
    headers = api.as_("editor") | request_of.pop("headers", {})
    answer = api.client.post("/api/imports", headers=headers, **request_of)
    assert 400 <= answer.status_code < 500
    assert isinstance(answer.json()["detail"], str)


def test_what_does_not_exist(api: Api) -> None:
    loaded = api.upload(GOOD).json()
    assert loaded["rejects"] is None
    for path in ("/api/imports/99", "/api/imports/99/rejects", "/api/imports/1/rejects"):
        assert api.client.get(path, headers=api.as_("editor")).status_code == 404
    assert api.client.get("/api/imports/x", headers=api.as_("editor")).status_code == 422


def started(api: Api, text: str | bytes, query: str = "", name: str = "a.csv") -> Any:
    """The import of a file that nobody waited for, once it has ended."""
    answer = api.upload(text, query=f"?wait=false{query}", name=name)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/imports/{answer.json()['id']}"
    return ended(api, answer.json()["id"])


def ended(api: Api, import_id: int) -> Any:
    deadline = time.monotonic() + 60
    while True:
        one = api.get(f"/api/imports/{import_id}", role="editor")
        if one["state"] not in {"waiting", "running"}:
            return one
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answer(api: Api, token: str, role: str = "editor", **choices: str) -> Any:
    """Load the file that was kept under a token."""
    query = urlencode({"upload": token, **choices})
    return api.client.post(f"/api/imports?{query}", headers=api.as_(role))


def incoming(api: Api) -> list[str]:
    return [path.name for path in api.shop.folders.incoming.iterdir()]


def test_nobody_has_to_wait(api: Api) -> None:
    one = started(api, GOOD)
    assert (one["state"], one["rows"], one["step"], one["revenue"]) == ("done", 1, None, 20.0)
    assert one["finished_at"] >= one["created_at"]
    again = started(api, GOOD, name="again.csv")
    assert (again["state"], again["same_as"], again["rows"]) == ("known", one["id"], 0)
    bad = started(api, MIXED)
    assert (bad["state"], bad["error"]["status"]) == ("failed", 422)
    assert bad["error"]["code"] == "bad_rows"
    useless = started(api, b"\x00\x01")
    assert (useless["state"], useless["error"]["code"]) == ("failed", "invalid_input")
    listed = api.get("/api/imports")["imports"]
    assert [entry["state"] for entry in listed] == ["failed", "failed", "known", "done"]
    assert api.get("/api/analytics/kpis")["kpis"]["transactions"] == 1
    assert incoming(api) == [bad["error"]["details"]["upload"]]


def test_the_list_is_of_some_states_and_of_a_kind(api: Api) -> None:
    api.upload(GOOD)
    api.upload(MIXED)
    api.upload("customer_id,gender,age\nc1,f,34\n")
    api.client.delete("/api/imports/1", headers=api.as_("editor"))

    def ids(**which: str | list[str]) -> list[int]:
        return [one["id"] for one in api.get("/api/imports", **which)["imports"]]

    assert ids() == [3, 2, 1]
    assert (ids(state="undone"), ids(state="done"), ids(state="failed")) == ([1], [3], [2])
    assert ids(state=["done", "failed"]) == [3, 2]
    assert ids(kind="customers") == [3]
    assert ids(kind="sales", state="done") == []


def test_a_question_is_answered_without_sending_the_file_again(api: Api) -> None:
    asked = api.upload(MIXED, name="mixed.csv").json()
    loaded = answer(api, asked["upload"], skip_bad_rows="true")
    assert loaded.status_code == 201
    body = loaded.json()
    assert (body["id"], body["file"], body["rows"]) == (asked["import_id"], "mixed.csv", 1)
    assert [one["state"] for one in api.get("/api/imports")["imports"]] == ["done"]
    assert answer(api, asked["upload"]).status_code == 404
    assert incoming(api) == []


def test_a_kept_file_is_only_its_senders(api: Api) -> None:
    token = api.upload(MIXED).json()["upload"]
    for role in ("admin", "manager"):
        assert answer(api, token, role, skip_bad_rows="true").status_code == 404
        assert api.get("/api/imports/1", role=role)["error"]["details"] == {}
    assert api.get("/api/imports/1", role="viewer")["error"]["message"] is None
    assert answer(api, token, skip_bad_rows="true").status_code == 201


@pytest.mark.parametrize("token", ["x", "..", "0" * 32, "../../tillsight.db", ""])
def test_tokens_are_never_paths(api: Api, token: str) -> None:
    api.as_("editor")
    assert answer(api, token).status_code == 404


def test_overlap_is_a_question(api: Api) -> None:
    assert api.upload(SALES).status_code == 201
    more = SALES + "9,p1,Pen,1,2024-03-01 09:00:00,10,c2,EIRE\n"
    asked = api.upload(more)
    assert (asked.status_code, asked.json()["code"]) == (409, "overlap")
    loaded = answer(api, asked.json()["upload"], overlap="skip")
    assert loaded.status_code == 201
    body = loaded.json()
    assert (body["id"], body["rows"], body["skipped_rows"], body["overlap"]) == (2, 1, 5, "skip")


def test_a_file_that_was_kept_for_its_time_is_removed(api: Api) -> None:
    kept, other = (api.upload(text).json()["upload"] for text in (MIXED, MIXED + "3,p,Pen,x,,,,\n"))
    long_ago = time.time() - uploads.KEPT_SECONDS - 60
    for path in (api.shop.folders.incoming / kept, *(api.shop.folders.incoming / kept).iterdir()):
        os.utime(path, (long_ago, long_ago))
    assert uploads.remove_old(api.shop.folders.incoming, set()) == 1
    assert incoming(api) == [other]
    assert answer(api, kept, skip_bad_rows="true").status_code == 404


@pytest.mark.parametrize("end", [b"", b"\r\n--x--", b"\r\n--x"])
def test_an_upload_that_is_cut_off_leaves_nothing(api: Api, end: bytes) -> None:
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = start + GOOD.encode() + end
    kind = api.as_("editor") | {"content-type": "multipart/form-data; boundary=x"}
    sent = api.client.post("/api/imports", content=body, headers=kind)
    assert (sent.status_code == 201) == (end == b"\r\n--x--")
    if sent.status_code != 201:
        assert (sent.status_code, sent.json()["detail"]) == (422, received.CUT_OFF)
        assert api.get("/api/imports")["imports"] == []
    assert incoming(api) == []


def test_a_large_file_arrives_byte_for_byte(api: Api) -> None:
    """Larger than what is written at once, with text that looks like the form's own."""
    lines = "".join(f"{n},p,--x\r--x--,1,2024-05-07,1.5,,\n" for n in range(60_000))
    quoted = lines.replace("--x\r--x--", '"--x\r\n--x-"')
    one = api.upload(HEADER + quoted).json()
    assert (one["rows"], one["revenue"]) == (60_000, 90_000.0)


def test_what_is_loaded_already_cannot_be_cancelled(api: Api) -> None:
    api.upload(GOOD)
    api.upload(MIXED)
    for number, words in ((1, "Undo it instead"), (2, "not under way")):
        path = f"/api/imports/{number}/cancel"
        refused = api.client.post(path, headers=api.as_("editor"))
        assert (refused.status_code, words in refused.json()["detail"]) == (409, True)
        assert api.client.post(path, headers=api.as_("manager")).status_code == 403


def test_what_was_not_loaded_cannot_be_undone(api: Api) -> None:
    api.upload(MIXED)
    for refused in (
        api.client.delete("/api/imports/1", headers=api.as_("editor")),
        api.client.post("/api/imports/1/redo", headers=api.as_("editor")),
    ):
        assert (refused.status_code, "was not loaded" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    "mapping", ["", "[]", "{}", '{"kind": "x", "columns": {}}', '{"kind": "sales", "columns": 1}']
)
def test_a_mapping_that_is_none_is_refused_in_words(api: Api, mapping: str) -> None:
    refused = api.client.post(
        "/api/imports",
        data={"mapping": mapping},
        files={"file": ("a.csv", GOOD)},
        headers=api.as_("editor"),
    )
    assert (refused.status_code, "mapping" in refused.json()["detail"]) == (422, True)
    assert incoming(api) == []


TILL = "Bon,Tag,Ware,Anzahl,Summe\n1,2024-05-01,Brot,1,3.20\n2,2024-05-02,Kaffee,2,4.10\n"
AS_SALES = {"Bon": "order_id", "Tag": "time", "Ware": "product_id", "Summe": "amount"}


def preview(api: Api, query: str = "", **parts: Any) -> Any:
    return api.client.post(f"/api/imports/preview{query}", headers=api.as_("editor"), **parts)


def test_a_file_nobody_knows_is_looked_at_mapped_and_loaded(api: Api) -> None:
    asked = api.upload(TILL, name="till.csv")
    assert (asked.status_code, asked.json()["code"]) == (422, "unknown_layout")
    token = asked.json()["upload"]
    seen = preview(api, f"?upload={token}").json()
    assert [one["name"] for one in seen["columns"]] == ["Bon", "Tag", "Ware", "Anzahl", "Summe"]
    assert (seen["upload"], seen["layout"], seen["rows"]) == (token, None, 2)
    mapping = {"mapping": json.dumps({"kind": "sales", "columns": AS_SALES})}
    seen = preview(api, f"?upload={token}", files={"mapping": (None, mapping["mapping"])}).json()
    assert (seen["missing"], seen["ambiguous"]) == ([], [])
    first, *_ = seen["first_rows"]
    assert (float(first["values"]["amount"]), first["problem"]) == (3.2, None)
    loaded = api.client.post(
        f"/api/imports?upload={token}",
        files={"mapping": (None, mapping["mapping"])},
        headers=api.as_("editor"),
    )
    assert loaded.status_code == 201, loaded.text
    assert (loaded.json()["id"], loaded.json()["revenue"]) == (1, 7.3)
    assert incoming(api) == []


def test_a_preview_loads_nothing_and_is_its_senders(api: Api) -> None:
    seen = preview(api, files={"file": ("a.csv", GOOD)})
    assert seen.status_code == 200
    token = seen.json()["upload"]
    assert (seen.json()["kind"], seen.json()["layout"]) == ("sales", "online-retail")
    assert api.get("/api/imports")["imports"] == []
    assert answer(api, token, "admin").status_code == 404
    assert answer(api, token).status_code == 201
    assert preview(api, f"?upload={token}").status_code == 404


def test_a_preview_that_is_refused_keeps_only_what_was_kept_before(api: Api) -> None:
    assert preview(api, files={"file": ("a.csv", b"\x00\x01")}).status_code == 422
    assert incoming(api) == []
    token = api.upload(TILL).json()["upload"]
    wrong = json.dumps({"kind": "sales", "columns": {"No such column": "amount"}})
    refused = preview(api, f"?upload={token}", files={"mapping": (None, wrong)})
    assert refused.status_code == 422
    assert incoming(api) == [token]


def test_dates_that_could_be_either_are_a_question(api: Api) -> None:
    asked = api.upload(f"{HEADER}1,p,Pen,2,03/04/2024,10,,\n").json()
    assert (asked["code"], asked["column"]) == ("ambiguous_dates", "InvoiceDate")
    assert {one["choice"] for one in asked["readings"]} == {"day_first", "month_first"}
    loaded = answer(api, asked["upload"], date_order="day_first").json()
    assert loaded["period"]["first"] == "2024-04-03"
