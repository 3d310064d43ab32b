"""Growth by month and quarter over HTTP."""

import csv
import io

import pytest

from api_shop import Api
from shop import HEADER

SALES = HEADER + (
    "1,p1,Pen,1,2023-02-01 10:00:00,100,c1,France\n"
    "2,p1,Pen,1,2023-12-20 10:00:00,80,c1,EIRE\n"
    "3,p1,Pen,1,2024-01-31 10:00:00,40,c1,France\n"
    "4,p1,Pen,1,2024-02-10 10:00:00,60,c1,France\n"
)


@pytest.fixture
def grown(api: Api) -> Api:
    assert api.upload(SALES).status_code == 201
    return api


def test_a_month_that_is_not_over_meets_as_many_days(grown: Api) -> None:
    """Up to 10 February: there is nothing of 1 to 10 January, and 100 of 1 to 10 February 2023."""
    told = grown.get("/api/revenue/changes", **{"from": "2024-02-01"})
    assert told == {
        "measure": "revenue",
        "grain": "month",
        "rows": [
            {
                "bucket": "2024-02",
                "first_day": "2024-02-01",
                "last_day": "2024-02-10",
                "value": 60.0,
                "before": 0.0,
                "growth": None,
                "year_before": 100.0,
                "year_growth": -40.0,
            }
        ],
        "data_version": 1,
        "requested_by": "viewer@example.com",
    }


def test_files_hold_the_same(grown: Api) -> None:
    asked = {"grain": "quarter", "measure": "orders", "country": "France"}
    rows = grown.get("/api/revenue/changes", **asked)["rows"]
    headers = grown.as_("viewer")
    sent = grown.client.get(
        "/api/revenue/changes", params=asked | {"format": "csv"}, headers=headers
    )
    read = list(csv.DictReader(io.StringIO(sent.text)))
    assert [one["bucket"] for one in read] == [f"2023-Q{one}" for one in range(1, 5)] + ["2024-Q1"]
    for one, row in zip(read, rows, strict=True):
        said = {name: "" if value is None else str(value) for name, value in row.items()}
        assert one == {name: value.removesuffix(".0") for name, value in said.items()}
    assert "growth-by-quarter.csv" in sent.headers["content-disposition"]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"measure": "revenues"}, "revenue"),
        ({"grain": "century"}, "grain"),
        ({"from": "2024-02-01", "to": "2024-01-01"}, "before it begins"),
    ],
)
def test_what_makes_no_sense_is_refused(grown: Api, asked: dict[str, str], part: str) -> None:
    sent = grown.client.get("/api/revenue/changes", params=asked, headers=grown.as_("viewer"))
    assert sent.status_code == 422
    assert part in sent.text
