"""Checking a file: what is read as what, and which rows are refused why."""

import csv
import gzip
import io
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checking import check
from shop import HEADER
from tillsight.errors import InvalidInput
from tillsight.sales.choices import Locale
from tillsight.sales.opening import Rules
from tillsight.sales.problems import Problem
from tillsight.sales.staging import staged
from tillsight.sales.unpack import unpack

PURCHASES = "customer_name,country,purchase_date,amount\n"


def test_one_row_as_it_is_stored(tmp_path: Path) -> None:
    text = (
        f"{HEADER} 536365 ,85123A, WHITE HEART ,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    )
    totals, problems, rows = check(tmp_path, text)
    assert problems == []
    assert rows == [
        {
            "line": 1,
            "kind": "sale",
            "order_id": "536365",
            "time": datetime(2010, 12, 1, 8, 26),
            "hour": 8,
            "product_id": "85123A",
            "product_name": "WHITE HEART",
            "category": None,
            "customer_id": "17850",
            "customer_name": None,
            "country": "United Kingdom",
            "channel": None,
            "quantity": Decimal("6.0000"),
            "price": Decimal("2.55000000"),
            "amount": Decimal("15.3000"),
        }
    ]
    assert (totals.rows, totals.revenue) == (1, Decimal("15.3000"))


@pytest.mark.parametrize(
    ("quantity", "price", "kind"),
    [
        ("1", "2", "sale"),
        ("-1", "2", "return"),
        ("1", "0", "adjustment"),
        ("-1", "0", "adjustment"),
        ("1", "-11062.06", "adjustment"),
        ("0", "2", "adjustment"),
    ],
)
def test_kinds_of_lines(tmp_path: Path, quantity: str, price: str, kind: str) -> None:
    _, _, rows = check(tmp_path, f"{HEADER}C1,p,,{quantity},2024-01-01,{price},,\n")
    assert rows[0]["kind"] == kind


def test_a_purchase_is_known_by_name_and_its_sign(tmp_path: Path) -> None:
    text = f"{PURCHASES} Ada ,Chile,2024-05-07,12.50\nAda,Chile,2024-05-08,-2.50\n"
    totals, _, rows = check(tmp_path, text)
    seen = [(row["customer_id"], row["kind"], row["amount"], row["hour"]) for row in rows]
    assert seen == [
        ("Ada", "sale", Decimal("12.5000"), None),
        ("Ada", "return", Decimal("-2.5000"), None),
    ]
    assert totals.revenue == Decimal("12.5")


@pytest.mark.parametrize(
    "header",
    [
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        '"Invoice","StockCode","Quantity","InvoiceDate","Price","Customer ID","Country"',
        "country,customerid,unitprice,invoicedate,quantity,description,stockcode,invoiceno",
    ],
)
def test_both_published_headers_in_any_order(tmp_path: Path, header: str) -> None:
    cells = {
        "invoice": "1",
        "invoiceno": "1",
        "stockcode": "p",
        "description": "Pen",
        "quantity": "2",
        "invoicedate": "2024-01-01 10:00:00",
        "unitprice": "3",
        "price": "3",
        "customerid": "7",
        "customer id": "7",
        "country": "Peru",
    }
    row = ",".join(cells[name.strip('"').lower()] for name in header.split(","))
    totals, problems, rows = check(tmp_path, f"{header}\n{row}\n")
    assert (totals.revenue, problems) == (Decimal(6), [])
    assert (rows[0]["customer_id"], rows[0]["country"]) == ("7", "Peru")


@pytest.mark.parametrize(
    ("dates", "wanted"),
    [
        (["2010-12-01 08:26:00"], [datetime(2010, 12, 1, 8, 26)]),
        (["2010-12-01 08:26"], [datetime(2010, 12, 1, 8, 26)]),
        (["2010-12-01T08:26:00"], [datetime(2010, 12, 1, 8, 26)]),
        (["2010-12-01"], [datetime(2010, 12, 1)]),
        (
            ["12/1/2010 8:26", "12/13/2010 18:05"],
            [datetime(2010, 12, 1, 8, 26), datetime(2010, 12, 13, 18, 5)],
        ),
        # the whole column decides: a 13th month does not exist, so the day stands first
        (
            ["1/2/2011 8:26", "13/2/2011 8:26"],
            [datetime(2011, 2, 1, 8, 26), datetime(2011, 2, 13, 8, 26)],
        ),
    ],
)
def test_dates(tmp_path: Path, dates: list[str], wanted: list[datetime]) -> None:
    text = HEADER + "".join(f"1,p,,1,{date},1,,\n" for date in dates)
    _, problems, rows = check(tmp_path, text)
    assert problems == []
    assert [row["time"] for row in rows] == wanted


@pytest.mark.parametrize(
    "aware",
    [
        "2024-07-01T10:00:00Z",
        "2024-07-01T12:00+02:00",
        "2024-07-01 12:00:00+0200",
        "2024-07-01T12:00+02",
    ],
)
def test_an_offset_is_taken_to_the_shop_s_time(tmp_path: Path, aware: str) -> None:
    _, problems, rows = check(tmp_path, f"{HEADER}1,p,,1,{aware},1,,\n", "America/New_York")
    assert problems == []
    assert rows[0]["time"] == datetime(2024, 7, 1, 6, 0)


def test_every_problem_is_told_with_line_column_value_and_reason(tmp_path: Path) -> None:
    text = HEADER + (
        '1,p,"two\nlines",1,2024-01-01,1,,\n'
        "\n"
        "2,p,,one,2024-01-01,1,,\n"
        "3,p\n"
        ",p,,1,2024-01-01,1,,\n"
        "5,p,,1,2024-02-30,1,,\n"
        "6,p,,1,2024-01-01,NaN,,\n"
        "7,p,,1,2024-01-01,1e400,,\n"
        "8,p,,1,0044-03-15,1,,\n"
        "9,p,,1,2024-01-01,,,\n"
        "10,p,,1,2024-01-01,1,,,extra\n"
        "11,p,,99999999999999,2024-01-01,9999999999,,\n"
        "12,p,,1,2024-01-01,1,,\n"
    )
    totals, problems, rows = check(tmp_path, text)
    assert problems == [
        Problem(5, "Quantity", "one", "is not a number"),
        Problem(6, "", "", "has fewer cells than the header"),
        Problem(7, "InvoiceNo", "", "is empty"),
        Problem(8, "InvoiceDate", "2024-02-30", "is not a date that could be read"),
        Problem(9, "UnitPrice", "NaN", "is not a number"),
        Problem(10, "UnitPrice", "1e400", "is too large to store"),
        Problem(11, "InvoiceDate", "0044-03-15", "is not a year from 1900 to 2199"),
        Problem(12, "UnitPrice", "", "is empty"),
        Problem(13, "", "", "has more cells than the header"),
        Problem(14, "Quantity", "99999999999999", "makes an amount too large to store"),
    ]
    assert [row["order_id"] for row in rows] == ["1", "12"]
    assert totals.rows == 2


def test_rejects_are_the_original_rows_with_a_reason(tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_text(f'{HEADER}1,p,"a, b",x,2024-01-01,1,,\n2,p,,1,2024-01-01,1,,\n')
    with staged(source, Rules(Locale("UTC", "EUR")), tmp_path) as checked:
        checked.write_rejects(tmp_path / "rejects.csv")
    [row] = csv.DictReader((tmp_path / "rejects.csv").read_text().splitlines())
    assert (row["Description"], row["line"], row["reason"]) == (
        "a, b",
        "2",
        "Quantity: is not a number",
    )


@pytest.mark.parametrize(
    ("price", "amount", "rounded"),
    [
        ("1.00005", "1.0000", 1),  # a half goes to the even neighbour ...
        ("1.00015", "1.0002", 1),
        ("-1.00025", "-1.0002", 1),
        ("1.0001", "1.0001", 0),
    ],
)
def test_more_than_four_decimals_are_rounded_half_even_and_counted(
    tmp_path: Path, price: str, amount: str, rounded: int
) -> None:
    totals, _, rows = check(tmp_path, f"{HEADER}1,p,,1,2024-01-01,{price},,\n")
    assert rows[0]["amount"] == Decimal(amount)
    assert totals.rounded == rounded


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends(
    tmp_path: Path, encoding: str, delimiter: str, newline: str
) -> None:
    rows = [
        HEADER.strip().split(","),
        ["1", "p", "£ Café", "1", "2024-01-01", "2", "", "Österreich"],
    ]
    text = newline.join(delimiter.join(row) for row in rows) + newline
    _, problems, stored = check(tmp_path, text.encode(encoding))
    assert problems == []
    assert (stored[0]["product_name"], stored[0]["country"]) == ("£ Café", "Österreich")


def test_mixed_line_ends(tmp_path: Path) -> None:
    text = HEADER.strip() + "\r\n1,p,,1,2024-01-01,2,,\n2,p,,1,2024-01-01,2,,\r\n"
    totals, problems, _ = check(tmp_path, text)
    assert (totals.rows, problems) == (2, [])


def test_a_packed_file_is_known_by_its_content(tmp_path: Path) -> None:
    text = f"{HEADER}1,p,,1,2024-01-01,2,,\n".encode()
    plain = unpack(_written(tmp_path / "plain", text), tmp_path)
    packed = unpack(_written(tmp_path / "packed", gzip.compress(text)), tmp_path)
    assert plain.content_hash == packed.content_hash
    assert packed.path.read_bytes() == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (HEADER.encode(), "header and no rows"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "a picture"),
        (gzip.compress(HEADER.encode() * 1000)[:-20], "cut off"),
        (b"a,b,c\n1,2,3\n", "No known layout"),
        (b"InvoiceNo,StockCode,Quantity,InvoiceDate\n1,2,3,4\n", "Missing column: UnitPrice"),
        (b"customer_name,country,amount\nAda,Peru,1\n", "Missing column: purchase_date"),
        (b"InvoiceNo,InvoiceNo,StockCode\n1,2,3\n", "more than once"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check(tmp_path, content)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@given(
    names=st.lists(cells, min_size=1, max_size=10),
    quantity=st.integers(-100, 100),
    price=st.decimals(-1000, 1000, places=5),
)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], quantity: int, price: Decimal
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER.strip().split(","))
    for name in names:
        writer.writerow(["1", "p", name, quantity, "2024-01-01", price, "", ""])
    _, problems, rows = check(tmp_path_factory.mktemp("any"), file.getvalue())
    assert problems == []
    assert [row["product_name"] for row in rows] == [name.strip(" ") or None for name in names]
    amount = (quantity * price).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    assert {row["amount"] for row in rows} == {amount}


def test_line_breaks_in_cells_never_make_rows(tmp_path: Path) -> None:
    """Text that looks like a row, in a cell, in a file large enough for several threads."""
    trap = "x\n1,p,y,1,2024-01-01,999,,"
    filler = "z" * 1500
    row = f'1,p,"{trap}{filler}",1,2024-01-01,1,,\n'
    totals, problems, _ = check(tmp_path, HEADER + row * 30_000)
    assert problems == []
    assert (totals.rows, totals.revenue) == (30_000, Decimal(30_000))


def test_a_very_wide_cell_is_read(tmp_path: Path) -> None:
    _, _, rows = check(tmp_path, f'{HEADER}1,p,"{"x" * 200_000}",1,2024-01-01,1,,\n')
    assert len(rows[0]["product_name"]) == 200_000


def test_a_very_wide_header_is_no_layout(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No known layout"):
        check(tmp_path, f'"{"y" * 200_000}",other\n1,2\n')


def test_a_file_that_ends_inside_a_character_is_read_as_another_encoding(tmp_path: Path) -> None:
    _, problems, rows = check(tmp_path, f"{HEADER}1,p,,1,2024-01-01,1,,Caf".encode() + b"\xc3")
    assert (problems, rows[0]["country"]) == ([], "Caf\u00c3")
