"""Files of KPI values through the ordinary import, over HTTP."""

import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from api_shop import Api
from serving import tillsight
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin
from tillsight.errors import Conflict, InvalidInput
from tillsight.kpis.spans import today_in
from tillsight.kpis.value_files import kpi_room
from tillsight.sales.choices import Choices, Locale
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.kpi_files import Loader, Placed, Unplaced, ValueRow
from tillsight.sales.loading import Loading
from tillsight.sales.models import ImportState
from tillsight.sales.states import Order, begin, unfinished
from tillsight.sales.undo import redo, undo

TODAY = today_in("UTC")
LAST = TODAY.year - 1
HEADER = "kpi,period,value,comment\n"
FILE = (
    HEADER + f"Turnover,{LAST}-01,1200.50,\nTurnover,{LAST}-02,1300,as told\nShare,{LAST}-Q1,42,\n"
)


class Kpis:
    """KPIs of a circle that the manager made and the editor belongs to."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.ask("POST", "/api/circles", "manager", json={"name": "Sales"})
        me = self.ask("GET", "/api/users/me", "editor")
        self.ask("PUT", f"/api/circles/1/members/{me['id']}", "manager")
        self.define("Turnover", "monthly", "chf")
        self.define("Share", "quarterly", "percentage")

    def define(self, name: str, periodicity: str, unit: str, **more: Any) -> int:
        body = {"name": name, "circle_id": 1, "periodicity": periodicity, "unit": unit}
        made = self.ask("POST", "/api/kpis", "manager", json={**body, "target_value": 100, **more})
        return made["id"]

    def ask(self, method: str, path: str, role: str = "editor", **more: Any) -> Any:
        """The JSON of an answer that has to be a success."""
        answer = self.api.client.request(method, path, headers=self.api.as_(role), **more)
        assert answer.is_success, answer.text
        return answer.json()

    def load(self, text: str | bytes, role: str = "editor", query: str = "", name: str = "v.csv"):
        return self.api.upload(text, role, query, name)

    def values(self) -> dict[tuple[str, str], float]:
        """All values by KPI and period."""
        found = self.ask("GET", "/api/kpi-values?limit=500")["values"]
        return {(one["kpi"], one["period"]): one["value"] for one in found}

    def log(self) -> list[dict[str, Any]]:
        """The change log, oldest first."""
        return self.ask("GET", "/api/kpi-changes?limit=500")["changes"][::-1]


LOADED = {
    ("Turnover", f"{LAST}-01"): 1200.5,
    ("Turnover", f"{LAST}-02"): 1300,
    ("Share", f"{LAST}-Q1"): 42,
}


@pytest.fixture
def kpis(api: Api) -> Kpis:
    return Kpis(api)


def as_xlsx(rows: list[list[object]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_a_file_is_loaded_once_and_logged_with_its_name(kpis: Kpis) -> None:
    answer = kpis.load(FILE, name="march.csv")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["kind"], told["layout"], told["rows"]) == ("kpi_values", "kpi-values", 3)
    assert told["period"] == {"first": f"{LAST}-01-01", "last": f"{LAST}-03-31"}
    assert told["revenue"] is None
    assert kpis.values() == LOADED
    me = kpis.ask("GET", "/api/users/me")
    for one in kpis.log():
        assert (one["why"], one["import_id"], one["file"]) == ("import", told["id"], "march.csv")
        assert (one["before"], one["user_id"]) == (None, me["id"])
    assert [one["comment"] for one in kpis.log()] == ["", "as told", ""]
    again = kpis.load(FILE, name="again.csv")
    assert (again.status_code, again.json()["id"], again.json()["added"]) == (
        200,
        told["id"],
        False,
    )
    assert len(kpis.log()) == 3
    [listed] = kpis.ask("GET", "/api/imports?kind=kpi_values")["imports"]
    assert listed["file"] == "march.csv"
    assert kpis.api.shop.warehouse.catch_up(10)
    assert kpis.api.get("/api/analytics/kpis")["kpis"]["revenue"] == 0


def test_formats_delimiters_and_decimal_marks(kpis: Kpis) -> None:
    kpis.define("Größe, neu", "yearly", "score")
    year, month = LAST, 3
    rows: list[list[object]] = [
        ["KPI", "Period Year", "Period_Month", "Value"],
        ["Turnover", year, month, 1234.5],
        ["Share", year, month, 10.1 + 0.2],
        ["größe, NEU", year, 12, 3],
    ]
    comma = (
        f"kpi;period;value\nTurnover;{LAST}-03;1.234,5\nShare;{LAST}-Q1;10,3\n"
        f'"Größe, neu";{LAST};3\n'
    )
    lines = [
        {"kpi": "1", "period": f"{LAST}-03", "value": 1234.5},
        {"kpi": "2", "period": f"{LAST}-Q1", "value": 10.3},
        {"kpi": "Größe, neu", "period": str(LAST), "value": 3},
    ]
    wanted = {
        ("Turnover", f"{LAST}-03"): 1234.5,
        ("Share", f"{LAST}-Q1"): 10.3,
        ("Größe, neu", str(LAST)): 3,
    }
    files = {
        "a.xlsx": as_xlsx(rows),
        "b.csv": comma.encode("cp1252"),
        "c.csv": comma.encode("utf-16"),
        "d.jsonl": "\n".join(json.dumps(one) for one in lines).encode(),
        "e.csv.gz": gzip.compress(comma.replace(";", "\t").encode()),
    }
    for name, content in files.items():
        answer = kpis.load(content, name=name)
        assert answer.status_code == 201, (name, answer.text)
        assert kpis.values() == wanted, name
        kpis.ask("DELETE", f"/api/imports/{answer.json()['id']}")
        assert kpis.values() == {}, name


PROBLEM = ("line", "column", "value", "reason")
BAD = HEADER + (
    f"Turnover,{LAST}-01,1.5,good\n"
    f"Turnovr,{LAST}-01,1,\n"
    "Turnover,,1,\n"
    f"Turnover,{LAST}-02,lots,\n"
    f"Turnover,{LAST}-03,,\n"
    f"Turnover,{TODAY.year + 1}-03,1,\n"
    f"Share,{LAST}-02,1,\n"
    f"Share,{LAST}-Q2,101,\n"
    f",{LAST}-02,1,\n"
    f"Turnover,{LAST}-01,2,\n"
)


def test_all_bad_rows_are_told_before_anything_is_loaded(kpis: Kpis) -> None:
    answer = kpis.load(BAD)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rows")
    told = answer.json()
    assert (told["rows"], told["bad_rows"]) == (10, 9)
    said = [tuple(one[name] for name in PROBLEM) for one in told["problems"]]
    assert said == [
        (3, "kpi", "Turnovr", "is the name or number of no KPI (did you mean “Turnover”?)"),
        (4, "period", "", "is empty"),
        (5, "value", "lots", "is not a number"),
        (6, "value", "", "is empty"),
        (7, "period", f"{TODAY.year + 1}-03", "has not begun"),
        (8, "period", f"{LAST}-02", "is not a quarter such as 2026-Q1"),
        (9, "value", "101", "is not from 0 to 100, as the KPI asks"),
        (10, "kpi", "", "is empty"),
        (11, "period", f"{LAST}-01", "has a row of the same KPI before this one"),
    ]
    assert sum(group["count"] for group in told["groups"]) == 9
    assert kpis.values() == {}
    assert kpis.log() == []
    skipped = kpis.api.client.post(
        f"/api/imports?skip_bad_rows=true&upload={told['upload']}",
        headers=kpis.api.as_("editor"),
    )
    assert skipped.status_code == 201, skipped.text
    assert (skipped.json()["rows"], skipped.json()["rejected_rows"]) == (1, 9)
    assert kpis.values() == {("Turnover", f"{LAST}-01"): 1.5}
    rejects = kpis.api.client.get(skipped.json()["rejects"], headers=kpis.api.as_("editor")).text
    assert f"Turnovr,{LAST}-01,1,,3,kpi: is the name" in rejects


def test_a_preview_tells_what_would_happen(kpis: Kpis) -> None:
    entered = {"kpi_id": 1, "period": f"{LAST}-02", "value": 7}
    kpis.ask("POST", "/api/kpi-values", json=entered)
    text = FILE + f"Shre,{LAST}-Q1,1,\n"
    told = kpis.ask("POST", "/api/imports/preview", files={"file": ("v.csv", text)})
    assert (told["kind"], told["layout"], told["rows"], told["decimal"]) == (
        *("kpi_values", "kpi-values", 4), "point",
    )  # fmt: skip
    assert [one["field"] for one in told["columns"]] == ["kpi", "period", "value", "comment"]
    assert [one["problem"] for one in told["first_rows"]] == [
        *(None, None, None),
        "kpi: is the name or number of no KPI (did you mean “Share”?)",
    ]
    assert told["first_rows"][1]["values"]["value"].startswith("1300")
    [warning] = told["warnings"]
    assert (warning["code"], warning["count"], warning["lines"]) == ("values_replaced", 1, [3])
    assert kpis.values() == {("Turnover", f"{LAST}-02"): 7}


def test_a_file_of_other_columns_is_mapped(kpis: Kpis) -> None:
    text = f"Kennzahl;Jahr;Monat;Wert;Bemerkung\nTurnover;{LAST};4;12,5;ok\n"
    told = kpis.ask("POST", "/api/imports/preview", files={"file": ("v.csv", text)})
    assert told["kind"] == "kpi_values"
    assert [one["field"] for one in told["columns"]] == [
        "kpi", "period_year", "period_month", "value", "comment",
    ]  # fmt: skip
    assert told["missing"] == []
    columns = {one["name"]: one["field"] for one in told["columns"]}
    mapping = json.dumps({"kind": "kpi_values", "columns": columns})
    answer = kpis.api.client.post(
        "/api/imports",
        files={"file": ("v.csv", text)},
        data={"mapping": mapping},
        headers=kpis.api.as_("editor"),
    )
    assert answer.status_code == 201, answer.text
    assert kpis.values() == {("Turnover", f"{LAST}-04"): 12.5}
    for left_out, missing in (("Jahr", ["period_year"]), ("Monat", ["period", "period_month"])):
        some = {name: field for name, field in columns.items() if name != left_out}
        refused = kpis.api.client.post(
            "/api/imports",
            files={"file": ("v.csv", text)},
            data={"mapping": json.dumps({"kind": "kpi_values", "columns": some})},
            headers=kpis.api.as_("editor"),
        )
        assert (refused.status_code, refused.json()["code"]) == (422, "missing_fields")
        assert set(refused.json()["missing"]) & set(missing)


def test_an_undo_gives_back_what_was_and_a_redo_writes_again(kpis: Kpis) -> None:
    entered = {"kpi_id": 1, "period": f"{LAST}-01", "value": 7, "comment": "typed"}
    kpis.ask("POST", "/api/kpi-values", json=entered)
    loaded = kpis.load(FILE).json()["id"]
    undone = kpis.ask("DELETE", f"/api/imports/{loaded}")
    assert (undone["state"], undone["warnings"][-1:]) == (
        "undone", [one for one in undone["warnings"] if one["code"] == "values_replaced"],
    )  # fmt: skip
    assert kpis.values() == {("Turnover", f"{LAST}-01"): 7}
    assert [(one["why"], one["before"], one["after"]) for one in kpis.log()[-3:]] == [
        ("undo", 1200.5, 7),
        ("undo", 1300, None),
        ("undo", 42, None),
    ]
    twice = kpis.api.client.delete(f"/api/imports/{loaded}", headers=kpis.api.as_("editor"))
    assert twice.status_code == 409
    assert kpis.ask("POST", f"/api/imports/{loaded}/redo")["state"] == "done"
    assert kpis.values() == LOADED


def test_what_was_changed_since_stays_and_the_undo_names_it(kpis: Kpis) -> None:
    loaded = kpis.load(FILE).json()["id"]
    [value] = [
        one for one in kpis.ask("GET", "/api/kpi-values")["values"] if one["period"] == f"{LAST}-02"
    ]
    change = {"value": 5, "version": value["version"]}
    kpis.ask("PATCH", f"/api/kpi-values/{value['id']}", json=change)
    undone = kpis.ask("DELETE", f"/api/imports/{loaded}")
    [warning] = [one for one in undone["warnings"] if one["code"] == "values_stayed"]
    assert warning["count"] == 1
    assert f"“Turnover” {LAST}-02" in warning["message"]
    assert kpis.values() == {("Turnover", f"{LAST}-02"): 5}
    redone = kpis.ask("POST", f"/api/imports/{loaded}/redo")
    assert redone["warnings"] == []
    assert kpis.values() == LOADED


def test_the_content_of_an_undone_file_is_loaded_anew(kpis: Kpis) -> None:
    """Its names may mean other KPIs by now."""
    first = kpis.load(FILE).json()["id"]
    kpis.ask("DELETE", f"/api/imports/{first}")
    kpis.ask("PATCH", "/api/kpis/1", "manager", json={"name": "Old turnover"})
    kpis.define("Turnover", "monthly", "chf")
    again = kpis.load(FILE)
    assert (again.status_code, again.json()["id"]) == (201, first + 1)
    assert kpis.values() == LOADED
    ids = {one["kpi_id"] for one in kpis.ask("GET", "/api/kpi-values")["values"]}
    assert ids == {2, 3}


def test_members_load_and_others_are_told_row_by_row(kpis: Kpis) -> None:
    assert kpis.load(FILE, "viewer").status_code == 403
    kpis.ask("POST", "/api/circles", "admin", json={"name": "Finance"})
    body = {"name": "Margin", "circle_id": 2, "periodicity": "monthly", "unit": "chf"}
    kpis.ask("POST", "/api/kpis", "admin", json={**body, "target_value": 1})
    text = FILE + f"Margin,{LAST}-01,5,\n"
    refused = kpis.load(text)
    assert refused.status_code == 422
    [problem] = refused.json()["problems"]
    assert (problem["line"], problem["value"]) == (5, "Margin")
    assert problem["reason"] == "is of the circle “Finance”, which you do not belong to"
    assert kpis.values() == {}
    loaded = kpis.load(text, "admin")
    assert loaded.status_code == 201
    refused = kpis.api.client.delete(
        f"/api/imports/{loaded.json()['id']}", headers=kpis.api.as_("editor")
    )
    assert refused.status_code == 403


def test_a_key_of_a_lower_role_loads_no_more_than_that_role_may(kpis: Kpis) -> None:
    body = {"name": "script", "role": "editor"}
    key = kpis.ask("POST", "/api/users/me/keys", "admin", json=body)["key"]
    refused = kpis.api.client.post(
        "/api/imports", files={"file": ("v.csv", FILE)}, headers={"X-API-Key": key}
    )
    assert (refused.status_code, refused.json()["bad_rows"]) == (422, 3)


def test_the_export_of_values_can_be_loaded_again(kpis: Kpis) -> None:
    loaded = kpis.load(FILE).json()["id"]
    answer = kpis.api.client.get("/api/kpi-values?format=csv", headers=kpis.api.as_("editor"))
    kpis.ask("DELETE", f"/api/imports/{loaded}")
    assert kpis.values() == {}
    assert kpis.load(answer.text).status_code == 201
    assert kpis.values() == LOADED


def test_what_changed_between_check_and_commit_leaves_nothing(kpis: Kpis, tmp_path: Path) -> None:
    """A KPI of the file is switched off after its rows were checked."""
    shop = kpis.api.shop
    room = kpi_room(shop.database, lambda: TODAY)

    def check(loader: Loader, rows: Sequence[ValueRow]) -> list[Placed | Unplaced]:
        said = room.check(loader, rows)
        kpis.ask("PATCH", "/api/kpis/2", "manager", json={"active": False})
        return said

    file = tmp_path / "v.csv"
    file.write_text(FILE)
    loading = Loading(file, "v.csv", None, kpis=replace(room, check=check))
    folders, locale = Folders(shop.settings.home), Locale("UTC", "CHF")
    with pytest.raises(Conflict, match="“Share” is not active"):
        load(shop.database, folders, locale, loading)
    assert kpis.values() == {}
    assert list(folders.batches.iterdir()) == []
    [failed] = kpis.ask("GET", "/api/imports")["imports"]
    assert (failed["state"], failed["error"]["status"]) == ("failed", 409)


def test_without_the_room_of_kpis_such_a_file_is_refused(kpis: Kpis) -> None:
    shop = kpis.api.shop
    file = shop.settings.home / "v.csv"
    file.write_text(FILE)
    with pytest.raises(InvalidInput, match="Imports"):
        load(
            shop.database,
            Folders(shop.settings.home),
            Locale("UTC", "CHF"),
            Loading(file, "v.csv", None),
        )
    loaded = kpis.load(FILE).json()["id"]
    for act in (undo, redo):
        with pytest.raises(InvalidInput, match="Imports"):
            act(shop.database, loaded, None)
    assert kpis.values() == LOADED


def test_the_terminal_loads_undoes_and_tells_what_stays(kpis: Kpis) -> None:
    home = kpis.api.shop.settings.home
    (home / "v.csv").write_text(FILE)
    assert "Import 1: 3 rows of kpi values." in tillsight(home, "import", "v.csv").stdout
    assert kpis.values() == LOADED
    first = min(kpis.ask("GET", "/api/kpi-values")["values"], key=lambda one: one["id"])
    change = {"value": 5, "version": first["version"]}
    kpis.ask("PATCH", f"/api/kpi-values/{first['id']}", json=change)
    undone = " ".join(tillsight(home, "undo", "1").stdout.split())
    assert f"left them as they are: “{first['kpi']}” {first['period']}." in undone
    assert kpis.values() == {(first["kpi"], first["period"]): 5}
    assert "counts again" in tillsight(home, "redo", "1").stdout
    assert kpis.values() == LOADED


def test_the_role_of_a_key_is_kept_for_whoever_takes_the_file_up(api: Api) -> None:
    database = api.shop.database
    order = Order("token", 1, Choices(), Origin(), Role.editor)
    begin(database, "v.csv", None, order, ImportState.waiting)
    [left] = unfinished(database)
    assert left.order == order
