"""What is valid and still worth a look is told with counts and lines, and stops nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shop import HEADER, Shop
from tillsight.errors import BadRows
from tillsight.sales.choices import Choices, Locale
from tillsight.sales.opening import Rules
from tillsight.sales.staging import staged


def told(folder: Path, rows: list[str], currency: str = "EUR") -> dict[str, tuple[int, list[int]]]:
    """Code, count and lines of what is told of a file."""
    path = folder / "sales.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8", newline="")
    with staged(path, Rules(Locale("UTC", currency), Choices()), folder) as checked:
        return {one.code: (one.count, list(one.lines)) for one in checked.cautions()}


def test_nothing_is_told_of_plain_sales(tmp_path: Path) -> None:
    assert told(tmp_path, ["1,p,,1,2024-01-05,2.5,,", "2,p,,1,2024-01-05,2.5,,"]) == {}


def test_each_caution_has_its_rows(tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    rows = [
        "1,p,,1,2024-01-05,2.5,,",
        f"2,p,,1,{tomorrow},2.5,,",
        "3,p,,1,2024-01-05,-2.5,,",
        '4,p,"two\nlines",1,2024-01-05,0.12345,,',
        "1,p,,1,2024-01-05,2.5,,",
        "1,p, ,1,2024-01-05,2.50,,",
        "5,p,,one,2050-01-05,-1,,",  # cannot be loaded, and is told as that
    ]
    assert told(tmp_path, rows) == {
        "future_dates": (1, [3]),
        "negative_prices": (1, [4]),
        "rounded": (1, [5]),
        "duplicate_rows": (2, [8]),
    }


def test_at_most_five_lines_and_every_row_counted(tmp_path: Path) -> None:
    rows = [f"{n},p,,1,2024-01-05,-0.5,," for n in range(9)]
    assert told(tmp_path, rows) == {"negative_prices": (9, [2, 3, 4, 5, 6])}


def test_symbols_that_were_left_out_are_told(tmp_path: Path) -> None:
    rows = ["1,p,,1,2024-01-05,$2.50,,", "2,p,,1,2024-01-05,2.5,,", "3,p,,1,2024-01-05,$3.5,,"]
    assert told(tmp_path, rows, "USD")["currency_stripped"][0] == 2


@pytest.mark.parametrize(
    ("revenue", "odd"),
    [
        ([100, 100, 110, 90, 100, 120, 100, 100], []),
        ([100, 100, 110, 90, 510, 100, 100, 100], [6]),
        ([100, 100, 110, 90, 499, 100, 100, 100], []),
        ([100, 100, 110, 90, 19, 100, 100, 100], [6]),
        ([100, 100, 900, 90, 100, 100, 100], []),  # less than six months are whole
        ([9, 100, 100, 100, 100, 100, 100, 9], []),  # the first and the last may be cut off
    ],
)
def test_months_far_from_those_around(tmp_path: Path, revenue: list[int], odd: list[int]) -> None:
    rows = [f"{n},p,,1,2024-{n + 1:02}-05,{one}.5,," for n, one in enumerate(revenue)]
    found = told(tmp_path, rows)
    assert found == ({"odd_months": (1, odd)} if odd else {})


def test_an_import_keeps_what_was_told(shop: Shop) -> None:
    loaded = shop.load_text(f"{HEADER}1,p,,1,2024-01-05,-2.5,,\n").loaded
    [caution] = json.loads(loaded.warnings or "")
    message = "With a price below 0, so that they count as adjustments: 1 row."
    assert caution == {"code": "negative_prices", "message": message, "count": 1, "lines": [2]}
    assert shop.load_text(f"{HEADER}2,p,,1,2024-01-05,2.5,,\n").loaded.warnings is None


def test_problems_are_grouped_with_exact_counts(shop: Shop) -> None:
    bad = "".join(f"{n},p,,many,2024-01-05,1.5,,\n" for n in range(7))
    text = f"{HEADER}1,p,,1,2024-01-05,1.5,,\n{bad}8,p,,1,2024-13-05,1.5,,\n9,p,,1\n"
    with pytest.raises(BadRows) as refused:
        shop.load_text(text)
    assert refused.value.details["bad_rows"] == 9
    assert refused.value.details["groups"] == [
        {
            "column": "Quantity",
            "reason": "is not a number",
            "count": 7,
            "lines": [3, 4, 5, 6, 7],
            "values": ["many"] * 5,
        },
        {
            "column": "InvoiceDate",
            "reason": "is not a date that could be read",
            "count": 1,
            "lines": [10],
            "values": ["2024-13-05"],
        },
        {
            "column": "",
            "reason": "has fewer cells than the header",
            "count": 1,
            "lines": [11],
            "values": [""],
        },
    ]
