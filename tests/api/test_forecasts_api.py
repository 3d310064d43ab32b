"""Forecasts over HTTP: their shape, refusals, the words of the older product, the real data."""

import csv
import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from api_shop import Api
from shop import HEADER, Shop, temporary_shop
from tillsight.api.app import create_api
from tillsight.forecasting import others
from tillsight.forecasting.words import Model
from tillsight.server import Doorkeeper

PATH, BATCH, COMPARE = "/api/forecasts", "/api/forecasts/batch", "/api/forecasts/compare"
REVENUE = "/api/analytics/forecast/revenue"
FIRST, DAYS = date(2024, 1, 1), 98
PATHS = (PATH, BATCH, COMPARE)
COUNTRIES = ("France", "EIRE", "")


def sale(day: date, country: str, amount: float) -> str:
    return f"{day}{country},p1,Pen,1,{day} 16:00:00,{amount},c1,{country}\n"


def amount(day: date, country: str) -> int:
    """Higher on Fridays, with some chance in it."""
    chance = Random(f"{day}{country}").randrange(40)
    return 60 + chance + 40 * (day.isoweekday() == 5) + len(country)


def text(days: int = DAYS) -> str:
    """Sales of so many days from a Monday on, none on Sundays."""
    every = [FIRST + timedelta(days=one) for one in range(days)]
    return HEADER + "".join(
        sale(day, country, amount(day, country))
        for day in every
        for country in COUNTRIES
        if day.isoweekday() < 7
    )


def opened(shop: Shop) -> Iterator[Api]:
    app = create_api(shop.settings, shop.database, shop.warehouse)
    with TestClient(Doorkeeper(app, shop.settings, shop.database)) as client:
        yield Api(shop, client)
    app.state.fits.close()


@pytest.fixture(scope="module")
def known() -> Iterator[Api]:
    """A shop with fourteen weeks of sales, the last day a closed Sunday; tests only read it."""
    with temporary_shop() as shop:
        load(shop, text())
        yield from opened(shop)


@pytest.fixture
def changing(api: Api) -> Api:
    """The same shop for one test."""
    load(api.shop, text())
    return api


def load(shop: Shop, sales: str) -> None:
    """Load sales and have every answer count them."""
    shop.load_text(sales)
    shop.warehouse.catch_up(wait=60)


def test_a_forecast_tells_what_it_is_and_where_it_comes_from(known: Api) -> None:
    found = known.get(PATH, measure="revenue", horizon=14, history=10, country="EIRE")
    last = FIRST + timedelta(days=DAYS - 2)
    asked = {"measure": "revenue", "label": "Revenue", "unit": "money", "grain": "day"}
    asked |= {"horizon": 14, "model": "blend", "method": "blend", "filters": {"country": ["EIRE"]}}
    assert found | asked == found
    assert found["as_of"] == str(last)
    assert (found["from"], found["to"]) == (str(last + timedelta(1)), str(last + timedelta(15)))
    assert (found["history_from"], found["history_steps"]) == (str(FIRST), DAYS - 1)
    days = [last - timedelta(days=one) for one in range(9, -1, -1)]
    assert found["history"] == [
        {
            "start": str(day),
            "value": float(amount(day, "EIRE")) if day.isoweekday() < 7 else 0.0,
            "open": day.isoweekday() < 7,
            "ordinary": True,
        }
        for day in days
    ]
    assert (found["data_version"], found["requested_by"]) == (1, "viewer@example.com")
    assert found["left_out"] == []


def test_steps_have_bounds_and_a_total(known: Api) -> None:
    found = known.get(PATH, measure="revenue", horizon=14, level="95,80,80")
    for step in found["forecast"]:
        narrow, wide = step["bounds"]
        assert (narrow["level"], wide["level"]) == (80, 95)
        assert 0 <= wide["lower"] <= narrow["lower"] <= step["value"]
        assert step["value"] <= narrow["upper"] <= wide["upper"]
        assert step["open"] == (date.fromisoformat(step["start"]).isoweekday() < 7)
        assert step["open"] or (step["value"], wide["upper"]) == (0, 0)
    total = found["total"]
    assert total["value"] == round(sum(step["value"] for step in found["forecast"]), 2)
    for one in total["bounds"]:
        assert one["lower"] < total["value"] < one["upper"]
    summed = sum(step["bounds"][0]["upper"] for step in found["forecast"])
    assert total["bounds"][0]["upper"] < summed


