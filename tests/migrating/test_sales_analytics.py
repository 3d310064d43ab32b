"""Moving from sales-analytics: what was there is here, once, however often one moves."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api_shop import Api
from newcomers import login
from older_moves import figures, for_good, left_out, move_sales, rehearsal, rows_of
from older_products import SALES_ANALYTICS, OlderProduct, hashed, older_product, sales_lines
from serving import tillsight
from shop import Shop
from tillsight.accounts.models import AuditEntry, Role, User
from tillsight.accounts.users import add_user
from tillsight.errors import Conflict, InvalidInput
from tillsight.migrating.loading import Loaded, Row
from tillsight.migrating.sales_lines import Copies, _announce, _Part
from tillsight.sales.choices import Mapping
from tillsight.sales.undo import undo

SALES = "sales_transactions"
USER = {"full_name": None, "is_active": True, "is_verified": True, "is_superuser": False}


def made(request: pytest.FixtureRequest, server: str) -> OlderProduct:
    url = request.getfixturevalue(server)(f"s{uuid4().hex[:12]}")
    return older_product(url, SALES_ANALYTICS)


@pytest.fixture
def older(request: pytest.FixtureRequest) -> Iterable[OlderProduct]:
    """An empty database of that product, which had no other server than this."""
    product = made(request, "postgres")
    yield product
    product.engine.dispose()


@pytest.fixture(params=["postgres", "mariadb"])
def anywhere(request: pytest.FixtureRequest) -> Iterable[OlderProduct]:
    """The same, and somebody who put it onto another server."""
    product = made(request, request.param)
    yield product
    product.engine.dispose()


def person(name: str, password: str = "", **facts: object) -> dict[str, object]:
    usual = {**USER, "created_at": datetime(2024, 3, 1, 12), "last_login": None}
    login = {"email": f"{name}@example.com", "username": name}
    return {**usual, **login, "hashed_password": hashed(password or f"{name}'s password"), **facts}


def copied(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with one of them changed in each column that tells two apart, and one not at all."""
    first = rows[0]
    others = [{**first, "quantity": 41}, {**first, "description": None}, {**first, "country": "X"}]
    return [*rows, *others, first]


def undo_import(shop: Shop, number: int) -> None:
    undo(shop.database, number, None)


def revenue(shop: Shop) -> Decimal:
    return Decimal(str(shop.ask("revenue").totals["revenue"]))


def test_sales_are_what_they_were_and_run_after_run_brings_what_is_new(
    api: Api, anywhere: OlderProduct
) -> None:
    anywhere.add("users", person("ada"), person("bob"))
    anywhere.add(SALES, *copied(sales_lines(200)))
    means = for_good(api.shop)

    rehearsed = move_sales(rehearsal(api.shop), anywhere)
    assert figures(rehearsed) == {"People": (2, 2, 0, 0), "Sales lines": (204, 204, 0, 0)}
    assert rows_of(api.shop) == [0, 0, 0, 0]

    assert figures(move_sales(means, anywhere)) == figures(rehearsed)
    same_as_there(api, anywhere)
    before = rows_of(api.shop)
    again = move_sales(means, anywhere)
    assert figures(again) == {"People": (2, 0, 2, 0), "Sales lines": (204, 0, 204, 0)}
    assert again.notes == []
    assert rows_of(api.shop) == [*before[:3], before[3] + 1], "a run is written down, no more"

    # An order goes on, others are new.
    anywhere.add(SALES, *sales_lines(50, first_order=66))
    anywhere.add("users", person("cleo"))
    newer = figures(move_sales(means, anywhere))
    assert newer == {"People": (3, 1, 2, 0), "Sales lines": (254, 50, 204, 0)}
    same_as_there(api, anywhere)
    assert [one["rows"] for one in imports(api)] == [50, 204]

    assert api.client.delete("/api/imports/2", headers=api.as_("admin")).is_success
    assert api.get("/api/analytics/kpis")["kpis"]["transactions"] == 204
    back = figures(move_sales(means, anywhere))
    assert back == {"People": (3, 0, 3, 0), "Sales lines": (254, 50, 204, 0)}
    same_as_there(api, anywhere)


