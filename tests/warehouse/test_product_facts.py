"""What products are follows from files that tell of them, and from the sales where none does."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shop import HEADER, Shop, temporary_shop
from tillsight.accounts.audit import TERMINAL
from tillsight.errors import Conflict, NotFound
from tillsight.metrics.assortment import Wanted, list_products
from tillsight.metrics.product_changes import (
    Editor,
    add_product,
    change_product,
    delete_product,
)
from tillsight.sales.edits import Edit, Overtaken, ProductRow, load_edit
from tillsight.sales.undo import redo, undo
from tillsight.warehouse import Warehouse

PRODUCTS = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
LINES = HEADER.rstrip("\n") + ",Category\n"
# Order, product, name, units, day, category; each unit costs 10.
SALES = (
    ("1", "p1", "Pen", 1, "2024-01-05", "Office"),
    ("2", "p1", "Pen", 2, "2024-02-05", "Writing"),
    ("2", "p2", "Cup", 1, "2024-02-05", ""),
    ("3", "p3", "", 4, "2024-03-01", "Home"),
)
SALES_TEXT = LINES + "".join(
    f"{order},{product},{name},{units},{day},10,c1,France,{category}\n"
    for order, product, name, units, day, category in SALES
)


@dataclass(frozen=True)
class Told:
    """A row of a products file."""

    product: str
    name: str
    category: str
    price: int

    def csv(self) -> str:
        return f"{self.product},{self.name},{self.category},{self.price},{self.price},4.5,3\n"


def load(shop: Shop, *rows: str) -> int:
    return shop.load_text(PRODUCTS + "".join(f"{row}\n" for row in rows)).loaded.id


def known(shop: Shop) -> dict[str, tuple]:
    """Name, category and price of every product in the catalogue."""
    shop.warehouse.catch_up(wait=60)
    page = list_products(shop.warehouse, Wanted(), "", 100)
    return {one.product_id: (one.product_name, one.category, one.price) for one in page.products}


def by_category(shop: Shop, **question) -> dict[str | None, float]:
    rows = shop.ask("revenue", by=["category"], **question).rows
    return {row["category"]: row["revenue"] for row in rows}


def rebuild(shop: Shop) -> None:
    shop.warehouse.close()
    for file in (shop.settings.home / "warehouse" / "1").glob("*.duckdb"):
        file.unlink()
    shop.warehouse = Warehouse(shop.settings.home, shop.database)


def editor(shop: Shop) -> Editor:
    return Editor(shop.database, shop.folders, shop.warehouse, None, TERMINAL)


@pytest.fixture
def sold(shop: Shop) -> Shop:
    shop.load_text(SALES_TEXT)
    return shop


def test_sales_tell_what_no_file_does(sold: Shop) -> None:
    assert known(sold) == {
        "p1": ("Pen", "Writing", None),
        "p2": ("Cup", None, None),
        "p3": (None, "Home", None),
    }


def test_a_file_wins_over_sales_before_and_after_it(sold: Shop) -> None:
    load(sold, "p1,Biro,Desk,1.25,7,4.5,3", "new,Lamp,Desk,30,0,0,0")
    assert known(sold)["p1"] == ("Biro", "Desk", 1.25)
    assert known(sold)["new"] == ("Lamp", "Desk", 30)
    assert by_category(sold) == {"Desk": 30, "Home": 40, None: 10}
    sold.load_text(LINES + "9,p1,Quill,5,2025-01-01,10,c1,France,Feathers\n")
    assert known(sold)["p1"] == ("Biro", "Desk", 1.25)
    assert by_category(sold) == {"Desk": 80, "Home": 40, None: 10}


def test_the_latest_row_counts_as_a_whole(sold: Shop) -> None:
    """What it leaves open comes from the sales, not from an older file."""
    load(sold, "p1,Biro,Desk,1.25,7,4.5,3")
    sold.load_text("product_id,product_name,category,price\np1,Ballpoint,,\np1,Ball,,\n")
    assert known(sold)["p1"] == ("Ball", "Writing", None)


def test_undoing_a_file_brings_back_what_was_told_before(sold: Shop) -> None:
    before = known(sold)
    first = load(sold, "p1,Biro,Desk,1,1,1,1", "new,Lamp,Desk,30,0,0,0")
    between = known(sold)
    second = load(sold, "p1,Quill,Feathers,2,1,1,1")
    undo(sold.database, first, None)
    assert known(sold) == before | {"p1": ("Quill", "Feathers", 2)}
    redo(sold.database, first, None)
    assert known(sold) == between | {"p1": ("Quill", "Feathers", 2)}
    undo(sold.database, second, None)
    assert known(sold) == between
    undo(sold.database, first, None)
    assert known(sold) == before
    assert by_category(sold) == {"Writing": 30, "Home": 40, None: 10}


def test_a_then_b_then_a_is_a(sold: Shop) -> None:
    for price in (1, 2, 1):
        load(sold, f"p1,Biro,Desk,{price},1,1,1")
    assert known(sold)["p1"] == ("Biro", "Desk", 1)
    change_product(editor(sold), "p1", {"price": Decimal(9)})
    load(sold, "p1,Biro,Desk,1,1,1,1")
    assert known(sold)["p1"] == ("Biro", "Desk", 1)


def test_undoing_sales_leaves_what_files_tell(shop: Shop) -> None:
    sales = shop.load_text(SALES_TEXT).loaded.id
    load(shop, "p1,Biro,Desk,1,1,1,1")
    undo(shop.database, sales, None)
    assert known(shop) == {"p1": ("Biro", "Desk", 1)}


def test_an_edit_is_an_import_that_can_be_undone(sold: Shop) -> None:
    load(sold, "p1,Biro,Desk,1,7,4.5,3")
    made = change_product(editor(sold), "p1", {"price": Decimal("2.5"), "category": "Gifts"})
    assert made is not None
    assert (made.kind, made.layout, made.rows, made.file_name) == (
        "products",
        "edit",
        1,
        "Edit of p1",
    )
    assert known(sold)["p1"] == ("Biro", "Gifts", 2.5)
    [row] = list_products(sold.warehouse, Wanted(text="biro"), "", 9).products
    assert (row.quantity_sold, row.rating, row.review_count) == (7, 4.5, 3)
    assert change_product(editor(sold), "p1", {"price": Decimal("2.50")}) is None
    undo(sold.database, made.id, None)
    assert known(sold)["p1"] == ("Biro", "Desk", 1)
    redo(sold.database, made.id, None)
    assert known(sold)["p1"] == ("Biro", "Gifts", 2.5)


def test_an_edit_of_what_was_only_sold_leaves_the_rest_to_the_sales(sold: Shop) -> None:
    change_product(editor(sold), "p1", {"price": Decimal(3)})
    assert known(sold)["p1"] == ("Pen", "Writing", 3)
    sold.load_text(LINES + "9,p1,Pen,5,2025-01-01,10,c1,France,Feathers\n")
    assert known(sold)["p1"] == ("Pen", "Feathers", 3)


def test_a_deleted_product_leaves_the_catalogue_and_its_sales_stay(sold: Shop) -> None:
    load(sold, "p1,Biro,Desk,1,7,4.5,3")
    made = delete_product(editor(sold), "p1")
    assert "p1" not in known(sold)
    assert by_category(sold) == {"Desk": 30, "Home": 40, None: 10}
    with pytest.raises(NotFound):
        change_product(editor(sold), "p1", {"price": Decimal(1)})
    with pytest.raises(NotFound):
        delete_product(editor(sold), "p1")
    undo(sold.database, made.id, None)
    assert known(sold)["p1"] == ("Biro", "Desk", 1)
    redo(sold.database, made.id, None)
    sold.load_text(LINES + "9,p1,Pen,5,2025-01-01,10,c1,France,Feathers\n")
    assert "p1" not in known(sold)
    load(sold, "p1,Biro,Shelf,1,7,4.5,3")
    assert known(sold)["p1"] == ("Biro", "Shelf", 1)


def test_a_new_product_must_be_new(sold: Shop) -> None:
    for product in ("p1", "p2"):
        with pytest.raises(Conflict, match=f"There is a product “{product}” already"):
            add_product(editor(sold), ProductRow(product, "Pen"))
    delete_product(editor(sold), "p1")
    add_product(editor(sold), ProductRow("p1", "Biro", price=Decimal(2)))
    assert known(sold)["p1"] == ("Biro", "Writing", 2)


def test_of_two_edits_at_once_none_is_lost(sold: Shop) -> None:
    """The second was worked out from what the first has changed since."""
    with sold.warehouse.snapshot() as at:
        seen = at.version
    load_edit(sold.database, sold.folders, Edit(ProductRow("p1", price=Decimal(1)), "", seen, None))
    with pytest.raises(Overtaken):
        load_edit(sold.database, sold.folders, Edit(ProductRow("p1"), "", seen, None))
    batches = {file.name for file in sold.folders.batches.iterdir()}
    assert len(batches) == 2  # the sales, and the first edit
    assert known(sold)["p1"] == ("Pen", "Writing", 1)


def wanted(files: Sequence[Sequence[Told]]) -> tuple[dict[str, tuple], dict[str | None, float]]:
    """Products, and revenue by category, as these files in their order and the sales tell them."""
    names: dict[str, Counter] = {}
    categories: dict[str, tuple] = {}
    for _, product, name, _, day, category in SALES:
        names.setdefault(product, Counter())[name] += 1
        if category:
            categories[product] = max(categories.get(product, ("", "")), (day, category))
    products: dict[str, tuple] = {
        product: (
            names[product].most_common(1)[0][0] or None,
            categories.get(product, ("", None))[1],
            None,
        )
        for product in names
    }
    for file in files:
        for one in file:
            products[one.product] = (one.name, one.category, one.price)
    revenue: dict[str | None, float] = {}
    for _, product, _, units, _, _ in SALES:
        category = products[product][1]
        revenue[category] = revenue.get(category, 0) + units * 10
    return products, revenue


told = st.lists(
    st.builds(
        Told,
        product=st.sampled_from(["p1", "p2", "p3", "never sold"]),
        name=st.sampled_from(["Biro", "Mug"]),
        category=st.sampled_from(["Desk", "Home", "Office"]),
        price=st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)


@given(
    files=st.lists(told, min_size=1, max_size=4),
    forgotten=st.integers(0, 3),
    sales_come=st.integers(0, 4),
    rebuilt=st.booleans(),
)
@hypothesis_settings(max_examples=10)
def test_any_files_in_any_order(
    files: list[list[Told]], forgotten: int, sales_come: int, rebuilt: bool
) -> None:
    """Wherever the sales come among them, whichever is forgotten, and built anew or kept."""
    with temporary_shop() as shop:
        ids, loaded = [], []
        for place, file in enumerate(files):
            if place == sales_come:
                shop.load_text(SALES_TEXT)
            outcome = shop.load_text(PRODUCTS + "".join(one.csv() for one in file))
            if outcome.added:
                ids.append(outcome.loaded.id)
                loaded.append(file)
            shop.warehouse.catch_up(wait=60)
        shop.load_text(SALES_TEXT)
        if forgotten < len(ids):
            undo(shop.database, ids[forgotten], None)
            del loaded[forgotten]
        if rebuilt:
            rebuild(shop)
        products, revenue = wanted(loaded)
        assert known(shop) == products
        assert by_category(shop) == revenue
        for category, amount in revenue.items():
            filters = {"category": [category or ""]}
            assert shop.ask("revenue", filters=filters).totals["revenue"] == amount
            months = shop.ask("revenue", by=["month"], filters=filters).rows
            assert sum(row["revenue"] for row in months) == amount
            days = shop.ask("revenue", by=["day", "customer"], filters=filters).rows
            assert sum(row["revenue"] for row in days) == amount
