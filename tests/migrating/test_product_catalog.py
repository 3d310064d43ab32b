"""Moving from product-catalog: its people and its products."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from api_shop import Api
from newcomers import login, post, with_settings
from older_moves import figures, for_good, left_out, move_products, rehearsal, rows_of
from older_products import PRODUCT_CATALOG, OlderProduct, hashed, older_product
from serving import tillsight
from tillsight.accounts.models import User

BASE = "/compat/product-catalog"


@pytest.fixture(params=["postgres", "mariadb"])
def older(request: pytest.FixtureRequest) -> Iterator[OlderProduct]:
    """An empty database of that product, on each of its servers."""
    url = request.getfixturevalue(request.param)(f"p{uuid4().hex[:12]}")
    product = older_product(url, PRODUCT_CATALOG)
    yield product
    product.engine.dispose()


@pytest.fixture
def doors(api: Api) -> Api:
    """The shop, answering clients of that product."""
    return with_settings(api, compat="product-catalog")


def person(name: str, **facts: object) -> dict[str, object]:
    return {"username": name, "password": hashed(f"{name}'s password"), **facts}


def product(number: int, **facts: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "product_id": f"P{number}",
        "product_name": f'Löffel "{number}", groß',
        "category": "Kitchen; more",
        "price": round(9.99 + number, 2),
        "quantity_sold": 10 * number,
        "rating": 4.3,
        "review_count": number,
    }
    return {**usual, **facts}


def listed(api: Api) -> dict[str, dict[str, Any]]:
    """What our catalogue tells of each product, as that product's columns are called."""
    api.shop.warehouse.catch_up(wait=60)
    found = api.get("/api/products", limit=100)["products"]
    return {one["product_id"]: one for one in found}


def same_as_there(api: Api, older: OlderProduct) -> None:
    there = older.ask(
        "SELECT product_id, product_name, category, price, quantity_sold, rating, review_count"
        " FROM product"
    )
    here = listed(api)
    assert set(here) == {row[0] for row in there}
    for number, name, category, price, *_ in there:
        one = here[number]
        assert (one["product_name"], one["category"], one["price"]) == (name, category, price)


def test_products_and_people_come_once_and_then_what_is_new(
    doors: Api, older: OlderProduct
) -> None:
    older.add("user", person("ada"), person("Bob Smith"))
    older.add("product", *(product(number) for number in range(1, 31)))
    shop, means = doors.shop, for_good(doors.shop)
    rehearsed = move_products(shop, rehearsal(shop), older)
    assert figures(rehearsed) == {"People": (2, 2, 0, 0), "Products": (30, 30, 0, 0)}
    assert rows_of(shop) == [0, 0, 0, 0]

    assert figures(move_products(shop, means, older)) == figures(rehearsed)
    same_as_there(doors, older)
    before = rows_of(shop)
    again = move_products(shop, means, older)
    assert figures(again) == {"People": (2, 0, 2, 0), "Products": (30, 0, 30, 0)}
    assert rows_of(shop) == [*before[:3], before[3] + 1], "a run is written down, no more"

    older.add("user", person("cleo"))
    older.add("product", product(31), product(32))
    newer = figures(move_products(shop, means, older))
    assert newer == {"People": (3, 1, 2, 0), "Products": (32, 2, 30, 0)}
    same_as_there(doors, older)


def test_people_sign_in_through_the_contract_and_may_do_what_they_did(
    doors: Api, older: OlderProduct
) -> None:
    names = ["ada", "Bob Smith", "eve@example.com"]
    older.add("user", *(person(name) for name in names))
    older.add("user", person("lost", password="plain text"), person("<script>"))
    outcome = move_products(doors.shop, for_good(doors.shop), older)
    assert figures(outcome)["People"] == (5, 3, 0, 2)
    assert left_out(outcome) == {
        "4": "The hash of the password cannot be read, and there is no address.",
        "5": "A username holds letters, digits, spaces and . _ - + ' only.",
    }
    signed_in = {}
    for name in names:
        body = {"username": name, "password": f"{name}'s password"}
        signed_in[name] = post(doors, f"{BASE}/login", body)
    assert [one.status_code for one in signed_in.values()] == [200, 200, 403]
    assert outcome.notes[0].endswith("“tillsight user verify”: eve.")
    assert login(doors, "ada", "ada's password").status_code == 200
    assert login(doors, "ada", "Bob Smith's password").status_code == 401
    with doors.shop.database.reading() as session:
        kept = {one.username: one for one in session.scalars(select(User))}
    assert {one.role for one in kept.values()} == {"editor"}
    assert kept["ada"].password_hash.startswith("$argon2id$")

    token = signed_in["ada"].json()["access_token"]
    header = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
    file = {"file": ("more.csv", f"{header}N1,New,Toys,1.5,3,4,5\n")}
    mine = {"Authorization": f"Bearer {token}"}
    uploaded = doors.client.post(f"{BASE}/upload", files=file, headers=mine)
    assert uploaded.json() == {"msg": "Data uploaded successfully"}
    assert "N1" in listed(doors)


def test_what_is_here_already_stays_as_it_is(doors: Api, older: OlderProduct) -> None:
    header = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
    assert doors.upload(f"{header}P1,Ours,Ours,1,1,1,1\nP2,Ours,Ours,1,1,1,1\n").is_success
    assert doors.client.delete("/api/products/P2", headers=doors.as_("editor")).is_success
    older.add("product", product(1), product(2), product(3), product(4, price=-1), product(5))
    older.add("user", person("editor"))
    outcome = move_products(doors.shop, for_good(doors.shop), older)
    assert figures(outcome) == {"People": (1, 0, 1, 0), "Products": (5, 2, 2, 1)}
    assert left_out(outcome) == {"4": "price: is below 0"}
    assert set(listed(doors)) == {"P1", "P3", "P5"}
    assert listed(doors)["P1"]["product_name"] == "Ours"
    assert login(doors, "editor", "editor's password").status_code == 401
    again = move_products(doors.shop, for_good(doors.shop), older)
    assert figures(again)["Products"] == (5, 0, 4, 1)

    assert doors.client.delete("/api/products/P3", headers=doors.as_("editor")).is_success
    move_products(doors.shop, for_good(doors.shop), older)
    assert set(listed(doors)) == {"P1", "P5"}, "what was deleted here does not come back"


@pytest.mark.parametrize("older", ["mariadb"], indirect=True)
def test_the_command_takes_the_address_from_standard_input(
    tmp_path: Path, older: OlderProduct
) -> None:
    older.add("user", person("ada"))
    older.add("product", product(1), product(2))
    moved = tillsight(tmp_path, "migrate", "from-product-catalog", said=f"{older.url}\n")
    assert moved.returncode == 0, moved.stderr
    assert re.search(r"People +│ +1 │ +1 │ +0 │ +0 ", moved.stdout)
    assert re.search(r"Products +│ +2 │ +2 │ +0 │ +0 ", moved.stdout)
    assert "tillsight undo 1" in moved.stdout
