"""The query as CSV and the explanation over HTTP."""

import csv
import io
from collections.abc import Iterator

import pytest

from api_shop import SALES, Api, shared_api
from shop import HEADER
from tillsight.api.downloads import XLSX
from tillsight.metrics import plan as one_plan
from tillsight.metrics.question import Question
from tillsight.metrics.whole import whole

QUERY = "/api/metrics/query"
EXPLAIN = "/api/metrics/explain"


@pytest.fixture(scope="module")
def sold() -> Iterator[Api]:
    """A shop with a few sales, which nobody changes here."""
    with shared_api(SALES) as api:
        yield api


def table(api: Api, **asked: object) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    answer = api.client.get(QUERY, params={**asked, "format": "csv"}, headers=api.as_("viewer"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def read(row: dict[str, str]) -> dict[str, str | float | None]:
    """A row of CSV with numbers as JSON has them."""
    texts = {"month", "country", "product", "product_name", "customer", "customer_name"}
    return {
        name: (cell or None) if name in texts or not cell else float(cell)
        for name, cell in row.items()
    }


QUESTIONS = [
    {"measures": "revenue,orders", "by": "month,country"},
    {"measures": "revenue,average_order_value,return_rate", "by": "product,customer"},
    {"measures": "units_per_order", "by": "country,product", "order": "-units_per_order"},
    {"measures": "average_order_value,customers", "by": "month", "order": "-average_order_value"},
    {"measures": "revenue,units", "by": "hour", "country": ["France", ""]},
    {"measures": "revenue", "by": "customer", "order": "-revenue", "limit": 2},
    {"measures": "revenue,orders", "from": "2024-02-01", "to": "2024-03-01"},
]


@pytest.mark.parametrize("asked", QUESTIONS)
def test_csv_has_the_rows_of_json(sold: Api, asked: dict) -> None:
    found = sold.get(QUERY, **asked)
    rows = table(sold, **asked)
    assert [read(row) for row in rows] == found["rows"]
    assert list(rows[0]) == [column["name"] for column in found["columns"]]


@pytest.mark.parametrize("asked", QUESTIONS)
def test_csv_read_in_chunks_is_the_same(
    sold: Api, asked: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ordered, so that JSON does not fill gaps either.
    ordered = {"order": asked["by"].split(",")[0]} if "by" in asked else {}
    wanted = sold.get(QUERY, **ordered | asked)["rows"]
    monkeypatch.setattr(one_plan, "MOST_ROWS", 0)
    assert [read(row) for row in table(sold, **asked)] == wanted


def test_csv_as_it_is_written(sold: Api) -> None:
    answer = sold.client.get(
        f"{QUERY}?measures=revenue,units_per_order,orders&by=country&format=csv",
        headers=sold.as_("viewer"),
    )
    assert answer.headers["content-disposition"] == 'attachment; filename="sales-by-country.csv"'
    assert answer.text == (
        "country,revenue,units_per_order,orders\r\n"
        "EIRE,10.00,1.000000,1\r\n"
        "France,25.00,3.000000,1\r\n"
        ",15.00,3.000000,1\r\n"
    )


def test_csv_cannot_be_a_formula(api: Api) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "a=b", 'say "hi", you', "plain"]
    quoted = (name.replace('"', '""') for name in names)
    rows = "".join(f'{n},p{n},"{name}",1,2024-01-01,1,,\n' for n, name in enumerate(quoted))
    api.upload(f"{HEADER}{rows}9,p9,Back,1,2024-01-01,1,,\nC9,p9,Back,-2,2024-01-01,1,,\n")
    found = table(api, measures="net_revenue", by="product")
    assert [row["product_name"] for row in found] == [
        *("'=1+1", "'+1", "'-1", "'@SUM(A1)", "a=b", 'say "hi", you', "plain", "Back"),
    ]
    assert found[-1]["net_revenue"] == "-1.00"


def test_csv_beyond_the_rows_of_json(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"{n},p{n:05},,1,2024-01-01,1,c{n},\n" for n in range(25_000))
    assert api.upload(HEADER + rows).status_code == 201
    monkeypatch.setattr(one_plan, "MOST_ROWS", 1000)
    asked = {"measures": "revenue,orders", "by": "product,customer"}
    refused = api.client.get(QUERY, params=asked, headers=api.as_("viewer"))
    assert refused.status_code == 413
    assert "format=csv" in refused.json()["detail"]
    found = table(api, **asked)
    assert [row["product"] for row in found] == [f"p{n:05}" for n in range(25_000)]
    assert {row["revenue"] for row in found} == {"1.00"}


def test_a_download_that_is_given_up_lets_go_of_the_data(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.upload(HEADER + "".join(f"{n},p{n},,1,2024-01-01,1,,\n" for n in range(11_000)))
    monkeypatch.setattr(one_plan, "MOST_ROWS", 1)
    warehouse = api.shop.warehouse
    found = whole(warehouse, Question(["revenue"], ["product"]))
    assert len(next(found.chunks)) == 10_000
    assert warehouse._in_use.file.readers == 1
    del found
    assert warehouse._in_use.file.readers == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"measures": "revenu"},
        {"measures": "revenue", "by": "contry"},
        {"measures": "revenue", "hour": "noon"},
        {"measures": "revenue", "format": "pdf"},
    ],
)
def test_what_json_refuses_csv_refuses(sold: Api, asked: dict) -> None:
    answer = sold.client.get(QUERY, params={"format": "csv", **asked}, headers=sold.as_("viewer"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"


def test_an_empty_store_is_a_header(api: Api) -> None:
    assert table(api, measures="revenue", by="country") == []


def test_formats_are_described(sold: Api) -> None:
    described = sold.client.get("/api/openapi.json").json()
    assert described["components"]["schemas"]["Format"]["enum"] == ["json", "csv", "xlsx"]
    assert set(described["paths"][QUERY]["get"]["responses"]["200"]["content"]) == {
        "application/json",
        "text/csv",
        XLSX,
    }


def test_an_explanation(sold: Api) -> None:
    asked = {"measure": "revenue", "from": "2024-02-01", "by": "country"}
    found = sold.get(EXPLAIN, **asked, to="2024-02-08")
    assert found == {
        "measure": "revenue",
        "this": {"start": "2024-02-01", "end": "2024-02-08"},
        "before": {"start": "2024-01-25", "end": "2024-02-01"},
        "value": 25.0,
        "value_before": 0.0,
        "change": 25.0,
        "factors": [
            {"name": "new", "label": "New: no revenue from known customers before", "part": 10.0},
            {"name": "no_customer", "label": "Sales without a customer", "part": 15.0},
        ],
        "groups": [
            {
                "country": None,
                "change": 15.0,
                "price": 0.0,
                "volume": 0.0,
                "new": 15.0,
                "lost": 0.0,
            },
            {
                "country": "EIRE",
                "change": 10.0,
                "price": 0.0,
                "volume": 0.0,
                "new": 10.0,
                "lost": 0.0,
            },
        ],
        "others": None,
        "data_version": 1,
    }


def test_an_explanation_is_filtered_and_says_which_windows(sold: Api) -> None:
    found = sold.get(
        EXPLAIN,
        measure="units",
        compare="previous_year",
        country="EIRE",
        by="product",
        **{"from": "2024-02-01"},
    )
    assert found["before"] == {"start": "2023-02-01", "end": "2023-02-09"}
    assert found["groups"] == [{"product": "p1", "product_name": "Pen", "change": 1}]
    assert found["factors"] == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("measure=orders&from=2024-02-01", "does not add up"),
        ("measure=revenue", "'from'"),
        ("measure=revenu&from=2024-02-01", "Did you mean “revenue”?"),
        ("measure=revenue&from=2024-02-01&by=contry", "Did you mean “country”?"),
        ("measure=revenue&from=2024-02-01&contry=EIRE", "Did you mean “country”?"),
        ("measure=revenue&from=2024-02-01&by=day", "such as country"),
    ],
)
def test_what_cannot_be_explained_is_told_in_words(sold: Api, query: str, reason: str) -> None:
    answer = sold.client.get(f"{EXPLAIN}?{query}", headers=sold.as_("viewer"))
    assert answer.status_code == 422
    assert reason in str(answer.json()["detail"])


@pytest.mark.parametrize(
    "path", [f"{EXPLAIN}?measure=revenue", f"{QUERY}?measures=revenue&format=csv"]
)
def test_strangers_are_refused(sold: Api, path: str) -> None:
    assert sold.client.get(path).status_code == 401


@pytest.mark.parametrize(
    "day", ["0", "1700000000", "2024-1-5", "2024-01-05T00:00:00", "٢٠٢٤-01-05"]
)
def test_a_day_is_written_as_one(sold: Api, day: str) -> None:
    for name in ("from", "to"):
        answer = sold.client.get(
            "/api/analytics/kpis", params={name: day}, headers=sold.as_("viewer")
        )
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["query", name]


def test_a_period_from_the_beginning_of_the_calendar_has_nothing_before(sold: Api) -> None:
    asked = {"measures": "revenue", "from": "0001-01-01", "compare": "previous_period"}
    answer = sold.get("/api/metrics/query", **asked)
    assert answer["comparison"] is None
    assert answer["totals"]["revenue"] > 0
