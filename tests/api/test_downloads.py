"""Tables as files: the same in a workbook as in CSV, and nothing in them is a formula."""

import csv
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from api_shop import Api
from shop import HEADER
from tillsight.api import workbook as made
from tillsight.api.downloads import csv_cell
from tillsight.api.workbook import Rounded, workbook

TRAPS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "plain", "ä\x0b€", "", "007"]


def opened(data: bytes) -> list[list[list[object]]]:
    """The cells of every sheet."""
    book = load_workbook(io.BytesIO(data))
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book]


def test_numbers_and_dates_are_such_and_everything_else_is_text() -> None:
    moment = datetime(2024, 5, 7, 12, 30, tzinfo=UTC)
    row = [1, Decimal("2.50"), Rounded(1234.5, 2), date(2024, 5, 7), time(9, 5), moment]
    more = [True, None, {"a": ["ü"]}, 10**15, -(10**15) + 1]
    header = [f"c{place}" for place in range(len(row + more))]
    [[names, cells]] = opened(b"".join(workbook(header, [[row + more]], "all")))
    assert names == header
    assert cells[:3] == [1, 2.5, 1234.5]
    assert cells[3] == datetime(2024, 5, 7)
    assert cells[4:] == [
        *[time(9, 5), "2024-05-07T12:30:00+00:00", True, None, '{"a": ["ü"]}'],
        *["1000000000000000", -(10**15) + 1],
    ]


def test_no_text_is_a_formula_and_none_is_lost() -> None:
    book = load_workbook(io.BytesIO(b"".join(workbook(["=name"], [[[one]] for one in TRAPS], "x"))))
    found = [row[0] for row in book.active.iter_rows()]
    assert {cell.data_type for cell in found} <= {"s", "inlineStr", "n"}
    expected = ["=name", *(one.replace("\x0b", "") or None for one in TRAPS)]
    assert [cell.value for cell in found] == expected


def test_a_table_longer_than_a_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "SHEET_ROWS", 4)
    sheets = opened(b"".join(workbook(["n"], [[[n] for n in range(7)]], "long")))
    assert sheets == [
        [["n"], [0], [1], [2]],
        [["n"], [3], [4], [5]],
        [["n"], [6]],
    ]


ROUTES = [
    "/api/metrics/query?measures=revenue,orders,average_order_value&by=product,month",
    "/api/products",
    "/api/products/summary",
    "/api/products/abc",
    "/api/products/affinity?min_orders=1",
    "/api/purchases",
    "/api/kpis",
    "/api/kpis/board",
    "/api/kpi-values",
    "/api/kpi-changes",
    "/api/customers/lifetime-value/customers",
    "/api/customers/cohorts",
    "/api/forecasts?measure=revenue",
    "/api/forecasts/track-record",
    "/api/audit",
]


def test_every_table_is_the_same_in_both(api: Api) -> None:
    sold = HEADER + "".join(
        f"{day},p{day % 3},=Pen {day % 3},2,2024-01-{day:02} 10:00:00,10.05,c{day % 4},France\n"
        for day in range(1, 29)
    )
    assert api.upload(sold).status_code == 201
    bought = {"customer": "=x", "date": "2024-02-01", "amount": 3}
    assert api.client.post("/api/purchases", json=bought, headers=api.as_("editor")).is_success
    for path in ROUTES:
        together = "&" if "?" in path else "?"
        answers = {
            kind: api.client.get(f"{path}{together}format={kind}", headers=api.as_("admin"))
            for kind in ("csv", "xlsx")
        }
        assert {one.status_code for one in answers.values()} == {200}, path
        names = [one.headers["content-disposition"] for one in answers.values()]
        assert names[0].replace(".csv", ".xlsx") == names[1], path
        [sheet] = opened(answers["xlsx"].content)
        told = list(csv.reader(io.StringIO(answers["csv"].text)))
        if "audit" in path:  # the second download tells of the first
            sheet.pop(1)
        assert len(sheet) == len(told), path
        for row, expected in zip(sheet, told, strict=True):
            for cell, text in zip(row, expected, strict=True):
                assert same(cell, text), (path, cell, text)


def same(cell: object, text: str) -> bool:
    """Whether a cell of a workbook says what the text in CSV says."""
    if isinstance(cell, bool):
        return text == str(cell).lower()
    if isinstance(cell, int | float):
        return float(text) == pytest.approx(cell)
    if isinstance(cell, datetime):
        return text == cell.date().isoformat()
    return csv_cell(cell) == text
