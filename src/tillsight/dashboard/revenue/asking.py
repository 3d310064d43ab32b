"""What the panels of the page ask the API for, and over which days."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tillsight.dashboard import client
from tillsight.dashboard.sales_page import SalesPage

FIGURES = ("revenue", "net_revenue", "returns", "return_rate")
CHANGES = "/api/revenue/changes"
DAY = timedelta(days=1)


def figures(page: SalesPage) -> client.Parameters:
    """The question of the figures on top, and of their course."""
    choice = page.choice
    return {"measures": ",".join(FIGURES), "by": choice.grain.lower(), **choice.compared()}


def by(page: SalesPage, *dimensions: str) -> client.Parameters:
    """Revenue and orders by other dimensions than time, over the chosen days."""
    asked = {"measures": "revenue,orders", "by": ",".join(dimensions)}
    return {**asked, **page.choice.parameters()}


def covered(page: SalesPage) -> tuple[date, date]:
    """The chosen days as far as there are data: the first, and the one after the last."""
    span, known = page.choice.span, page.known
    start = max(span.start or known.first, known.first)
    end = min(span.end or known.last + DAY, known.last + DAY)
    return start, max(start, end)


def covered_before(page: SalesPage, answer: Mapping[str, Any]) -> tuple[date, date] | None:
    """The days an answer compares with as far as there are data; none where there are none."""
    if answer["comparison"] is None:
        return None
    window = answer["comparison"]["before"]
    start = max(date.fromisoformat(window["start"]), page.known.first)
    end = date.fromisoformat(window["end"])
    return (start, end) if start < end else None
