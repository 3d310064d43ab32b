"""Lifetime values over HTTP: the older shape, what is expected, and the list of customers."""

import csv
import io
from collections.abc import Iterator

import pytest

from api_shop import Api, shared_api
from shop import HEADER
from two_years import two_years

REPORT = "/api/customers/lifetime-value"
LIST = "/api/customers/lifetime-value/customers"
WHO = {"requested_by": "viewer@example.com"}


@pytest.fixture(scope="module")
def known() -> Iterator[Api]:
    """A shop with two years of sales."""
    with shared_api(two_years()) as api:
        yield api


def test_the_historic_value_keeps_its_shape(sold: Api) -> None:
    for found in (sold.get(REPORT), sold.get(REPORT, model="historic", weeks=3)):
        assert found == {
            "lifetime_value": [
                {
                    "segment": "Low Value",
                    "customer_count": 2,
                    "avg_clv": 17.5,
                    "avg_orders": 1.0,
                    "avg_order_value": 17.5,
                }
            ],
            **WHO,
        }


def test_what_is_expected_by_segment_and_customer(known: Api) -> None:
    found = known.get(REPORT, model="predictive", weeks=26)
    assert (found["model"], found["weeks"], found["fallback"]) == ("predictive", 26, None)
    assert [one["segment"] for one in found["value_segments"]] == [
        "VIP",
        "High Value",
        "Medium Value",
        "Low Value",
    ]
    assert len(found["rfm_segments"]) == 11
    total = found["total"]
    assert total["customers"] == found["fit"]["customers"]
    assert 0 < total["mean_alive"] < 1
    for parts in (found["value_segments"], found["rfm_segments"]):
        for name in ("customers", "expected_purchases", "expected_value", "historic_value"):
            assert sum(one[name] for one in parts) == pytest.approx(total[name], abs=0.1)
    assert found["hold_out"]["purchases_made"] > 0
    assert len(found["hold_out"]["tenths"]) == 10
    assert "customers" in found["hold_out"]["verdict"]

    listed, after = [], ""
    while after is not None:
        page = known.get(LIST, weeks=26, after=after, limit=400)
        assert page["total"] == total["customers"]
        assert page["count"] == len(page["customers"])
        listed += page["customers"]
        after = page["next"]
    assert len(listed) == total["customers"]
    values = [one["expected_value"] for one in listed]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(total["expected_value"], abs=0.01 * len(values))

    best = listed[0]
    named = known.get("/api/customers", id=best["customer_id"])
    year = known.get(LIST, segment=best["segment"], value_segment=best["value_segment"])
    [again] = [one for one in year["customers"] if one["customer_id"] == best["customer_id"]]
    assert named["lifetime"] == {
        "weeks": 52,
        "as_of": found["as_of"],
        **{
            name: again[name]
            for name in (
                "alive",
                "chance_of_purchase",
                "expected_purchases",
                "value_per_purchase",
                "expected_value",
            )
        },
    }
    assert again["alive"] == best["alive"]
    assert again["expected_purchases"] > best["expected_purchases"]


def test_the_list_is_searched_by_id_and_name(api: Api) -> None:
    """In any case, wherever the text stands, and together with other choices."""
    sold = "1,p1,,1,2024-01-05,10,Ana%,\n2,p1,,1,2024-01-06,10,anabel,\n3,p1,,1,2024-01-07,5,Bo,\n"
    brought_back = "C4,p1,,-1,2024-01-08,5,Ana,\nC5,p1,,-1,2024-01-08,5,zana,\n"
    assert api.upload(HEADER + sold + brought_back).status_code == 201

    def found(**asked: str) -> list[str]:
        return [one["customer_id"] for one in api.get(LIST, **asked)["customers"]]

    assert found(text="", sort="customer_id") == ["Ana%", "Bo", "anabel"]
    assert found(text=" ANA ", sort="customer_id") == ["Ana%", "anabel"]
    assert found(text="%") == ["Ana%"]
    assert found(text="nobody") == []
    assert found(text="o", value_segment="VIP") == []


def test_the_list_as_a_file(known: Api) -> None:
    asked = {"format": "csv", "sort": "customer_id", "weeks": 13}
    answer = known.client.get(LIST, params=asked, headers=known.as_("viewer"))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="lifetime-values.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    page = known.get(LIST, sort="customer_id", weeks=13, limit=1000)
    assert len(rows) == page["total"]
    for row, one in zip(rows, page["customers"], strict=False):
        assert row["customer_id"] == one["customer_id"]
        assert float(row["expected_value"]) == one["expected_value"]
        assert row["first_day"] == one["first_day"]


def test_too_little_history_is_said_and_what_was_spent_shown(sold: Api) -> None:
    found = sold.get(REPORT, model="predictive")
    assert found["fallback"]["code"] == "too_short"
    assert (found["fit"], found["hold_out"], found["correlation"]) == (None, None, None)
    assert found["total"] == {
        "segment": "all",
        "customers": 2,
        "expected_purchases": None,
        "expected_value": None,
        "mean_alive": None,
        "expected_customers": None,
        "historic_value": 35.0,
    }
    page = sold.get(LIST)
    assert page["fallback"] == found["fallback"]
    assert [(one["customer_id"], one["historic_value"]) for one in page["customers"]] == [
        ("c1", 25.0),
        ("c2", 10.0),
    ]
    assert page["customers"][0] == {
        "customer_id": "c1",
        "customer_name": None,
        "segment": "Cannot lose them",
        "value_segment": "Low Value",
        "first_day": "2024-01-05",
        "last_day": "2024-01-05",
        "orders": 1,
        "purchase_days": 1,
        "historic_value": 25.0,
        "alive": None,
        "chance_of_purchase": None,
        "expected_purchases": None,
        "value_per_purchase": None,
        "expected_value": None,
    }


def test_an_empty_store_has_an_answer(api: Api) -> None:
    found = api.get(REPORT, model="predictive")
    assert (found["fallback"]["code"], found["as_of"]) == ("no_data", None)
    assert found["total"]["customers"] == 0
    page = api.get(LIST)
    assert (page["customers"], page["total"], page["next"]) == ([], 0, None)


MALFORMED = (
    f"{REPORT}?model=predictive&weeks=0",
    f"{REPORT}?model=predictive&weeks=261",
    f"{REPORT}?model=predictive&weeks=Infinity",
    f"{REPORT}?model=bayes",
    f"{REPORT}?model=predictive&country=France",
    f"{REPORT}?model=predictive&from=2024-01-01",
    f"{LIST}?weeks=a",
    f"{LIST}?segment=Champion",
    f"{LIST}?value_segment=vip",
    f"{LIST}?sort=-worth",
    f"{LIST}?limit=0",
    f"{LIST}?after=nobody",
    f"{LIST}?text={'a' * 201}",
)


def test_malformed_questions_are_422(sold: Api) -> None:
    for asked in MALFORMED:
        answer = sold.client.get(asked, headers=sold.as_("viewer"))
        assert answer.status_code == 422, asked
        assert answer.json()["detail"]


def test_strangers_are_told_nothing(sold: Api) -> None:
    for path in (REPORT, f"{REPORT}?model=predictive", LIST, f"{LIST}?format=csv"):
        assert sold.client.get(path).status_code == 401