def imports(api: Api) -> list[dict[str, Any]]:
    return api.get("/api/imports")["imports"]


def same_as_there(api: Api, older: OlderProduct) -> None:
    """Hold our answers against that product's own questions, in SQL, to the cent."""
    api.shop.warehouse.catch_up(wait=60)
    [(total, lines, orders, customers, countries)] = older.ask(
        f"SELECT sum(total_amount), count(*), count(DISTINCT invoice_no),"
        f" count(DISTINCT customer_id), count(DISTINCT country) FROM {SALES}"
    )
    kpis = api.get("/api/analytics/kpis")["kpis"]
    assert Decimal(str(kpis["revenue"])) == total
    assert (kpis["transactions"], kpis["orders"]) == (lines, orders)
    assert (kpis["customers"], kpis["countries"]) == (customers, countries)
    hours = older.ask(
        f"SELECT extract(hour FROM invoice_date), sum(total_amount) FROM {SALES} GROUP BY 1"
    )
    by_hour = api.get("/api/revenue/by-hour")["sales_by_hour"]
    assert {one["hour"]: Decimal(str(one["revenue"])) for one in by_hour} == {
        int(hour): amount for hour, amount in hours
    }
    [(customer, spent)] = older.ask(
        f"SELECT customer_id, sum(total_amount) FROM {SALES} WHERE customer_id IS NOT NULL"
        " GROUP BY customer_id ORDER BY 2 DESC LIMIT 1"
    )
    [best] = api.get("/api/customers/top", limit=1)["top_customers"]
    assert (best["customer_id"], Decimal(str(best["total_spent"]))) == (str(customer), spent)
    names = {one for (one,) in older.ask(f"SELECT DISTINCT description FROM {SALES}") if one}
    products = api.get("/api/products/top", limit=100)["top_products"]
    assert {one["product"] for one in products} <= names


def test_people_sign_in_with_the_password_they_had_and_are_who_they_were(
    api: Api, older: OlderProduct
) -> None:
    older.add(
        "users",
        person("ada", full_name="Ada King Lovelace", last_login=datetime(2024, 5, 6, 7)),
        person("new", is_verified=False),
        person("off", is_active=False),
        person("boss", is_superuser=True),
        person("admin", "admin123", email="Admin@SalesAnalytics.com", is_superuser=True),
        person("2y", hashed_password=hashed("2y's password", "$2y$")),
        person("lost", hashed_password="!"),
        person("late"),
    )
    outcome = move_sales(for_good(api.shop), older)
    assert figures(outcome)["People"] == (8, 8, 0, 0)
    names = ("ada", "new", "off", "boss", "2y", "lost")
    statuses = [login(api, f"{one}@example.com", f"{one}'s password").status_code for one in names]
    assert statuses == [200, 403, 400, 200, 200, 401]
    assert login(api, "admin@salesanalytics.com", "admin123").status_code == 401
    assert login(api, "ada", "ada's password").status_code == 200, "with the hash made anew"
    with api.shop.database.reading() as session:
        kept = {one.username: one for one in session.scalars(select(User))}
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "migrate")).one()
    makers = {name: one.password_hash[:4] for name, one in kept.items()}
    assert makers == {
        **dict.fromkeys(("ada", "2y", "boss", "new", "off"), "$arg"),
        **dict.fromkeys(("admin", "lost"), ""),
        "late": "$2b$",
    }
    ada = kept["ada"]
    assert (ada.first_name, ada.last_name) == ("Ada King", "Lovelace")
    assert ada.created_at.isoformat() == "2024-03-01T12:00:00+00:00"
    assert {name for name, one in kept.items() if one.role is not Role.viewer} == {"boss", "admin"}
    assert {kept["boss"].role, kept["admin"].role} == {Role.manager}
    assert (entry.actor, entry.subject) == ("terminal", "sales-analytics")
    no_password, unverified = outcome.notes
    assert no_password.endswith(": admin, lost.")
    assert unverified.endswith(": new.")


