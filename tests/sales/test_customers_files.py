"""Files of customers: what is read as what, which rows are refused, and which file is new."""

from pathlib import Path

import pytest

from checking import check
from shop import HEADER, Shop
from tillsight.errors import InvalidInput
from tillsight.sales.layouts import detect
from tillsight.sales.opening import read_opening
from tillsight.sales.problems import Problem

CUSTOMERS = "customer_id,gender,age\n"
SALE = "1,p,Pen,2,2024-05-07,10,c1,\n"


def layout_of(folder: Path, header: str) -> str:
    path = folder / "file.csv"
    path.write_text(f"{header}\n{'x' + ',' * header.count(',')}\n")
    return detect(read_opening(path).header)[0].name


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        ("customer_id,gender,age", "customers"),
        ("Age;City;Customer ID;Gender", "customers"),
        ("customer_id,sex", "customers"),
        (
            "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code",
            "hm-customers",
        ),
        (HEADER.strip() + ",Gender,Age", "online-retail"),
    ],
)
def test_layouts_of_customers(tmp_path: Path, header: str, layout: str) -> None:
    assert layout_of(tmp_path, header) == layout


@pytest.mark.parametrize(
    ("header", "words"),
    [
        # Every line a sale: taken for a list of customers, the sales would be lost without a word.
        (
            "Transaction ID,Date,Customer ID,Gender,Age,Product Category,Quantity,Total Amount",
            "No known layout",
        ),
        ("gender,age", "Missing column: customer_id. The file looks like Customers"),
        ("customer_id,postal_code", "Missing column: gender. The file looks like Customers"),
    ],
)
def test_what_is_no_list_of_customers(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        layout_of(tmp_path, header)


def test_rows_of_customers_as_they_are_stored(tmp_path: Path) -> None:
    given = ["Female", "w", " WOMAN ", "F", "male", "M", "man", "Non-binary", "Frau", "", " "]
    text = CUSTOMERS + "".join(f" c{n} ,{gender},{n}\n" for n, gender in enumerate(given))
    totals, problems, rows = check(tmp_path, text)
    assert (problems, totals.rows, totals.revenue, totals.first_day) == ([], 11, 0, None)
    assert rows[0] == {"line": 1, "customer_id": "c0", "gender": "female", "age": 0}
    genders = ["female"] * 4 + ["male"] * 3 + ["Non-binary", "Frau", None, None]
    assert [row["gender"] for row in rows] == genders


def test_customers_of_h_and_m_have_no_gender(tmp_path: Path) -> None:
    header = "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\n"
    text = header + "00ab,,,ACTIVE,NONE,49.0,52043ee\n00cd,1.0,1.0,ACTIVE,Regularly,,2973abc\n"
    _, problems, rows = check(tmp_path, text)
    assert problems == []
    assert [(row["customer_id"], row["gender"], row["age"]) for row in rows] == [
        ("00ab", None, 49),
        ("00cd", None, None),
    ]


@pytest.mark.parametrize(("age", "stored"), [("0", 0), ("150", 150), ("49.0", 49), ("+7", 7)])
def test_ages(tmp_path: Path, age: str, stored: int) -> None:
    _, problems, rows = check(tmp_path, f"{CUSTOMERS}c1,,{age}\n")
    assert (problems, rows[0]["age"]) == ([], stored)


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        *(
            (age, "is not a whole number")
            for age in ("4.5", "young", "1e1", "NaN", "1_0", "9" * 30)
        ),
        *((age, "is not an age from 0 to 150") for age in ("-1", "151", "999999999")),
    ],
)
def test_bad_ages_are_refused_with_a_reason(tmp_path: Path, age: str, reason: str) -> None:
    _, problems, rows = check(tmp_path, f"{CUSTOMERS}c1,f,30\nc2,f,{age}\n")
    assert problems == [Problem(3, "age", age, reason)]
    assert [row["customer_id"] for row in rows] == ["c1"]


def test_a_customer_without_an_id_is_refused(tmp_path: Path) -> None:
    _, problems, _ = check(tmp_path, f"{CUSTOMERS},f,30\nc2\n")
    assert problems == [
        Problem(2, "customer_id", "", "is empty"),
        Problem(3, "", "", "has fewer cells than the header"),
    ]


def test_only_the_last_content_was_loaded_before(shop: Shop) -> None:
    """After A and B, A is new and gives A's values; twice in a row it adds nothing."""
    shop.load_text(HEADER + SALE)
    one, other = (f"{CUSTOMERS}c1,{gender},\n" for gender in ("f", "m"))
    wanted = [(one, True), (one, False), (other, True), (one, True), (one, False), (other, True)]
    ids = []
    for text, added in wanted:
        outcome = shop.load_text(text)
        assert outcome.added is added
        ids.append(outcome.loaded.id)
        [row] = shop.ask("customers", by=["gender"]).rows
        assert row["gender"] == ("female" if text == one else "male")
    assert ids == [2, 2, 3, 4, 4, 5]


def test_the_same_sales_are_never_new_again(shop: Shop) -> None:
    shop.load_text(HEADER + SALE)
    shop.load_text(f"{CUSTOMERS}c1,f,30\n")
    shop.load_text(HEADER + SALE.replace("1,p", "2,p", 1))
    assert not shop.load_text(HEADER + SALE).added
