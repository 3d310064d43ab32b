"""Undo and redo over HTTP: who may, and what everybody sees afterwards."""

import pytest

from api_shop import SALES, Api
from shop import HEADER

MINE = f"{HEADER}m1,p1,Pen,2,2024-05-07,10,c1,France\n"


def undo(api: Api, number: object = 1, role: str = "editor"):
    return api.client.delete(f"/api/imports/{number}", headers=api.as_(role))


def redo(api: Api, number: object = 1, role: str = "editor"):
    return api.client.post(f"/api/imports/{number}/redo", headers=api.as_(role))


def revenue(api: Api) -> float:
    return api.get("/api/analytics/kpis")["kpis"]["revenue"]


def test_an_undo_is_answered_once_the_figures_are_without_it(sold: Api) -> None:
    before = sold.get("/api/analytics/kpis")["kpis"]
    assert sold.upload(MINE).json()["id"] == 2
    assert revenue(sold) == before["revenue"] + 20
    answer = undo(sold, 2)
    assert answer.status_code == 200
    assert answer.json() == sold.get("/api/imports/2", role="editor")
    assert answer.json()["state"] == "undone"
    assert sold.get("/api/analytics/kpis")["kpis"] == before
    again = redo(sold, 2)
    assert (again.status_code, again.json()["state"]) == (200, "done")
    assert revenue(sold) == before["revenue"] + 20


def test_what_hinders_laying_out_does_not_fail_who_changed_something(sold: Api) -> None:
    lost = sold.shop.load_text(MINE).loaded
    (sold.shop.folders.batches / lost.batch).unlink()
    answer = undo(sold)
    assert (answer.status_code, answer.json()["state"]) == (200, "undone"), answer.text
    assert undo(sold).status_code == 409
    body = {"customer": "c9", "date": "2024-05-01", "amount": 12}
    made = sold.client.post("/api/purchases", json=body, headers=sold.as_("editor"))
    path = f"/api/purchases/{made.json()['id']}"
    taken_back = sold.client.delete(path, headers=sold.as_("editor"))
    assert (made.status_code, taken_back.status_code) == (201, 200), taken_back.text
    query = "/api/metrics/query?measures=revenue"
    asked = sold.client.get(query, headers=sold.as_("viewer"))
    assert (asked.status_code, asked.json()["code"]) == (503, "file_missing")


def test_a_lost_file_heals_by_undoing_its_import_and_loading_it_again(sold: Api) -> None:
    [batch] = sold.shop.folders.batches.iterdir()
    batch.unlink()
    undo(sold)
    refused = redo(sold)
    assert (refused.status_code, refused.json()["code"]) == (503, "file_missing"), refused.text
    again = sold.upload(SALES)
    assert (again.status_code, again.json()["id"], again.json()["added"]) == (201, 2, True)
    assert revenue(sold) == 50.0


def test_lost_rejected_rows_are_told(sold: Api) -> None:
    sold.upload(MINE + "m2,p1,Pen,two,2024-05-07,10,,\n", query="?skip_bad_rows=true")
    [file] = sold.shop.folders.rejects.iterdir()
    file.unlink()
    path = "/api/imports/2/rejects"
    answer = sold.client.get(path, headers=sold.as_("editor"))
    assert (answer.status_code, answer.json()["code"]) == (503, "file_missing"), answer.text
    assert "rejected rows of import 2 is missing" in answer.json()["detail"]


WITHOUT_ORDERS = "customer_name,country,purchase_date,amount\nAda,Peru,2024-05-01,10\n"


@pytest.mark.parametrize(
    ("first", "second"), [(SALES, MINE), (WITHOUT_ORDERS, WITHOUT_ORDERS.replace("Ada", "Bob"))]
)
def test_while_a_file_is_lost_others_of_its_source_are_refused(
    api: Api, first: str, second: str
) -> None:
    """Nobody can tell what of them it holds already."""
    assert api.upload(first).status_code == 201
    [batch] = api.shop.folders.batches.iterdir()
    content = batch.read_bytes()
    for damage in (batch.unlink, lambda: batch.write_bytes(content[:-5])):
        damage()
        refused = api.upload(second)
        assert (refused.status_code, refused.json()["code"]) == (503, "file_missing"), refused.text
        assert "A file of import 1 is missing or damaged" in refused.json()["detail"]
        batch.write_bytes(content)
    assert [one.name for one in api.shop.folders.batches.iterdir()] == [batch.name]
    healed = api.upload(second)
    assert (healed.status_code, healed.json()["added"]) == (201, True)
    listed = api.get("/api/imports", role="editor")["imports"]
    assert [one["state"] for one in listed] == ["done", "failed", "failed", "done"]


