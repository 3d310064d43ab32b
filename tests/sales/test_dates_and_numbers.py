"""Dates and numbers are read as the whole column says; where it does not say, somebody is asked."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from checking import check
from shop import HEADER
from tillsight.errors import AmbiguousDates, AmbiguousNumbers, OtherCurrency
from tillsight.sales.choices import DecimalMark
from tillsight.sales.layouts import DateOrder


def of_dates(dates: list[str]) -> str:
    return HEADER + "".join(f'1,p,,1,"{date}",1.5,,\n' for date in dates)


def of_prices(prices: list[str]) -> str:
    return HEADER + "".join(f'1,p,,1,2024-01-01,"{price}",,\n' for price in prices)


DATES = [
    (["31.12.2024", "01.02.2024"], ["2024-12-31", "2024-02-01"]),  # dots: the day stands first
    (["01.02.2024"], ["2024-02-01"]),
    (["1.2.24 8:05"], ["2024-02-01T08:05"]),
    (["13/2/2024", "1/2/2024"], ["2024-02-13", "2024-02-01"]),
    (["2/13/2024", "1/2/2024"], ["2024-02-13", "2024-01-02"]),
    (["13-02-2024", "01-02-2024 10:00:05"], ["2024-02-13", "2024-02-01T10:00:05"]),
    (["02-13-24", "01-02-24"], ["2024-02-13", "2024-01-02"]),
    (["02/02/2024", "3/3/2024"], ["2024-02-02", "2024-03-03"]),  # either way the same day
    (["01.02.2024", "2/13/2024"], ["2024-02-01", "2024-02-13"]),
    (["2024-01-05", "25/01/2024", "03/04/2024"], ["2024-01-05", "2024-01-25", "2024-04-03"]),
    (["2024/05/07", "2024.05.08", "20240509"], ["2024-05-07", "2024-05-08", "2024-05-09"]),
    (["5 May 2024", "31-Dec-24", "May 6, 2024"], ["2024-05-05", "2024-12-31", "2024-05-06"]),
    (["25/12/2024, 18:05:09"], ["2024-12-25T18:05:09"]),
    (["12/25/2024 6:05 PM", "12/25/2024 12:10 am"], ["2024-12-25T18:05", "2024-12-25T00:10"]),
    (["2024-05-07 09:30:00 -0400", "2024-05-07 1:30 PM"], ["2024-05-07T13:30"] * 2),
    (["2024-05-07T09:30:00.250", "2024-05-07 09:30:00 UTC"], None),
]


@pytest.mark.parametrize(("dates", "wanted"), DATES)
def test_dates_as_columns_have_them(
    tmp_path: Path, dates: list[str], wanted: list[str] | None
) -> None:
    _, problems, rows = check(tmp_path, of_dates(dates))
    assert problems == []
    days = [datetime.fromisoformat(one) for one in wanted or []]
    assert [row["time"] for row in rows] == (
        days or [datetime(2024, 5, 7, 9, 30, 0, 250_000), datetime(2024, 5, 7, 9, 30)]
    )


@pytest.mark.parametrize("dates", [["03/04/2024"], ["3-4-24 10:00", "5-6-24 11:00"]])
def test_dates_that_can_be_either_are_asked_for(tmp_path: Path, dates: list[str]) -> None:
    with pytest.raises(AmbiguousDates) as refused:
        check(tmp_path, of_dates(dates))
    details = refused.value.details
    assert (details["column"], details["readings"][0]["example"]) == ("InvoiceDate", dates[0])
    assert [one["choice"] for one in details["readings"]] == ["day_first", "month_first"]
    assert [one["means"] for one in details["readings"]] == ["3 April 2024", "4 March 2024"]
    for order, month in ((DateOrder.day_first, 4), (DateOrder.month_first, 3)):
        _, problems, rows = check(tmp_path, of_dates(dates), date_order=order)
        assert (problems, rows[0]["time"].month) == ([], month)


def test_rows_that_contradict_the_column_are_the_problem(tmp_path: Path) -> None:
    dates = ["25/12/2024", "26/12/2024", "12/31/2024", "13/13/2024", "30/02/2024", "soon"]
    _, problems, rows = check(tmp_path, of_dates(dates))
    assert [row["time"].day for row in rows] == [25, 26]
    assert [(one.line, one.reason) for one in problems] == [
        (line, "is not a date that could be read") for line in (4, 5, 6, 7)
    ]


PRICES = [
    (["2.55", "1,234.50", "1,000"], ["2.55", "1234.5", "1000"]),
    (["2,55", "1.234,50", "1.000"], ["2.55", "1234.5", "1000"]),
    (["1.234.567", "1.000"], ["1234567", "1000"]),
    (["1,234,567", "1,000"], ["1234567", "1000"]),
    (["0.125", "1.234"], ["0.125", "1.234"]),  # no thousand begins with 0
    (["0,125", "1,234"], ["0.125", "1.234"]),
    (["1234.567", "1.234"], ["1234.567", "1.234"]),
    (["12 345,60", "1\u202f000", "1\u00a0000,5"], ["12345.6", "1000", "1000.5"]),
    (["1'234.50", "12\u2019345.60"], ["1234.5", "12345.6"]),
    (["5-", "(2.50)", "-3.5", "\u22121.5", "+4"], ["-5", "-2.5", "-3.5", "-1.5", "4"]),
    (["1e3", "1.5E-2", "7"], ["1000", "0.015", "7"]),
    (["1000", "7"], ["1000", "7"]),
    ([".5", "5."], ["0.5", "5"]),
    (["€ 2,50", "3,00 €", "EUR 4", "-€1,50", "(€2,00)", "5.000 EUR"],
     ["2.5", "3", "4", "-1.5", "-2", "5000"]),
]  # fmt: skip


@pytest.mark.parametrize(("prices", "wanted"), PRICES)
def test_numbers_as_columns_have_them(tmp_path: Path, prices: list[str], wanted: list[str]) -> None:
    _, problems, rows = check(tmp_path, of_prices(prices))
    assert problems == []
    assert [row["price"] for row in rows] == [Decimal(one) for one in wanted]


@pytest.mark.parametrize("prices", [["1.234"], ["1,234", "12,500"], ["1.234", "-5.000", "7"]])
def test_numbers_that_can_be_either_are_asked_for(tmp_path: Path, prices: list[str]) -> None:
    with pytest.raises(AmbiguousNumbers) as refused:
        check(tmp_path, of_prices(prices))
    assert refused.value.details["column"] == "UnitPrice"
    mark = "." if "." in prices[0] else ","
    for decimal in DecimalMark:
        _, problems, rows = check(tmp_path, of_prices(prices), decimal=decimal)
        parts = (decimal is DecimalMark.point) != (mark == ".")
        assert problems == []
        assert rows[0]["price"] == Decimal("1234" if parts else "1.234")


def test_one_column_of_numbers_settles_the_others(tmp_path: Path) -> None:
    text = HEADER + '1,p,,"1.000",2024-01-01,"2,55",,\n2,p,,"2.500",2024-01-01,"1,5",,\n'
    _, problems, rows = check(tmp_path, text)
    assert (problems, [row["quantity"] for row in rows]) == ([], [1000, 2500])


BAD_PRICES = ["NaN", "Infinity", "-inf", "5%", "12 PCS", "1,2,3", "1.2.3", "12 34", "--5", "(5",
              "5)", "-(5)", "twelve", "0x1F", "1_5", "$", "12€50", "1'23", "1e", "-"]  # fmt: skip


@pytest.mark.parametrize("price", BAD_PRICES)
@pytest.mark.parametrize("good", ["2.55", "1,234.50"])  # read plainly, and not
def test_what_is_no_number_is_a_problem(tmp_path: Path, price: str, good: str) -> None:
    _, problems, rows = check(tmp_path, of_prices([good, price]))
    assert [(one.line, one.value, one.reason) for one in problems] == [
        (3, price, "is not a number")
    ]
    assert len(rows) == 1


@pytest.mark.parametrize("price", ["1e400", "99999999999999999999", "1e300"])
def test_a_number_too_large_says_so(tmp_path: Path, price: str) -> None:
    _, [problem], _ = check(tmp_path, of_prices(["2.55", price]))
    assert problem.reason == "is too large to store"


@pytest.mark.parametrize(
    ("price", "currency", "fits"),
    [
        ("$5.00", "EUR", False),
        ("$5.00", "USD", True),
        ("$5.00", "CAD", True),
        ("£5.00", "USD", False),
        ("5.00 CHF", "CHF", True),
        ("5.00 CHF", "EUR", False),
        ("¥500", "JPY", True),
        ("¥500", "USD", False),
        ("usd 5.00", "USD", None),
    ],
)
def test_symbols_beside_numbers(
    tmp_path: Path, price: str, currency: str, fits: bool | None
) -> None:
    text = of_prices([price, "2.50"])
    if fits is False:
        with pytest.raises(OtherCurrency, match=f"this shop's currency is {currency}"):
            check(tmp_path, text, currency=currency)
        return
    _, problems, rows = check(tmp_path, text, currency=currency)
    assert (len(problems), len(rows)) == ((0, 2) if fits else (1, 1))


@pytest.mark.parametrize(("stated", "fits"), [("EUR", True), ("eur", True), ("€", True),
                                              ("USD", False), ("$", False)])  # fmt: skip
def test_a_column_of_currencies(tmp_path: Path, stated: str, fits: bool) -> None:
    text = f"{HEADER.strip()},Currency\n1,p,,1,2024-01-01,1.5,,,{stated}\n1,p,,1,2024-01-01,2,,,\n"
    if fits:
        _, problems, rows = check(tmp_path, text)
        assert (problems, len(rows)) == ([], 2)
        return
    with pytest.raises(OtherCurrency, match="in column Currency") as refused:
        check(tmp_path, text)
    assert refused.value.details == {"stated": stated, "currency": "EUR", "rows": 1}
