"""The dated notes about what a chart shows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tillsight.dashboard import client

MOST = 500
AFTER = timedelta(days=31)
"""More than the longest step of a chart lasts."""


def between(starts: Sequence[date]) -> list[Mapping[str, Any]]:
    """The notes about the steps that begin on these days."""
    if not starts:
        return []
    asked: dict[str, str | int] = {
        "from": starts[0].isoformat(),
        "to": (starts[-1] + AFTER).isoformat(),
        "limit": MOST,
    }
    found: list[Mapping[str, Any]] = client.get("/api/notes", asked)["notes"]
    return found
