"""Files of products: what is read as what, and which rows are refused."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from checking import check
from shop import HEADER, Shop
from tillsight.errors import BadRows, InvalidInput
from tillsight.sales.layouts import detect
from tillsight.sales.opening import read_opening

PRODUCTS = "product_id,product_name,category,price,quantity_sold,rating,review_count\n"
ARTICLES = (
    "article_id,product_code,prod_name,product_type_name,product_group_name,colour_group_code"
)


def layout_of(folder: Path, header: str) -> str:
    path = folder / "file.csv"
    path.write_text(f"{header}\n{'x' + ',' * header.count(',')}\n")
    return detect(read_opening(path).header)[0].name


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        (PRODUCTS.strip(), "products"),
        (
            "Rating;Review Count;Date;Product ID;Product Name;Category;Price;Quantity Sold",
            "products",
        ),
        (ARTICLES, "hm-articles"),
        ("product_id,product_name", "product-list"),
        ("product_id,product_name,category,price", "product-list"),
        (HEADER.strip() + ",product_id,product_name,rating", "online-retail"),
        ("customer_name,country,purchase_date,amount,product_id,product_name", "purchases"),
    ],
)  # fmt: skip
def test_layouts_of_products(tmp_path: Path, header: str, layout: str) -> None:
    assert layout_of(tmp_path, header) == layout


@pytest.mark.parametrize(
    "missing", ["category", "price", "quantity_sold", "rating", "review_count"]
)
def test_a_missing_column_is_named_with_those_found(tmp_path: Path, missing: str) -> None:
    header = ",".join(one for one in PRODUCTS.strip().split(",") if one != missing)
    with pytest.raises(InvalidInput) as refused:
        layout_of(tmp_path, header)
    assert refused.value.message.startswith(f"Missing column: {missing}.")
    assert refused.value.message.endswith(f"found: {header.replace(',', ', ')}.")


@pytest.mark.parametrize(
    "header",
    [
        "Order ID,Order Date,Customer ID,product_id,product_name,category,Sales,Quantity",
        "customer_id,product_id,product_name",
        "t_dat,customer_id,article_id,prod_name,product_group_name,price",
    ],
)
def test_sales_are_never_taken_for_products(tmp_path: Path, header: str) -> None:
    """Their rows would overwrite each other."""
    try:
        found = layout_of(tmp_path, header)
    except InvalidInput:
        return
    assert found not in {"products", "product-list", "hm-articles"}


def test_rows_of_products_as_they_are_stored(tmp_path: Path) -> None:
    totals, problems, rows = check(
        tmp_path, PRODUCTS + " p1 ,Pen, Office ,1.25,7.0,4.5,3\np2,Cup,Home,0,0,0,0\n"
    )
    assert problems == []
    assert (totals.rows, totals.revenue, totals.first_day, totals.rounded) == (2, 0, None, 0)
    assert rows == [
        {
            "line": 1,
            "product_id": "p1",
            "product_name": "Pen",
            "category": "Office",
            "price": Decimal("1.25"),
            "quantity_sold": 7,
            "rating": Decimal("4.5"),
            "review_count": 3,
            "deleted": False,
        },
        {
            "line": 2,
            "product_id": "p2",
            "product_name": "Cup",
            "category": "Home",
            "price": 0,
            "quantity_sold": 0,
            "rating": 0,
            "review_count": 0,
            "deleted": False,
        },
    ]


def test_more_than_four_decimals_are_rounded_half_to_even(tmp_path: Path) -> None:
    totals, problems, rows = check(tmp_path, PRODUCTS + "p1,Pen,Office,0.00005,1,4.33335,1\n")
    assert (problems, totals.rounded) == ([], 1)
    assert (rows[0]["price"], rows[0]["rating"]) == (Decimal("0.0000"), Decimal("4.3334"))


def test_a_list_of_products_may_leave_things_open(tmp_path: Path) -> None:
    _, problems, rows = check(tmp_path, "product_id,product_name,category,price\np1,Pen,,\n")
    assert problems == []
    assert [rows[0][one] for one in ("category", "price", "quantity_sold")] == [None, None, None]


def test_articles_of_hm(tmp_path: Path) -> None:
    row = "0108775015,0108775,Strap top,Vest top,Garment Upper body,09\n"
    _, problems, rows = check(tmp_path, f"{ARTICLES}\n{row}")
    assert problems == []
    names = ("product_id", "product_name", "category", "price")
    assert [rows[0][one] for one in names] == [
        "0108775015",
        "Strap top",
        "Garment Upper body",
        None,
    ]


GOOD = {
    "product_id": "p1",
    "product_name": "Pen",
    "category": "Office",
    "price": "1.25",
    "quantity_sold": "7",
    "rating": "4.5",
    "review_count": "3",
}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        *((column, " ", "is empty") for column in GOOD),
        ("price", "cheap", "is not a number"),
        ("price", "-0.01", "is below 0"),
        ("price", "NaN", "is not a number"),
        ("price", "Infinity", "is not a number"),
        ("price", "1e400", "is not a number"),
        ("price", "1" * 25, "is too large to store"),
        ("quantity_sold", "2.5", "is not a whole number"),
        ("quantity_sold", "-1", "is below 0"),
        ("quantity_sold", "many", "is not a whole number"),
        ("quantity_sold", "1" * 16, "is not a whole number"),
        ("rating", "good", "is not a number"),
        ("rating", "5.1", "is not a rating from 0 to 5"),
        ("rating", "5.00000001", "is not a rating from 0 to 5"),
        ("rating", "-1", "is not a rating from 0 to 5"),
        ("review_count", "-3", "is below 0"),
        ("review_count", "0.5", "is not a whole number"),
    ],
)
def test_what_a_row_is_refused_for(tmp_path: Path, column: str, value: str, reason: str) -> None:
    row = ",".join((GOOD | {column: value}).values())
    totals, problems, _ = check(tmp_path, PRODUCTS + f"p0,Cup,Home,1,1,1,1\n{row}\n")
    assert [(one.line, one.column, one.reason) for one in problems] == [(3, column, reason)]
    assert totals.rows == 1


def test_a_blank_cell_leaves_the_catalogue_as_it_is(shop: Shop) -> None:
    with pytest.raises(BadRows, match="line 3, column price: is empty"):
        shop.load_text(PRODUCTS + "p1,Pen,Office,1,1,1,1\np2,Cup,Home,,1,1,1\n")
    shop.warehouse.catch_up(60)
    with shop.warehouse.snapshot() as at:
        assert at.rows("SELECT count(*) FROM products") == [(0,)]


def test_a_product_told_twice_is_warned_of_and_the_last_row_counts(shop: Shop) -> None:
    same, other = "p1,Pen,Office,1,1,1,1\n", "p1,Pen,Office,1.00005,1,1,1\n"
    outcome = shop.load_text(PRODUCTS + "p2,Cup,Home,1,1,1,1\n" + same + other + same + same)
    assert outcome.loaded.warnings is not None
    warnings = {one["code"]: one for one in json.loads(outcome.loaded.warnings)}
    assert {code: (one["count"], one["lines"]) for code, one in warnings.items()} == {
        "rounded": (1, [4]),
    }
    outcome = shop.load_text(PRODUCTS + other + "p1,Biro,Office,2,1,1,1\n" + same + same)
    assert outcome.loaded.warnings is not None
    warnings = {one["code"]: one for one in json.loads(outcome.loaded.warnings)}
    assert warnings["repeated_products"]["lines"] == [3]
    assert shop.load_text(PRODUCTS + same + same).loaded.warnings is None
