"""Mappings that people save: files with the same header are read by them from then on."""

import pytest

from api_shop import Api
from shop import HEADER, Shop
from tillsight.sales.choices import Mapping
from tillsight.sales.layouts import Field, FileKind

PROFILE = {
    "name": "Till of the market",
    "kind": "sales",
    "header": ["bon", "wann", "was", "euro"],
    "columns": {"bon": "order_id", "wann": "time", "was": "product_name", "euro": "amount"},
    "date_order": "day_first",
}
FILE = "Bon,WANN,was,Euro\n1,03/04/2024,Tea,2.50\n1,04/04/2024,Cup,3.00\n"


def save(api: Api, role: str = "editor", **changes):
    body = {**PROFILE, **changes}
    return api.client.post("/api/imports/profiles", json=body, headers=api.as_(role))


def test_a_file_with_a_saved_header_is_read_by_the_profile(api: Api) -> None:
    assert api.upload(FILE).status_code == 422
    saved = save(api)
    assert saved.status_code == 201
    assert saved.json() == {
        **PROFILE,
        "decimal": None,
        "id": 1,
        "created_at": saved.json()["created_at"],
        "created_by": "editor",
    }
    assert api.get("/api/imports/profiles", "editor")["profiles"] == [saved.json()]
    loaded = api.upload(FILE)
    assert (loaded.status_code, loaded.json()["layout"]) == (201, "Till of the market")
    assert api.upload(FILE).status_code == 200
    assert loaded.json()["period"] == {"first": "2024-04-03", "last": "2024-04-04"}


def test_a_profile_that_is_named_reads_files_of_another_header(api: Api) -> None:
    save(api)
    longer = "Nr,Bon,WANN,was,Euro\n9,1,03/04/2024,Tea,2.50\n"
    assert api.upload(longer).json()["code"] == "unknown_layout"
    told = api.client.post(
        "/api/imports/preview?profile=till%20OF%20the%20market",
        files={"file": ("a.csv", longer)},
        headers=api.as_("editor"),
    ).json()
    assert (told["profile"], told["missing"]) == (PROFILE["name"], [])
    assert told["first_rows"][0]["values"]["time"].startswith("2024-04-03")
    loaded = api.upload(longer, query="?profile=Till of the market")
    assert (loaded.status_code, loaded.json()["layout"]) == (201, PROFILE["name"])
    assert loaded.json()["revenue"] == 2.5


def test_a_profile_that_is_named_wins_over_the_one_of_the_header(api: Api) -> None:
    save(api)
    save(api, name="Monthly", date_order="month_first")
    [first, latest] = [
        api.upload(FILE, query=query).json() for query in ("?profile=Till of the market", "")
    ]
    assert (first["layout"], first["period"]["first"]) == (PROFILE["name"], "2024-04-03")
    assert (latest["layout"], latest["period"]["first"]) == ("Monthly", "2024-03-04")


@pytest.mark.parametrize("path", ["/api/imports", "/api/imports/preview"])
def test_a_profile_that_is_not_there_is_refused_and_nothing_is_kept(api: Api, path: str) -> None:
    def ask(name: str) -> tuple[int, str]:
        answer = api.client.post(
            path, params={"profile": name}, files={"file": ("a.csv", FILE)}, headers=headers
        )
        return answer.status_code, answer.json()["detail"]

    headers = api.as_("editor")
    assert ask("Till") == (422, "There is no profile “Till”: none is saved yet.")
    save(api)
    meant = "There is no profile “Till of a market”. Did you mean “Till of the market”?"
    assert ask("Till of a market") == (422, meant)
    assert api.get("/api/imports")["imports"] == []


