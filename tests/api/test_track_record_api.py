"""The track record over the API: what was asked for, and what became of it."""

import csv
import io
from datetime import date, datetime
from statistics import mean, median
from typing import Any

import pytest

from api_shop import Api
from given_forecasts import DAY, START, amounts, between, file_of, give, score, stored
from mail_server import wait_for
from newcomers import with_settings
from tillsight.forecasting.words import Grain, Model

SOLD = amounts(200)
GIVEN = date(2024, 4, 29)
FIRST = GIVEN + DAY
PATH = "/api/forecasts/track-record"


@pytest.fixture
def trading(api: Api) -> Api:
    """The API of a shop with four months of sales."""
    api.shop.load_text(file_of(between(SOLD, START, FIRST)))
    api.shop.warehouse.catch_up(wait=60)
    return api


def sell(api: Api, first: date, end: date) -> None:
    api.shop.load_text(file_of(between(SOLD, first, end)))
    api.shop.warehouse.catch_up(wait=60)
    score(api.shop, date(2024, 12, 1))


def test_what_a_viewer_asked_for_is_scored_when_its_days_come(trading: Api) -> None:
    asked = {"measure": "revenue", "horizon": 7, "country": "Peru"}
    told = trading.get("/api/forecasts", **asked)
    assert trading.get("/api/forecasts", **asked)["total"] == told["total"]
    wait_for(lambda: stored(trading.shop))
    found = trading.get(PATH)
    [one] = found["forecasts"]
    assert datetime.fromisoformat(one.pop("given_at")).tzinfo is not None
    assert one == {
        "id": 1,
        "measure": "revenue",
        "label": "Revenue",
        "unit": "money",
        "grain": "day",
        "filters": {"country": ["Peru"]},
        "model": "blend",
        "method": told["method"],
        "horizon": 7,
        "as_of": "2024-04-29",
        "data_version": 1,
        "from": "2024-04-30",
        "to": "2024-05-07",
        "state": "waiting",
        "steps_scored": 0,
        "forecast_total": told["total"]["value"],
        "actual_total": None,
        "wape": None,
        "naive_wape": None,
        "mase": None,
        "coverage": None,
        "scored_at": None,
        "scored_version": None,
    }
    assert found["summary"] == {
        "scored": 0,
        "wape": None,
        "naive_wape": None,
        "coverage": None,
        "compared": 0,
        "better_than_naive": 0,
    }
    assert (found["next"], found["data_version"], found["requested_by"]) == (
        None,
        1,
        "viewer@example.com",
    )
    sell(trading, FIRST, FIRST + 2 * DAY)
    assert trading.get(PATH)["forecasts"][0]["state"] == "partly"
    sell(trading, FIRST + 2 * DAY, FIRST + 7 * DAY)
    [one] = trading.get(PATH)["forecasts"]
    assert (one["state"], one["steps_scored"], one["scored_version"]) == ("scored", 7, 3)
    actual = between(SOLD, FIRST, FIRST + 7 * DAY)
    assert one["actual_total"] == pytest.approx(sum(actual.values()))
    assert one["forecast_total"] == pytest.approx(told["total"]["value"], abs=0.05)
    errors = sum(
        abs(step["value"] - SOLD.get(date.fromisoformat(step["start"]), 0))
        for step in told["forecast"]
    )
    assert one["wape"] == pytest.approx(errors / sum(actual.values()), abs=1e-6)


def test_one_forecast_has_its_steps(trading: Api) -> None:
    told = trading.get("/api/forecasts", measure="revenue", horizon=7)
    wait_for(lambda: stored(trading.shop))
    sell(trading, FIRST, FIRST + 3 * DAY)
    found = trading.get(f"{PATH}/1")
    assert found["requested_by"] == "viewer@example.com"
    assert found["total"]["value"] == pytest.approx(told["total"]["value"], abs=0.01)
    assert len(found["steps"]) == 7
    for step, forecast in zip(found["steps"], told["forecast"], strict=True):
        [eighty] = [one for one in forecast["bounds"] if one["level"] == 80]
        assert (step["start"], step["value"]) == (forecast["start"], forecast["value"])
        assert (step["lower"], step["upper"]) == (eighty["lower"], eighty["upper"])
        assert (step["open"], step["ordinary"]) == (forecast["open"], True)
    assert [step["actual"] for step in found["steps"]] == [
        *(SOLD[FIRST + place * DAY] for place in range(3)),
        *[None] * 4,
    ]
    assert found["steps"][0]["naive"] == SOLD[FIRST - 7 * DAY]
    by_list = trading.get(PATH)["forecasts"][0]
    assert {name: found[name] for name in by_list} == by_list