def test_who_is_here_already_stays_as_they_are(api: Api, older: OlderProduct) -> None:
    ours = {"ada": "ada@example.com", "bob": "robert@example.com"}
    with api.shop.database.writing() as session:
        for name, email in ours.items():
            add_user(session, email, "our own password", Role.admin).username = name
    older.add(
        "users",
        person("x", email="ADA@example.com"),
        person("bob"),
        person("who", email="nobody"),
        person("Zoë", email="zoe@example.com", is_superuser=True),
        person("z@e", email="Zoe@Example.com"),
    )
    outcome = move_sales(for_good(api.shop), older, superusers=Role.admin)
    assert figures(outcome)["People"] == (5, 2, 2, 1)
    assert left_out(outcome)["3"].startswith("“nobody” is not an e-mail address")
    assert login(api, "ada@example.com", "our own password").status_code == 200
    assert login(api, "ada@example.com", "x's password").status_code == 401
    assert login(api, "bob@example.com", "bob's password").status_code == 200
    [renamed] = outcome.notes
    assert renamed.endswith(": bob2.")
    with api.shop.database.reading() as session:
        roles = {one.username: one.role for one in session.scalars(select(User))}
    assert roles == {"ada": "admin", "bob": "admin", "bob2": "viewer", "zoë": "admin"}


def test_copies_are_told_of_and_left_out_where_that_is_wanted(
    shop: Shop, older: OlderProduct
) -> None:
    rows, means = copied(sales_lines(30)), for_good(shop)
    whole = sum(one["total_amount"] for one in rows)
    older.add(SALES, *rows)
    first = move_sales(means, older)
    assert "1 of these sales lines say exactly what one before them says" in first.notes[0]
    assert f"revenue {whole:,.2f}; the older database says {whole:,.2f}" in first.notes[1]

    older.add(SALES, *rows)  # its loader ran over the same file again
    doubled = move_sales(means, older)
    assert figures(doubled)["Sales lines"] == (68, 34, 34, 0)
    assert "34 of these sales lines" in doubled.notes[0]
    assert revenue(shop) == 2 * whole

    undo_import(shop, 2)
    left = move_sales(means, older, Copies.leave)
    assert figures(left)["Sales lines"] == (68, 0, 34, 34)
    assert set(left_out(left).values()) == {"It says exactly what a row before it says."}
    assert revenue(shop) == whole

    undo_import(shop, 1)
    assert figures(move_sales(means, older, Copies.leave))["Sales lines"] == (68, 33, 0, 35)
    assert revenue(shop) == whole - rows[0]["total_amount"]
    for copies in Copies.leave, Copies.bring:
        again = move_sales(means, older, copies)
        assert figures(again)["Sales lines"][2] == 33


def test_rows_that_cannot_be_sales_here_are_named(shop: Shop, older: OlderProduct) -> None:
    good, old, odd = sales_lines(3)
    old["invoice_date"] = datetime(1066, 10, 14)
    odd["invoice_no"] = " "
    older.add(SALES, good, old, odd)
    outcome = move_sales(for_good(shop), older)
    assert figures(outcome)["Sales lines"] == (3, 2, 0, 1)
    assert left_out(outcome) == {"2": "invoice_date: is not a year from 1900 to 2199"}
    again = move_sales(for_good(shop), older)
    assert figures(again)["Sales lines"] == (3, 0, 2, 1)
    assert again.notes == []

    older.add(SALES, {**old, "stock_code": "only bad ones are new"})
    worse = move_sales(for_good(shop), older)
    assert figures(worse)["Sales lines"] == (4, 0, 2, 2)
    older.add(SALES, good)
    better = move_sales(for_good(shop), older)
    assert figures(better)["Sales lines"] == (5, 1, 2, 2)


def test_what_changed_there_after_it_was_moved_is_told(shop: Shop, older: OlderProduct) -> None:
    older.add(SALES, *sales_lines(9))
    move_sales(for_good(shop), older)
    older.run(f"UPDATE {SALES} SET total_amount = total_amount + 1 WHERE id = 3")
    for _ in range(2):
        outcome = move_sales(for_good(shop), older)
        assert figures(outcome)["Sales lines"] == (9, 0, 9, 0)
        assert outcome.notes[0].startswith("Import 1 brought 9 sales lines")
    undo_import(shop, 1)
    move_sales(for_good(shop), older)
    assert move_sales(for_good(shop), older).notes == []
    [(total,)] = older.ask(f"SELECT sum(total_amount) FROM {SALES}")
    assert revenue(shop) == total