def test_a_mapping_and_a_profile_are_too_much(api: Api) -> None:
    save(api)
    mapping = '{"kind": "sales", "columns": {"Wann": "time", "Euro": "amount"}}'
    answer = api.client.post(
        "/api/imports?profile=Till of the market",
        files={"file": ("a.csv", FILE)},
        data={"mapping": mapping},
        headers=api.as_("editor"),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "not both" in answer.json()["detail"]


def test_a_profile_is_deleted_and_what_it_loaded_stays(api: Api) -> None:
    save(api)
    api.upload(FILE)
    path = "/api/imports/profiles/1"
    assert api.client.delete(path, headers=api.as_("editor")).status_code == 200
    assert api.client.delete(path, headers=api.as_("editor")).status_code == 404
    assert api.get("/api/imports/profiles", "editor") == {"profiles": []}
    assert len(api.get("/api/imports")["imports"]) == 1
    assert api.upload(FILE.replace("Tea", "Pot")).status_code == 422


def test_names_are_unique_in_any_case(api: Api) -> None:
    assert save(api).status_code == 201
    again = save(api, name="  till OF the  Market ", header=["bon", "wann", "was", "euro", "x"])
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_a_saved_header_wins_over_a_layout_and_the_latest_over_others(api: Api) -> None:
    header = HEADER.strip().split(",")
    columns = {"InvoiceDate": "time", "UnitPrice": "amount"}
    for name, more in (("Ours", {}), ("Better", {"Country": "country"})):
        made = save(api, name=name, header=header, columns={**columns, **more}, date_order=None)
        assert made.status_code == 201
    text = f"{HEADER}1,p,Pen,2,2024-05-07,10,,Peru\n"
    assert api.upload(text).json()["layout"] == "Better"
    [country] = api.get("/api/metrics/query", measures="revenue", by="country")["rows"]
    assert (country["country"], country["revenue"]) == ("Peru", 10.0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, None),
        ({"name": " "}, "invalid_input"),
        ({"name": "a\u202eb"}, "invalid_input"),
        ({"name": "x" * 51}, None),
        ({"name": "Online-Retail"}, "invalid_input"),
        ({"kind": "weather"}, None),
        ({"columns": {}}, None),
        ({"columns": {"bon": "order_id"}}, "missing_fields"),
        ({"columns": {"wann": "time", "other": "amount"}}, "invalid_input"),
        ({"columns": {"wann": "time", "euro": "time"}}, "invalid_input"),
        ({"columns": {"wann": "weather"}}, None),
        ({"date_order": "sideways"}, None),
        ({"decimal": "dot"}, None),
        ({"header": []}, None),
        ({"surprise": 1}, None),
    ],
)
def test_profiles_that_cannot_be(api: Api, changes: dict, code: str | None) -> None:
    refused = save(api, **changes)
    assert (refused.status_code, refused.json().get("code")) == (422, code)
    assert api.get("/api/imports/profiles", "editor") == {"profiles": []}


@pytest.mark.parametrize("role", [None, "viewer", "editor", "manager", "admin"])
def test_who_may(api: Api, role: str | None) -> None:
    headers = api.as_(role) if role else {}
    wanted = {None: 401, "viewer": 403}.get(role, 200)
    listed = api.client.get("/api/imports/profiles", headers=headers)
    made = api.client.post("/api/imports/profiles", json=PROFILE, headers=headers)
    gone = api.client.delete("/api/imports/profiles/1", headers=headers)
    codes = [listed.status_code, made.status_code, gone.status_code]
    assert codes == ([200, 201, 200] if wanted == 200 else [wanted] * 3)


@pytest.mark.parametrize("number", ["0", "x", "9" * 30])
def test_numbers_that_are_none(api: Api, number: str) -> None:
    answer = api.client.delete(f"/api/imports/profiles/{number}", headers=api.as_("editor"))
    assert answer.status_code == 422


def test_the_same_bytes_read_otherwise_are_other_sales(shop: Shop) -> None:
    text = "a,b,c\n2024-05-07,10.5,2\n"
    as_b, as_c = (
        Mapping(FileKind.sales, {"a": Field.time, column: Field.amount}) for column in "bc"
    )
    assert shop.load_text(text, mapping=as_b).added
    assert not shop.load_text(text, mapping=as_b).added
    assert shop.load_text(text, mapping=as_c).added
    assert shop.ask("revenue").totals == {"revenue": 12.5}
