"""Groups of customers over HTTP: RFM segments and cohorts."""

from collections.abc import Iterator

import pytest

from api_shop import SALES, Api, shared_api

WHO = {"requested_by": "viewer@example.com"}


@pytest.fixture(scope="module")
def sold() -> Iterator[Api]:
    """A shop with a few sales, which nobody changes here."""
    with shared_api(SALES) as api:
        yield api


def test_rfm_segments_and_the_list_of_one(sold: Api) -> None:
    """c1 spent more, c2 came last, both ordered once: of two, the better one scores 3, else 1."""
    found = sold.get("/api/customers/rfm")
    assert {**found, "segments": [one for one in found["segments"] if one["customers"]]} == {
        "segments": [
            {"segment": "New", "customers": 1, "revenue": 10.0, "share": 0.285714},
            {"segment": "Cannot lose them", "customers": 1, "revenue": 25.0, "share": 0.714286},
        ],
        "scores": [
            {"code": "113", "segment": "Cannot lose them", "customers": 1, "revenue": 25.0},
            {"code": "311", "segment": "New", "customers": 1, "revenue": 10.0},
        ],
        "customers": 2,
        "data_version": 1,
        **WHO,
    }
    assert len(found["segments"]) == 11
    assert sold.get("/api/customers/rfm", segment="Cannot lose them") == {
        "segment": "Cannot lose them",
        "rows": [
            {
                "customer_id": "c1",
                "customer_name": None,
                "recency_days": 34,
                "orders": 1,
                "revenue": 25.0,
                "code": "113",
            }
        ],
        "next": None,
        "data_version": 1,
        **WHO,
    }
    assert sold.get("/api/customers/rfm", segment="New", after="c2")["rows"] == []


def test_rfm_of_an_empty_store(api: Api) -> None:
    found = api.get("/api/customers/rfm")
    assert (found["customers"], len(found["segments"])) == (0, 11)
    assert api.get("/api/customers/rfm", segment="Lost")["rows"] == []


@pytest.mark.parametrize(
    "asked",
    ["rfm?segment=Champion", "rfm?segment=New&limit=0", "rfm?limit=10001", "cohorts?format=pdf"],
)
def test_malformed_questions_about_groups_are_422(sold: Api, asked: str) -> None:
    answer = sold.client.get(f"/api/customers/{asked}", headers=sold.as_("viewer"))
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_cohorts_with_months_in_which_nobody_came(sold: Api) -> None:
    """The data end on 8 February, with a return: no sale, and no month of c1."""
    assert sold.get("/api/customers/cohorts") == {
        "rows": [
            {"cohort": "2024-01", "month": 0, "customers": 1, "retention": 1.0, "complete": True},
            {"cohort": "2024-01", "month": 1, "customers": 0, "retention": 0.0, "complete": False},
            {"cohort": "2024-02", "month": 0, "customers": 1, "retention": 1.0, "complete": False},
        ],
        "data_version": 1,
        **WHO,
    }


def test_cohorts_of_an_empty_store(api: Api) -> None:
    assert api.get("/api/customers/cohorts") == {"rows": [], "data_version": 0, **WHO}