def test_the_steps_to_come_are_a_download(known: Api) -> None:
    asked = {"horizon": "3", "level": "80,95", "country": "EIRE"}
    told = known.get(PATH, **asked)["forecast"]
    answer = known.client.get(PATH, params=asked | {"format": "csv"}, headers=known.as_("viewer"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="forecast-of-revenue.csv"'
    rows = list(csv.DictReader(answer.text.splitlines()))
    for row, one in zip(rows, told, strict=True):
        bounds = {
            f"{end}_{bound['level']}": bound[end]
            for bound in one["bounds"]
            for end in ("lower", "upper")
        }
        expected = {name: one[name] for name in ("start", "value", "trend", "open")} | bounds
        assert row == {name: str(value).lower() for name, value in expected.items()}


def test_a_forecast_says_how_good_it_was(known: Api) -> None:
    found = known.get(PATH, measure="revenue", horizon=7)
    report = found["report"]
    assert (report["windows"] >= 2, report["window_steps"]) == (True, 7)
    assert report["scores"].keys() == {"wape", "mase", "coverage", "mae", "rmse"}
    assert 0 <= report["scores"]["wape"] < report["naive"]["wape"]
    assert "better than repeating last week" in report["verdict"]
    shown = report["shown"]
    by_day = {one["start"]: one["value"] for one in known.get(PATH, measure="revenue")["history"]}
    assert [one["actual"] for one in shown] == [by_day[one["start"]] for one in shown]
    assert sum(one["weight"] for one in found["weights"]) == pytest.approx(1, abs=0.05)
    calendar = found["calendar"]
    assert (calendar["open_days"], calendar["closed_days"], calendar["corrected"]) == (6, 1, 0)


def test_it_is_of_revenue_unless_said_otherwise(known: Api) -> None:
    assert known.get(PATH) == known.get(PATH, measure="revenue")


def test_weeks_and_months_are_steps_too(known: Api) -> None:
    weeks = known.get(PATH, measure="units", grain="week")
    assert (weeks["horizon"], weeks["history"][-1]["value"]) == (13, 18.0)
    assert {date.fromisoformat(one["start"]).isoweekday() for one in weeks["forecast"]} == {1}
    months = known.get(PATH, measure="units", grain="month")
    assert [one["start"] for one in months["forecast"]][:2] == ["2024-04-01", "2024-05-01"]
    assert len(months["forecast"]) == 12
    assert months["notices"][0]["code"] == "unfinished_step"


def test_another_version_of_the_sales_has_another_answer(changing: Api) -> None:
    before = changing.get(PATH, measure="revenue", horizon=3)
    assert changing.get(PATH, measure="revenue", horizon=3) == before
    following = FIRST + timedelta(days=DAYS)
    load(changing.shop, HEADER + sale(following, "EIRE", 7))
    after = changing.get(PATH, measure="revenue", horizon=3)
    assert (before["data_version"], after["data_version"]) == (1, 2)
    assert after["history"][-1] == {
        "start": str(following),
        "value": 7.0,
        "open": True,
        "ordinary": True,
    }
    assert after["from"] == str(following + timedelta(1))


def test_notes_and_corrections_are_told(changing: Api) -> None:
    note = {"from": "2024-03-04", "text": "A fair", "ordinary": False}
    headers = changing.as_("editor")
    assert changing.client.post("/api/notes", json=note, headers=headers).status_code == 201
    correction = {"kind": "weekday", "key": "7", "open": True}
    path = f"{PATH}/calendar/corrections"
    assert changing.client.put(path, json=correction, headers=headers).status_code == 200
    found = changing.get(PATH, measure="revenue", horizon=7)
    assert found["left_out"] == [{"from": "2024-03-04", "to": "2024-03-05", "text": "A fair"}]
    assert [one["start"] for one in found["history"] if not one["ordinary"]] == ["2024-03-04"]
    assert found["calendar"] | {"open_days": 7, "corrected": 1} == found["calendar"]


def test_an_empty_shop_answers_with_nothing(api: Api) -> None:
    found = api.get(PATH, measure="revenue")
    assert (found["history"], found["forecast"], found["weights"]) == ([], [], [])
    assert (found["method"], found["report"], found["as_of"], found["from"]) == (None,) * 4
    assert (found["total"], found["notices"][0]["code"]) == ({"value": 0, "bounds": []}, "no_data")
    batch = api.get(BATCH, measure="revenue")
    assert (batch["groups"], batch["rest"], batch["whole"]["forecast"]) == ([], None, [])
    assert api.get(COMPARE, measure="revenue")["windows"] == 0


def test_few_days_answer_their_average(api: Api) -> None:
    load(api.shop, text(days=5))
    mean = sum(amount(FIRST + timedelta(one), c) for one in range(5) for c in COUNTRIES) / 5
    found = api.get(PATH, measure="revenue", horizon=3)
    assert (found["method"], found["report"]) == ("average", None)
    assert [one["value"] for one in found["forecast"] if one["open"]] == [mean, mean, mean]
    assert all(one["bounds"] == [] for one in found["forecast"])
    [notice] = [one for one in found["notices"] if one["code"] == "too_little_history"]
    average = "Too little history to forecast; this is the average of 5 days."
    assert notice["text"] == average
    older = api.get(REVENUE, periods=2)
    assert [(one["yhat"], one["yhat_lower"]) for one in older["forecast"]] == [(mean, None)] * 2
    assert (older["model_accuracy"], older["summary"]["avg_uncertainty"]) == ("not measured", None)
    assert set(older["summary"]["accuracy_metrics"].values()) == {None}
    assert average in [one["text"] for one in older["notices"]]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"measure": "revenu"}, "Did you mean “revenue”?"),
        ({"measure": "average_order_value"}, "cannot be forecast"),
        ({"measure": "orders"}, "These can: revenue"),
        ({"horizon": 0}, "greater than or equal to 1"),
        ({"horizon": 10_000}, "less than or equal to 365"),
        ({"horizon": 40, "grain": "month"}, "1 to 36 months ahead"),
        ({"horizon": "Infinity"}, "valid integer"),
        ({"grain": "hour"}, "'day', 'week' or 'month'"),
        ({"contry": "EIRE"}, "Did you mean “country”?"),
        ({"year": "2024"}, "not filtered by year"),
        ({"hour": "25"}, "it is 0 to 23"),
        ({"segment": "Kings"}, "There is no segment"),
    ],
)
def test_bad_questions_are_refused(known: Api, path: str, wrong: dict, says: str) -> None:
    check_refused(known, path, {"measure": "revenue", **wrong}, says)


