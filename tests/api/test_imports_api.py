"""Uploading over HTTP."""

import gzip

import pytest

from api_shop import SALES, Api
from shop import HEADER

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
