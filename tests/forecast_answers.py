"""Answers of the forecast routes as their shapes are agreed, small enough to be read."""

from datetime import date, timedelta
from typing import Any

FIRST = date(2026, 5, 4)  # a Monday


def bounds(value: float, *levels: int) -> list[dict[str, Any]]:
    return [{"level": one, "lower": value - one / 10, "upper": value + one / 5} for one in levels]


def day(place: int) -> str:
    return (FIRST + timedelta(days=place)).isoformat()


def past(place: int, value: float, **said: bool) -> dict[str, Any]:
    return {"start": day(place), "value": value, "open": True, "ordinary": True} | said


def ahead(place: int, value: float, *levels: int, is_open: bool = True) -> dict[str, Any]:
    found = (
        bounds(value, *levels)
        if is_open
        else [{"level": one, "lower": 0.0, "upper": 0.0} for one in levels]
    )
    return {"start": day(place), "value": value, "trend": value, "open": is_open, "bounds": found}


SCORES = {"wape": 0.289, "mase": 0.79, "coverage": 0.81, "mae": 12.5, "rmse": 20.0}
NAIVE = {"wape": 0.383, "mase": 1.04, "coverage": 0.78, "mae": 17.0, "rmse": 30.0}


def forecast(**said: Any) -> dict[str, Any]:
    """A week that was, closed on Sunday, with a Wednesday left out, and four days to come."""
    history = [past(place, 100.0 + place) for place in range(6)]
    history[2]["ordinary"] = False
    history.append(past(6, 0.0, open=False))
    coming = [ahead(place, 110.0, 80, 95) for place in range(7, 11)]
    told = {
        "measure": "revenue",
        "label": "Revenue",
        "unit": "money",
        "grain": "day",
        "horizon": 4,
        "model": "blend",
        "method": "blend",
        "method_label": "Blend of small models",
        "filters": {},
        "as_of": day(6),
        "from": day(7),
        "to": day(11),
        "history_from": day(0),
        "history_steps": 7,
        "history": history,
        "forecast": coming,
        "total": {"value": 440.0, "bounds": bounds(440.0, 80, 95)},
        "report": {
            "windows": 8,
            "window_steps": 4,
            "scores": SCORES,
            "naive": NAIVE,
            "verdict": "25 % better than repeating last week",
            "shown": [
                {"start": day(0), "actual": 100.0, "predicted": 90.0, "lower": 80.0, "upper": 95.0},
                {"start": day(1), "actual": 101.0, "predicted": 95.0, "lower": 85.0, "upper": 99.0},
                {"start": day(2), "actual": 0.0, "predicted": 0.0, "lower": 0.0, "upper": 0.0},
                {"start": day(3), "actual": 99.0, "predicted": 97.0, "lower": 90.0, "upper": 99.5},
            ],
        },
        "weights": [
            {"model": "weekday_mean", "label": "weekday mean", "weight": 0.25},
            {"model": "ridge", "label": "ridge", "weight": 0.75},
        ],
        "calendar": {
            "country": "GB",
            "open_days": 4,
            "closed_days": 0,
            "corrected": 0,
            "holidays": [],
        },
        "left_out": [],
        "notices": [],
        "data_version": 1,
        "requested_by": "somebody@example.com",
    }
    return told | said


def note(first: int, end: int, text: str = "Fair", **said: Any) -> dict[str, Any]:
    """A dated note of the days from one place up to, and without, another."""
    return {
        "id": 1,
        "from": day(first),
        "to": day(end),
        "text": text,
        "ordinary": True,
        "version": 1,
        "created_by": 1,
        "created_by_name": "Ada",
        "created_at": "2026-05-20T10:00:00Z",
        "updated_by": None,
        "updated_by_name": None,
        "updated_at": None,
        "may_change": False,
    } | said


def calendar_day(place: int, **said: Any) -> dict[str, Any]:
    """A day of the calendar that was open, as weekdays are."""
    return {
        "day": day(place),
        "open": True,
        "because": "weekday",
        "holiday": None,
        "traded": None,
        "corrected": False,
    } | said