@pytest.mark.parametrize("path", [PATH, BATCH])
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"level": "0"}, "1 to 99 percent"),
        ({"level": "Infinity"}, "is no list of levels"),
        ({"level": "100"}, "is no list of levels"),
        ({"level": "80;95"}, "is no list of levels"),
        ({"level": ""}, "is no list of levels"),
        ({"level": "10,20,30,40,50,60"}, "5 at most"),
        ({"history": -1}, "greater than or equal to 0"),
        ({"history": 5001}, "less than or equal to 5000"),
        ({"model": "oracle"}, "'blend'"),
    ],
)
def test_bad_details_are_refused(known: Api, path: str, wrong: dict, says: str) -> None:
    check_refused(known, path, {"measure": "revenue", **wrong}, says)


def test_bad_groups_are_refused(known: Api) -> None:
    for wrong in ({"by": "day"}, {"top": 0}, {"top": 21}, {"model": "prophet"}):
        check_refused(known, BATCH, {"measure": "revenue", **wrong}, "Input should be")
    check_refused(known, COMPARE, {"measure": "revenue", "models": "oracle"}, "Input should be")


def check_refused(api: Api, path: str, query: dict, says: str) -> None:
    answer = api.client.get(path, params=query, headers=api.as_("viewer"))
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    told = detail if isinstance(detail, str) else " ".join(one["msg"] for one in detail)
    assert says in told