@pytest.fixture
def several(trading: Api) -> Api:
    """Eleven forecasts: five of days scored, two partly, three waiting, and one of weeks."""
    shop = trading.shop
    give(shop, GIVEN, grain=Grain.week, horizon=2)
    for horizon in (1, 2, 3, 4, 5):
        give(shop, GIVEN, horizon=horizon)
    for horizon in (20, 30):
        give(shop, GIVEN, horizon=horizon, measure="units")
    sell(trading, FIRST, FIRST + 13 * DAY)
    for horizon in (1, 2):
        give(shop, date(2024, 5, 11), horizon=horizon)
    give(shop, date(2024, 5, 11), model=Model.seasonal_naive, horizon=3)
    return trading


def ids(api: Api, **asked: Any) -> list[int]:
    return [one["id"] for one in api.get(PATH, **asked)["forecasts"]]


def test_lists_are_by_measure_grain_model_and_state_and_in_pages(several: Api) -> None:
    assert ids(several) == list(range(11, 0, -1))
    assert ids(several, measure="units") == [8, 7]
    assert ids(several, grain="week") == [1]
    assert ids(several, model="seasonal_naive") == [11]
    assert ids(several, state="waiting") == [11, 10, 9]
    assert ids(several, state="partly") == [8, 7]
    assert ids(several, state="scored", grain="day") == [6, 5, 4, 3, 2]
    page = several.get(PATH, limit=4, measure="revenue")
    assert ([one["id"] for one in page["forecasts"]], page["next"]) == ([11, 10, 9, 6], 6)
    following = several.get(PATH, limit=5, measure="revenue", before=6)
    assert [one["id"] for one in following["forecasts"]] == [5, 4, 3, 2, 1]
    assert (following["next"], following["summary"]) == (None, page["summary"])


def test_the_summary_is_of_what_is_wholly_scored(several: Api) -> None:
    found = several.get(PATH, grain="day", limit=1, state="waiting")["summary"]
    scored = several.get(PATH, grain="day", state="scored")["forecasts"]
    assert found["scored"] == found["compared"] == len(scored) == 5
    assert found["wape"] == pytest.approx(median(one["wape"] for one in scored))
    assert found["naive_wape"] == pytest.approx(median(one["naive_wape"] for one in scored))
    assert found["coverage"] == pytest.approx(mean(one["coverage"] for one in scored), abs=1e-6)
    better = [one for one in scored if one["wape"] < one["naive_wape"]]
    assert found["better_than_naive"] == len(better)


def test_all_of_it_is_taken_home_as_csv(several: Api) -> None:
    answer = several.client.get(
        PATH, params={"format": "csv", "limit": 1}, headers=several.as_("viewer")
    )
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    listed = several.get(PATH)["forecasts"]
    assert [int(row["id"]) for row in rows] == [one["id"] for one in listed]
    assert list(rows[0]) == list(listed[0])
    scored = next(row for row in rows if row["state"] == "scored")
    same = next(one for one in listed if one["state"] == "scored")
    assert float(scored["wape"]) == same["wape"]
    assert (scored["from"], scored["filters"]) == (same["from"], "{}")
    assert several.get("/api/audit", "admin", action="export")["entries"][0]["subject"] == (
        "forecasts"
    )


def test_what_strangers_asked_of_an_older_contract_is_not_kept(trading: Api) -> None:
    contract = "customer-purchases"
    open_to_all = with_settings(trading, compat=contract, compat_anonymous=contract)
    path = f"/compat/{contract}/forecast/"
    assert len(open_to_all.client.get(path, params={"periods": 5}).json()) == 5
    assert len(open_to_all.get(path, periods=6)) == 6
    wait_for(lambda: stored(trading.shop))
    assert [(row.measure, row.horizon) for row in stored(trading.shop)] == [("net_revenue", 6)]


def test_nobody_asked_yet(api: Api) -> None:
    assert api.get("/api/forecasts", measure="revenue")["forecast"] == []
    found = api.get(PATH)
    assert (found["forecasts"], found["summary"]["scored"], found["data_version"]) == ([], 0, 0)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"measure": "revenues"}, "Did you mean “revenue”?"),
        ({"grain": "year"}, "day"),
        ({"state": "done"}, "waiting"),
        ({"model": "oracle"}, "blend"),
        ({"limit": 0}, "greater"),
        ({"limit": 501}, "less"),
        ({"before": 2**31}, "less"),
        ({"format": "xml"}, "csv"),
    ],
)
def test_what_cannot_be_asked_is_refused(api: Api, asked: dict[str, Any], part: str) -> None:
    answer = api.client.get(PATH, params=asked, headers=api.as_("viewer"))
    assert answer.status_code == 422
    assert part in str(answer.json())


@pytest.mark.parametrize(("number", "status"), [("1", 404), ("0", 422), ("x", 422)])
def test_a_forecast_that_is_none(api: Api, number: str, status: int) -> None:
    answer = api.client.get(f"{PATH}/{number}", headers=api.as_("viewer"))
    assert answer.status_code == status
    if status == 404:
        assert answer.json()["detail"] == "There is no forecast 1 in the track record."


def test_strangers_see_nothing(api: Api) -> None:
    for path in (PATH, f"{PATH}/1", f"{PATH}?format=csv"):
        assert api.client.get(path).status_code == 401
