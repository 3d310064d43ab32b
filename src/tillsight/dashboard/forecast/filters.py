"""What is forecast; the address keeps it, so that a copied link shows the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import address, client, filters, switches
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.forecast import steps, texts
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
Parameters = dict[str, str | int | Sequence[str]]

AHEAD = {
    "day": (7, 14, 30, 60, 90, 180, 365),
    "week": (4, 8, 13, 26, 52, 104),
    "month": (3, 6, 12, 24, 36),
}
USUAL = {"day": 30, "week": 13, "month": 12}
RECENT = {"day": 90, "week": 52, "month": 36}
A_YEAR = {"day": 400, "week": 57, "month": 13}
ALL = 5000
OURS = ("blend", "seasonal_naive")
"""Models that answer at once, and can do many series together."""
ADDS_UP = "adds up over groups"
PARTS = ("category", "channel")
"""What can be forecast by itself, beside a country."""


@dataclass(frozen=True)
class Asked:
    """What was chosen: a question as parameters of the API, and the model by itself."""

    measure: str
    grain: str
    horizon: int
    model: str
    where: Parameters = field(default_factory=dict)

    @property
    def parameters(self) -> Parameters:
        """The question, but by whom it is to be answered."""
        base: Parameters = {
            "measure": self.measure,
            "grain": self.grain,
            "horizon": self.horizon,
        }
        return base | self.where


def question_bar(known: Coverage, models: Sequence[One]) -> Asked:
    """Show the bar and return what it says; without models to choose from, ours is asked."""
    with st.container(key="forecast_filters", horizontal=True, vertical_alignment="bottom"):
        measure = measure_picker()
        grain = grain_picker()
        horizon = _horizon(grain)
        countries = filters.dimension_picker(known, "country", 180)
        others = filters.more_filters(known, PARTS)
        model = _model(models) if models else "blend"
    address.put(filters.KEPT, "forecast")
    where: Parameters = {**others, "country": countries} if countries else {**others}
    return Asked(measure, grain, horizon, model, where)


def measure_picker() -> str:
    """Show the measures that can be forecast, and return the chosen one."""
    return switches.pick(texts.MEASURE, measures(), "measure", 140)


def measures() -> dict[str, str]:
    """The measures that can be forecast, those that add up, and how they are called."""
    return {
        one["name"]: languages.said(one["label"])
        for one in client.of_the_program("/api/metrics")["measures"]
        if one["total"] == ADDS_UP
    }


def grain_picker() -> str:
    """Show how long a step may be, and return what was chosen."""
    return switch(texts.GRAIN, texts.GRAINS, "day", "by")


def shown_bar() -> tuple[str, list[int]]:
    """Show how much history and which intervals are drawn, and return both."""
    history = switch(texts.HISTORY, texts.HISTORIES, "recent", "history", "collapsed")
    shown = {"both": texts.BOTH_LEVELS, "80": formats.percent(0.8), "95": formats.percent(0.95)}
    levels = switch(texts.LEVELS, shown, "both", "level", "collapsed")
    return history, [80, 95] if levels == "both" else [int(levels)]


def history_of(asked: Asked, wanted: str) -> int:
    """How many steps of history are drawn: never fewer than lie ahead, where it is recent."""
    if wanted == "recent":
        return min(max(RECENT[asked.grain], asked.horizon), ALL)
    return A_YEAR[asked.grain] if wanted == "year" else ALL


def _horizon(grain: str) -> int:
    """How many steps lie ahead; each grain has lengths of its own."""
    names = {one: steps.counted(grain, one) for one in AHEAD[grain]}
    return switches.pick(texts.AHEAD, names, "ahead", 112, USUAL[grain])


def _model(models: Sequence[One]) -> str:
    labels: dict[str, str] = {
        one["model"]: languages.said(one["label"])
        if one["installed"]
        else texts.NOT_INSTALLED.format(model=languages.said(one["label"]))
        for one in models
    }
    return switches.pick(texts.MODEL, labels, "model", 190)
