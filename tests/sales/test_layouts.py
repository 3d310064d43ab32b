"""Every layout of sales: what is read of the files people have, and what is none of them."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from checking import check
from tillsight.errors import UnknownLayout
from tillsight.sales.layouts import LAYOUTS, FileKind, detect
from tillsight.sales.rows import KINDS


def told(row: dict) -> tuple:
    """The order, time, product, customer, country, channel, quantity, price and amount of a row."""
    names = ("order_id", "time", "product_id", "customer_id", "country", "channel")
    numbers = (row["quantity"], row["price"], row["amount"])
    return (*(row[name] for name in names), *(float(one) for one in numbers))


def test_hm_transactions_make_orders_of_a_customer_s_day_in_a_channel(tmp_path: Path) -> None:
    text = (
        "t_dat,customer_id,article_id,price,sales_channel_id\n"
        "2018-09-20,00ab,0663713001,0.05083050847457627,2\n"
        "2018-09-20,00ab,0541518023,0.03049152542372881,2\n"
        "2018-09-20,00ab,0541518023,0.03049152542372881,1\n"
        "2018-09-21,00ab,0505221004,0.01523728813559322,2\n"
        "2018-09-20,00cd,0505221004,0.01523728813559322,2\n"
    )
    _, problems, rows = check(tmp_path, text)
    assert problems == []
    assert [row["order_id"] for row in rows] == [
        "00ab/2018-09-20/2",
        "00ab/2018-09-20/2",
        "00ab/2018-09-20/1",
        "00ab/2018-09-21/2",
        "00cd/2018-09-20/2",
    ]
    assert {(row["kind"], row["quantity"], row["hour"]) for row in rows} == {("sale", 1, None)}
    assert (rows[0]["product_id"], rows[0]["amount"]) == ("0663713001", Decimal("0.0508"))


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,"
    "Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,"
    "Discount Amount,Shipping Method,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,"
    "Billing Name,Billing Country,Source\n"
)


def test_the_rows_of_a_shopify_order_share_what_its_first_says(tmp_path: Path) -> None:
    text = SHOPIFY + (
        "#1001,ada@example.com,paid,2024-05-07 09:31:00 -0400,fulfilled,,no,EUR,53.90,0,0,53.90,,0,"
        "Post,2024-05-07 09:30:00 -0400,2,Mug,9.95,,MUG,Ada L,CH,web\n"
        "#1001,ada@example.com,,,,,,,,,,,,,,,1,Tea Pot,34.00,,,,,\n"
        "#1002,,paid,2024-05-08 00:10:00 -0400,,,no,EUR,9.95,0,0,9.95,,0,,"
        "2024-05-08 00:10:00 -0400,1,Mug,9.95,,MUG,Bo B,FR,pos\n"
    )
    _, problems, rows = check(tmp_path, text)
    first = datetime(2024, 5, 7, 13, 30)
    ada = "ada@example.com"
    assert problems == []
    assert [told(row) for row in rows] == [
        ("#1001", first, "MUG", ada, "CH", "web", 2, 9.95, 19.9),
        ("#1001", first, "Tea Pot", ada, "CH", "web", 1, 34, 34),  # without an id its name is one
        ("#1002", datetime(2024, 5, 8, 4, 10), "MUG", "Bo B", "FR", "pos", 1, 9.95, 9.95),
    ]
    assert [row["line"] for row in rows] == [1, 2, 3]


def test_rows_of_shopify_inherit_within_their_order_only(tmp_path: Path) -> None:
    text = SHOPIFY + ",".join(["#1"] + [""] * 15 + ["1", "Mug", "9.95"] + [""] * 5) + "\n"
    text += "#2,a@example.com" + "," * 14 + "2024-05-07,1,Mug,9.95,,,,FR,\n"
    _, [problem], [row] = check(tmp_path, text)
    assert (problem.line, problem.column, problem.reason) == (2, "Created at", "is empty")
    assert row["country"] == "FR"


def test_items_of_woocommerce(tmp_path: Path) -> None:
    text = (
        '"Order Number","Order Status","Order Date","Customer Note","First Name (Billing)",'
        '"Email (Billing)","Country Code (Billing)","Order Total Amount","Coupon Code",SKU,'
        '"Item #","Item Name","Quantity (- Refund)","Item Cost"\n'
        "77,Completed,2024-05-07 13:30,,Ada,ada@example.com,CH,53.90,,MUG,1,Mug,2,9.95\n"
        "77,,,,,,,,,,2,Tea Pot,1,34.00\n"
    )
    _, problems, rows = check(tmp_path, text)
    ada, when = "ada@example.com", datetime(2024, 5, 7, 13, 30)
    assert problems == []
    assert [told(row) for row in rows] == [
        ("77", when, "MUG", ada, "CH", None, 2, 9.95, 19.9),
        ("77", when, "Tea Pot", ada, "CH", None, 1, 34, 34),
    ]


def test_items_of_square_have_totals_and_two_columns_of_time(tmp_path: Path) -> None:
    text = (
        "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,"
        "Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,"
        "Location,Dining Option,Customer ID,Customer Name,Customer Reference ID\n"
        '12/25/24,13:45:01,Eastern Time,Tea,Pot,2,Regular,P1,,"$1,034.50",$0.00,"$1,034.50",$0.00,'
        "t1,p1,Till,,,Payment,Market,,c1,Ada,\n"
        "12/26/24,09:00:00,Eastern Time,Tea,Cup,-1,Regular,,,($5.00),$0.00,($5.00),$0.00,"
        "t2,p2,Till,,,Refund,Market,,,,\n"
    )
    _, problems, rows = check(tmp_path, text, currency="USD")
    assert problems == []
    assert [told(row) for row in rows] == [
        ("t1", datetime(2024, 12, 25, 13, 45, 1), "P1", "c1", None, "Market", 2, 517.25, 1034.5),
        ("t2", datetime(2024, 12, 26, 9), "Cup", None, None, "Market", -1, 5, -5),
    ]
    assert [(row["kind"], row["hour"]) for row in rows] == [("sale", 13), ("return", 9)]


def test_sales_of_the_superstore_are_totals(tmp_path: Path) -> None:
    text = (
        "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,Country,"
        "City,State,Postal Code,Region,Product ID,Category,Sub-Category,Product Name,Sales,"
        "Quantity,Discount,Profit\n"
        "1,CA-1,11/8/2016,11/11/2016,Second,CG-1,Claire,Consumer,United States,Henderson,Kentucky,"
        "42420,South,FUR-1,Furniture,Bookcases,Somerset,261.96,3,0.2,41.9136\n"
        "2,CA-2,6/13/2016,6/16/2016,Second,DV-1,Darrin,Corporate,United States,LA,California,90036,"
        "West,OFF-1,Office,Labels,Label,0,0,0,-6.8714\n"
    )
    _, problems, rows = check(tmp_path, text)
    assert problems == []
    usa = "United States"
    assert [told(row) for row in rows] == [
        ("CA-1", datetime(2016, 11, 8), "FUR-1", "CG-1", usa, None, 3, 87.32, 261.96),
        ("CA-2", datetime(2016, 6, 13), "OFF-1", "DV-1", usa, None, 0, 0, 0),
    ]
    assert [row["kind"] for row in rows] == ["sale", "adjustment"]


@pytest.mark.parametrize(
    "header",
    [
        "product_id,product_name,category,price,quantity_sold,rating,review_count",
        "product_id,product_name,category,price,quantity_sold",
        "date,product_id,product_name,price,quantity_sold",
        "order_id,product,units",
    ],
)
def test_totals_of_products_are_never_lines_of_sales(header: str) -> None:
    try:
        layout, _columns = detect(header.split(","))
    except UnknownLayout:
        return
    assert layout.kind is not FileKind.sales


def test_layouts_need_only_what_their_kind_has() -> None:
    for layout in LAYOUTS:
        fields = {one.field for one in KINDS[layout.kind].fields}
        needed = layout.required | set(layout.order_of) | layout.once_an_order
        assert needed <= layout.columns.keys()
        assert layout.columns.keys() <= fields, layout.name
        assert detect(layout.sample_header())[0] is layout, layout.name


def test_layouts_of_sales_stand_before_others() -> None:
    kinds = [layout.kind is FileKind.sales for layout in LAYOUTS]
    assert kinds == sorted(kinds, reverse=True)