def test_models_that_are_missing_say_how_to_install_them(known: Api) -> None:
    listed = {one["model"]: one for one in known.get(f"{PATH}/models")["models"]}
    assert list(listed) == list(Model)
    assert (listed["blend"]["installed"], listed["blend"]["install"]) == (True, None)
    for one in Model:
        if not others.installed(one):
            query = {"measure": "revenue", "model": one}
            answer = known.client.get(PATH, params=query, headers=known.as_("viewer"))
            assert (answer.status_code, answer.json()["code"]) == (422, "model_not_installed")
            assert listed[one]["install"] in answer.json()["detail"]


def test_models_are_compared_on_the_same_windows(known: Api) -> None:
    models = ["blend", "seasonal_naive"]
    found = known.get(COMPARE, measure="revenue", horizon=7, models=models)
    report = known.get(PATH, measure="revenue", horizon=7)["report"]
    assert (found["windows"], found["window_steps"]) == (report["windows"], 7)
    blend, naive = found["models"]
    assert (blend["model"], blend["best"], naive["best"]) == ("blend", True, False)
    assert blend["naive_ratio"] == pytest.approx(
        blend["scores"]["wape"] / naive["scores"]["wape"], abs=1e-4
    )


def test_groups_add_up_over_http(known: Api) -> None:
    for measure, top in (("revenue", 2), ("net_revenue", 1), ("units", 20)):
        found = known.get(BATCH, measure=measure, top=top, horizon=10, history=3)
        parts = found["groups"] + ([found["rest"]] if found["rest"] else [])
        assert len(found["groups"]) == min(top, 3)
        for step, whole in enumerate(found["whole"]["forecast"]):
            summed = sum(round(100 * one["forecast"][step]["value"]) for one in parts)
            assert summed == round(100 * whole["value"])
        total = sum(round(100 * one["total"]["value"]) for one in parts)
        assert total == round(100 * found["whole"]["total"]["value"])
        assert sum(one["share"] for one in parts) == pytest.approx(1, abs=1e-5)
        alone = known.get(PATH, measure=measure, horizon=10, history=3)
        values = [one["value"] for one in alone["forecast"]]
        assert [one["value"] for one in found["whole"]["forecast"]] == values
        assert found["whole"]["history"] == alone["history"]


def test_revenue_in_the_words_of_the_older_product(known: Api) -> None:
    found = known.get(REVENUE)
    assert found.keys() >= {"forecast", "summary", "model_accuracy", "requested_by"}
    ours = known.get(PATH, measure="revenue", level="80")
    assert found["forecast"] == [
        {
            "ds": one["start"],
            "yhat": one["value"],
            "yhat_lower": one["bounds"][0]["lower"],
            "yhat_upper": one["bounds"][0]["upper"],
            "trend": one["trend"],
        }
        for one in ours["forecast"]
    ]
    summary, values = found["summary"], [one["yhat"] for one in found["forecast"]]
    assert summary["total_predicted_value"] == ours["total"]["value"]
    assert summary["avg_predicted_value"] == round(sum(values) / 30, 2)
    assert (summary["min_predicted_value"], summary["max_predicted_value"]) == (0, max(values))
    widths = [one["yhat_upper"] - one["yhat_lower"] for one in found["forecast"]]
    assert summary["avg_uncertainty"] == pytest.approx(sum(widths) / 30, abs=0.01)
    first, *_, last = found["forecast"]
    direction = "increasing" if last["trend"] > first["trend"] else "decreasing"
    assert summary["trend_direction"] == direction


