"""Entries of the board as the API tells them, made by hand."""

from typing import Any

OUTLOOK: dict[str, Any] = {
    "probability": 0.7,
    "word": "likely",
    "method": "forecast",
    "history_periods": 46,
    "periods_to_come": 2,
    "needed_per_period": 93_849.75,
    "forecast": 215_400.0,
    "year_end": 627_700.5,
    "low": 588_000.0,
    "high": 671_250.0,
}
ENTRY: dict[str, Any] = {
    "id": 7,
    "name": "Net revenue",
    "circle_id": 1,
    "circle": "Sales",
    "periodicity": "monthly",
    "unit": "chf",
    "direction": "increase",
    "aggregation": "sum",
    "owner": None,
    "computed": False,
    "initial_value": 0.0,
    "target_value": 600_000.0,
    "x": 412_300.5,
    "current": {"period": "2026-10", "value": 38_200.25},
    "progress": 68.7168,
    "expected": 535_890.411,
    "pace": 0.7694,
    "performance": 71.2,
    "status": "behind",
    "outlook": OUTLOOK,
    "restated": 0,
    "spark": [
        {"period": "2026-08", "value": 40_000.0, "target": 600_000.0},
        {"period": "2026-09", "value": None, "target": 600_000.0},
        {"period": "2026-10", "value": 38_200.25, "target": 600_000.0},
    ],
}

NO_DATA: dict[str, Any] = {
    "x": None,
    "current": None,
    "progress": None,
    "expected": None,
    "pace": None,
    "performance": None,
    "status": "no_data",
    "outlook": {"probability": None, "reason": "too little history", "needed": 6, "have": 0},
    "spark": [{"period": "2026-10", "value": None, "target": 5.0}],
}


def entry(**told: Any) -> dict[str, Any]:
    """The entry of a KPI, with what is told otherwise."""
    return {**ENTRY, **told}