def test_an_undone_file_sent_again_is_201_and_counts_again(sold: Api) -> None:
    undo(sold)
    assert revenue(sold) == 0
    again = sold.upload(SALES)
    assert again.status_code == 201
    body = again.json()
    assert (body["id"], body["state"], body["added"]) == (1, "done", True)
    assert body["message"] == "5 rows count again, as import 1, which had been undone."
    assert revenue(sold) == 50.0
    assert sold.upload(SALES).status_code == 200


def test_the_history_says_who_loaded_what_and_whether_it_counts(sold: Api) -> None:
    sold.upload(MINE, role="manager")
    undo(sold)
    listed = sold.get("/api/imports", role="editor")["imports"]
    told = [(one["id"], one["created_by"], one["state"], one["may_undo"]) for one in listed]
    assert told == [(2, "manager", "done", False), (1, "editor", "undone", True)]
    for role, may in (("viewer", [False, False]), ("admin", [True, True])):
        listed = sold.get("/api/imports", role=role)["imports"]
        assert [one["may_undo"] for one in listed] == may


def test_who_may_undo_and_redo(sold: Api) -> None:
    """An editor loaded it: a manager is above editors, but this is another's import."""
    for role, words in (
        ("viewer", "needs the role editor"),
        ("manager", "Import 1 was loaded by somebody else. Only they or an admin may"),
    ):
        for change in (undo, redo):
            refused = change(sold, role=role)
            assert refused.status_code == 403
            assert words in refused.json()["detail"]
    for method, path in (("DELETE", "/api/imports/1"), ("POST", "/api/imports/1/redo")):
        assert sold.client.request(method, path).status_code == 401
    assert revenue(sold) == 50.0
    for role in ("editor", "admin"):
        assert undo(sold, role=role).status_code == 200
        assert redo(sold, role=role).status_code == 200


def test_an_import_from_the_terminal_is_undone_by_an_admin(api: Api) -> None:
    api.shop.load_text(SALES)
    assert api.get("/api/imports/1", role="editor")["created_by"] is None
    assert undo(api, role="editor").status_code == 403
    assert undo(api, role="admin").status_code == 200


def test_who_lost_the_role_does_not_undo_their_own(sold: Api) -> None:
    from sqlalchemy import update

    from tillsight.accounts.models import Role, User

    with sold.shop.database.writing() as session:
        session.execute(update(User).where(User.username == "editor").values(role=Role.viewer))
    assert undo(sold).status_code == 403
    assert sold.get("/api/imports/1", role="editor")["may_undo"] is False


def test_twice_is_a_conflict(sold: Api) -> None:
    refused = redo(sold)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert refused.json()["detail"] == "Import 1 is not undone, so there is nothing to redo."
    undo(sold)
    refused = undo(sold)
    assert (refused.status_code, refused.json()["detail"]) == (409, "Import 1 is undone already.")


@pytest.mark.parametrize(("number", "status"), [(99, 404), ("x", 422)])
def test_what_does_not_exist(sold: Api, number: object, status: int) -> None:
    for change in (undo, redo):
        assert change(sold, number).status_code == status
        assert change(sold, number, "admin").status_code == status


def test_a_cookie_alone_needs_proof_that_our_page_asked(sold: Api) -> None:
    token = sold.as_("editor")["Authorization"].partition(" ")[2]
    elsewhere = {"Cookie": f"tillsight_session={token}", "Origin": "https://evil.example"}
    assert sold.client.delete("/api/imports/1", headers=elsewhere).status_code == 403
    assert revenue(sold) == 50.0
