"""Lines that are written as people write them come back as they were, or are asked about."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking import check
from tillsight.errors import AmbiguousDates, AmbiguousNumbers
from tillsight.sales.choices import DecimalMark
from tillsight.sales.layouts import DateOrder

LAYOUTS: Final[Mapping[str, list[str]]] = {
    "online-retail": ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Country"],
    "shopify": [
        *("Name", "Lineitem sku", "Lineitem quantity", "Created at", "Lineitem price"),
        *("Billing Country", "Lineitem name"),
    ],
    "superstore": ["Order ID", "Product ID", "Quantity", "Order Date", "Sales", "Country"],
    "square": ["Transaction ID", "SKU", "Qty", "Date", "Gross Sales", "Location", "Item"],
}
TOTALS = {"superstore", "square"}
DATES: Final = {"iso": "{0:%Y-%m-%d}", "dots": "{0:%d.%m.%Y}", "day": "{0:%d/%m/%Y}",
                "month": "{0:%m/%d/%Y}", "dashes": "{0:%d-%m-%y}"}  # fmt: skip
MARKS: Final = {"plain": ("", "."), "english": (",", "."), "german": (".", ","),
                "french": ("\u00a0", ","), "swiss": ("'", ".")}  # fmt: skip


@dataclass(frozen=True)
class Sold:
    """A line, with what it says by the definitions."""

    order: str
    product: str
    quantity: int
    day: date
    price: Decimal
    country: str


lines = st.lists(
    st.builds(
        Sold,
        order=st.sampled_from("ABC"),
        product=st.sampled_from(["p1", "p,2", 'p"3', "p;4"]),
        quantity=st.integers(1, 3000),
        day=st.dates(date(2019, 1, 1), date(2024, 12, 31)),
        price=st.decimals(Decimal("0.001"), Decimal(99999), places=3),
        country=st.sampled_from(["Perú", "EIRE"]),
    ),
    min_size=1,
    max_size=6,
)


def number(value: Decimal | int, marks: tuple[str, str]) -> str:
    """A number with the marks of a country, without zeros that say nothing."""
    whole, _, decimals = f"{value:,}".partition(".")
    decimals = decimals.rstrip("0")
    return whole.replace(",", marks[0]) + (marks[1] + decimals if decimals else "")


def written(sold: list[Sold], layout: str, delimiter: str, dates: str, numbers: str) -> str:
    """The lines as a file."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow(LAYOUTS[layout])
    for one in sold:
        money = one.price * one.quantity if layout in TOTALS else one.price
        quantity, amount = (number(value, MARKS[numbers]) for value in (one.quantity, money))
        day = DATES[dates].format(one.day)
        cells = [one.order, one.product, quantity, day, amount, one.country, "Thing"]
        writer.writerow(cells[: len(LAYOUTS[layout])])
    return file.getvalue()


@settings(max_examples=30)
@given(
    sold=lines,
    layout=st.sampled_from(sorted(LAYOUTS)),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    dates=st.sampled_from(sorted(DATES)),
    numbers=st.sampled_from(sorted(MARKS)),
)
def test_lines_come_back_however_they_are_written(
    tmp_path_factory: pytest.TempPathFactory,
    sold: list[Sold],
    layout: str,
    delimiter: str,
    dates: str,
    numbers: str,
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    text = written(sold, layout, delimiter, dates, numbers)
    slashed, decimal = dates in {"day", "month", "dashes"}, MARKS[numbers][1]
    order = DateOrder.month_first if dates == "month" else DateOrder.day_first
    choices: dict[str, object] = {}
    open_days = slashed and all(one.day.day <= 12 for one in sold)
    asked = []
    for _ in range(3):
        try:
            _, problems, rows = check(folder, text, **choices)
            break
        except AmbiguousDates:
            asked.append("dates")
            choices["date_order"] = order
        except AmbiguousNumbers:
            asked.append("numbers")
            choices["decimal"] = DecimalMark.point if decimal == "." else DecimalMark.comma
    same_either_way = all(one.day.day == one.day.month for one in sold)
    assert ("dates" in asked) == (open_days and not same_either_way)
    assert len(asked) == len(set(asked))
    assert problems == []
    country = "channel" if layout == "square" else "country"
    assert [
        (row["order_id"], row["product_id"], row["quantity"], row["time"].date(), row[country])
        for row in rows
    ] == [(one.order, one.product, one.quantity, one.day, one.country) for one in sold]
    assert [row["amount"] for row in rows] == [one.quantity * one.price for one in sold]