class Crash(Exception):
    """What a test lets a move break off by."""


def test_a_move_that_broke_off_goes_on_and_brings_nothing_twice(
    shop: Shop, older: OlderProduct
) -> None:
    opening, load = for_good(shop)

    def crash_before(*_what: object) -> Loaded:
        raise Crash

    def crash_after(name: str, mapping: Mapping, rows: Iterable[Row]) -> Loaded:
        load(name, mapping, rows)
        raise Crash

    older.add("users", person("ada"))
    older.add(SALES, *sales_lines(20))
    with pytest.raises(Crash):
        move_sales((opening, crash_before), older)
    older.add(SALES, *sales_lines(5, first_order=50))
    with pytest.raises(Crash):
        move_sales((opening, crash_after), older)
    older.add(SALES, *sales_lines(4, first_order=90))
    older.run(f"UPDATE {SALES} SET country = 'Peru' WHERE id = 2")
    outcome = move_sales((opening, load), older)
    assert figures(outcome) == {"People": (1, 1, 0, 0), "Sales lines": (29, 9, 20, 0)}
    [(total,)] = older.ask(f"SELECT sum(total_amount) FROM {SALES}")
    assert revenue(shop) == total


def test_two_older_databases_are_told_apart_by_the_name_of_their_source(
    shop: Shop, older: OlderProduct
) -> None:
    older.add("users", person("ada"))
    older.add(SALES, *sales_lines(6))
    for source in ("north", "south"):
        outcome = move_sales(for_good(shop), older, source=source)
        assert figures(outcome)["Sales lines"] == (6, 6, 0, 0)
    assert figures(outcome)["People"] == (1, 0, 1, 0)
    with pytest.raises(InvalidInput, match="at most 50"):
        move_sales(for_good(shop), older, source="x" * 51)


def test_the_command_tells_what_it_did(tmp_path: Path, older: OlderProduct) -> None:
    older.add("users", person("ada"), person("boss", is_superuser=True), person("x", email="x"))
    older.add(SALES, *copied(sales_lines(8)))
    options = ("--copies", "leave", "--superusers", "admin", "--left-out", "left.csv")
    command = ("migrate", "from-sales-analytics", older.url, *options)
    rehearsed = tillsight(tmp_path, *command, "--dry-run")
    assert "Would be moved, nothing was changed (sales-analytics)" in rehearsed.stdout
    moved = tillsight(tmp_path, *command)
    assert moved.returncode == 0, moved.stderr
    assert re.search(r"People +│ +3 │ +2 │ +0 │ +1 ", moved.stdout)
    assert re.search(r"Sales lines +│ +12 │ +11 │ +0 │ +1 ", moved.stdout)
    assert "tillsight undo 1" in moved.stdout
    left = (tmp_path / "left.csv").read_text().splitlines()
    assert left[2] == "Sales lines,12,It says exactly what a row before it says."
    assert re.search(r"boss@example.com +– +admin", tillsight(tmp_path, "user", "list").stdout)


def test_an_empty_product_moves_nothing(shop: Shop, older: OlderProduct) -> None:
    outcome = move_sales(for_good(shop), older)
    assert figures(outcome) == {"People": (0, 0, 0, 0), "Sales lines": (0, 0, 0, 0)}
    assert rows_of(shop) == [0, 0, 0, 1]


def test_two_who_begin_at_once_do_not_both_bring_the_same(shop: Shop) -> None:
    _announce(shop.database.writing, "till", _Part(0, 10))
    with pytest.raises(Conflict, match="Somebody else moves the same"):
        _announce(shop.database.writing, "till", _Part(0, 12))
    with pytest.raises(IntegrityError):
        _announce(shop.database.writing, "till", _Part(0, 10))
    _announce(shop.database.writing, "till", _Part(10, 12))
    _announce(shop.database.writing, "another till", _Part(0, 12))
