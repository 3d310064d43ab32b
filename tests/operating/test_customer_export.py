"""Everything that is held about one customer, as they are told it."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api_shop import api_of
from erased import NAME, WHO, fill
from shop import HEADER, Shop
from tillsight.cli import app
from tillsight.errors import NotFound, TillsightError
from tillsight.operating.customer_export import export_customer
from tillsight.sales.erasures import PSEUDONYM
from tillsight.sales.undo import undo


def told(shop: Shop, customer: str = WHO) -> dict:
    shop.warehouse.catch_up(60)
    with api_of(shop) as api:
        return api.get(f"/api/customers/{customer}/export", "admin")


def test_all_that_is_held_is_told_counting_or_not(shop: Shop) -> None:
    fill(shop)
    held = told(shop)
    assert (held["customer_id"], held["names"]) == (WHO, [NAME])
    assert held["profile"]["revenue"] == 12 + 5 + 4.5 + 6
    assert (held["profile"]["gender"], held["profile"]["age"]) == ("female", 34)
    assert held["profile"]["segment"]
    counts = [(one["import_id"], one["counts"], one["amount"]) for one in held["lines"]]
    assert counts == [
        *((1, False, "10.0000"), (1, False, "5.0000")),  # another file replaced them
        *((2, True, "12.0000"), (2, True, "5.0000"), (3, True, "4.5000")),
        (6, False, "20.0000"),  # undone
    ]
    assert [one["amount"] for one in held["orders"]] == ["17.0000", "4.5000"]
    [bought] = held["purchases"]
    assert (bought["id"], bought["amount"]) == (1, "6.0000")
    assert [one["product"] for one in bought["lines"]] == ["p1"]
    assert [(one["import_id"], one["gender"], one["age"]) for one in held["facts"]] == [
        (4, "female", 34)
    ]
    [rejected] = held["rejected_rows"]
    assert (rejected["import_id"], rejected["line"]) == (5, "2")
    assert rejected["cells"]["Quantity"] == "two"
    assert [one["id"] for one in held["imports"]] == [1, 2, 3, 4, 5, 6]
    assert [one["text"] for one in held["notes"]] == [f"{WHO} rang, {NAME} wrote"]
    assert "Otto" not in json.dumps(held)


def test_nobody_is_told_of_somebody_unknown(shop: Shop) -> None:
    with pytest.raises(NotFound, match="Nothing names this customer"):
        export_customer(shop.database, shop.warehouse, shop.folders, "who?", None)


def test_over_the_api_an_admin_erases_and_repeats_the_id(shop: Shop) -> None:
    fill(shop)
    with api_of(shop) as api:
        path = f"/api/customers/{WHO}/erase"
        headers = api.as_("admin")
        for role in ("viewer", "manager"):
            answer = api.client.post(path, json={"customer_id": WHO}, headers=api.as_(role))
            assert answer.status_code == 403
        wrong = api.client.post(path, json={"customer_id": "other"}, headers=headers)
        assert (wrong.status_code, "not that of the path" in wrong.text) == (422, True)
        more = api.client.post(path, json={"customer_id": WHO, "x": 1}, headers=headers)
        assert more.status_code == 422
        assert api.get(f"/api/customers/{WHO}")["orders"] == 3
        done = api.client.post(path, json={"customer_id": WHO}, headers=headers)
        assert (done.status_code, done.json()["imports"], done.json()["purchases"]) == (200, 6, 1)
        gone = api.client.get(f"/api/customers/{WHO}", headers=headers)
        assert gone.status_code == 404
        everybody = json.dumps(api.get("/api/customers"))
        assert (WHO in everybody, PSEUDONYM in everybody) == (False, True)
        [entry] = api.get("/api/audit", "admin", action="customer_erase")["entries"]
        assert (entry["actor"], WHO in json.dumps(entry)) == ("admin@example.com", False)


def test_at_the_terminal(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.load_text(f"{HEADER}1,p,Pen,1,2024-05-07,4.50,c 1,France\n")
    monkeypatch.setenv("TILLSIGHT_HOME", str(shop.settings.home))

    def run(*command: str, said: str = "") -> Result:
        return CliRunner().invoke(app, command, input=said)

    def refusal(*command: str, said: str = "") -> str:
        result = run(*command, said=said)
        assert isinstance(result.exception, TillsightError)
        return result.exception.message

    assert len(json.loads(run("customer", "export", "c 1").stdout)["lines"]) == 1
    assert run("customer", "export", "c 1", "--to", "held").exit_code == 0
    with (tmp_path / "held" / "lines.csv").open(newline="") as file:
        [line] = csv.DictReader(file)
    assert (line["customer_id"], line["amount"]) == ("c 1", "4.5000")
    assert "held is there already" in refusal("customer", "export", "c 1", "--to", "held")
    other = refusal("customer", "erase", "c 1", said="c 2\n")
    assert other == "That is not the same id. Nothing was changed."
    done = " ".join(run("customer", "erase", "c 1", said="c 1\n").stdout.split())
    assert "files of 1 imports and 0 purchases have a pseudonym now" in done
    assert "Nothing names" in refusal("customer", "export", "c 1", "--to", "other.json")
    undo(shop.database, 1, None)
    kept = run("purge", "--dry-run", "--keep-undone-days", "1").stdout
    assert "Would be removed:\n  0 undone imports" in kept
    assert "Removed:\n  0 undone imports" in run("purge").stdout