def test_accuracy_is_that_of_days_nobody_had_seen(known: Api) -> None:
    """Of the last fifth of the trading days: forecast with the other four in a shop of its own."""
    measured = known.get(REVENUE, model="seasonal_naive")["summary"]["accuracy_metrics"]
    open_days = [d for d in (FIRST + timedelta(one) for one in range(DAYS)) if d.isoweekday() < 7]
    fitted, unseen = open_days[:67], open_days[67:]
    day_before = {day: sum(amount(day, c) for c in COUNTRIES) for day in open_days}
    repeated = {day.isoweekday(): day_before[day] for day in fitted[-6:]}
    errors = [abs(day_before[day] - repeated[day.isoweekday()]) for day in unseen]
    percent = [100 * one / day_before[day] for one, day in zip(errors, unseen, strict=True)]
    assert measured["mae"] == pytest.approx(sum(errors) / len(errors), abs=0.01)
    assert measured["mape"] == pytest.approx(sum(percent) / len(percent), abs=0.01)
    assert measured["accuracy_percent"] == pytest.approx(100 - measured["mape"], abs=0.01)
    ours = known.get(REVENUE)
    assert (
        ours["model_accuracy"] == f"{ours['summary']['accuracy_metrics']['accuracy_percent']:.1f}%"
    )
    assert ours["summary"]["accuracy_metrics"]["mape"] < measured["mape"]


def test_revenue_of_an_empty_shop_is_zeros(api: Api) -> None:
    found = api.get(REVENUE)
    assert found["forecast"] == []
    accuracy = found["summary"].pop("accuracy_metrics")
    assert found["summary"].pop("trend_direction") == "flat"
    assert {*found["summary"].values(), *accuracy.values()} == {0}


@pytest.mark.parametrize("periods", [0, -1, 366, "many", 1e9])
def test_bad_periods_are_refused(known: Api, periods: Any) -> None:
    for path in (REVENUE,):
        query = {"periods": periods}
        answer = known.client.get(path, params=query, headers=known.as_("viewer"))
        assert answer.status_code == 422
        assert [one["loc"] for one in answer.json()["detail"]] == [["query", "periods"]]
        assert "body" in answer.json()


def test_prophet_answers_there_too(known: Api) -> None:
    """It is worked out by another process; whoever comes too early is told to ask again."""
    if not others.installed(Model.prophet):
        pytest.skip("prophet is not installed")
    headers, query = known.as_("viewer"), {"model": "prophet", "periods": 7}
    deadline = time.monotonic() + 240
    answer = known.client.get(REVENUE, params=query, headers=headers)
    while answer.status_code == 503 and time.monotonic() < deadline:
        assert answer.headers["Retry-After"].isdecimal()
        answer = known.client.get(REVENUE, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["model"], found["method"], len(found["forecast"])) == ("prophet", "prophet", 7)
    assert found["summary"]["accuracy_metrics"]["accuracy_percent"] > 50
    closed = [one["yhat"] for one in found["forecast"] if one["ds"] == "2024-04-07"]
    assert closed == [0]


def test_strangers_learn_nothing(known: Api) -> None:
    for path in (*PATHS, f"{PATH}/models", REVENUE):
        assert known.client.get(path, params={"measure": "revenue"}).status_code == 401


def test_the_real_data_are_forecast_as_well_as_promised(real: Api) -> None:
    found = real.get(PATH, measure="revenue", history=400)
    assert (found["as_of"], found["from"]) == ("2011-12-08", "2011-12-10")
    assert "unfinished_last_day" in [one["code"] for one in found["notices"]]
    assert found["report"]["scores"]["wape"] < 0.8 * found["report"]["naive"]["wape"]
    closed = [one for one in found["forecast"] if not one["open"]]
    assert {date.fromisoformat(one["start"]).isoweekday() for one in closed} >= {6}
    assert {one["value"] for one in closed} == {0}
    older = real.get(REVENUE)
    assert older["summary"]["accuracy_metrics"]["accuracy_percent"] >= 70


def test_twenty_countries_of_the_real_data_add_up(real: Api) -> None:
    found = real.get(BATCH, measure="revenue", top=20, history=0)
    assert len(found["groups"]) == 20
    parts = [*found["groups"], found["rest"]]
    for step, whole in enumerate(found["whole"]["forecast"]):
        summed = sum(round(100 * one["forecast"][step]["value"]) for one in parts)
        assert summed == round(100 * whole["value"])
    assert "NaN" not in json.dumps(found)
