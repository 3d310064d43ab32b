"""Which KPIs of the board are shown, and in which order: pure functions on its entries."""

from collections.abc import Mapping, Sequence
from typing import Any

One = Mapping[str, Any]

STATUSES = ("behind", "on_track", "ahead", "no_data")
"""From the worst; of what has no data nobody knows."""
WORDS = {"unlikely": 0.2, "open": 0.5, "likely": 0.8}
"""Where among the numbers an outlook stands that is a word alone."""


def ordered(entries: Sequence[One], order: str) -> list[One]:
    """The entries in an order of `texts.BOARD_SORTS`; those without the figure come last."""
    backwards, name = order.startswith("-"), order.removeprefix("-")
    if name in {"worst", "best"}:
        return _by_status(entries, best=name == "best")
    if name in {"name", "circle"}:
        return sorted(entries, key=lambda one: (one[name].casefold(), one["name"].casefold()))
    known = [(figure, one) for one in entries if (figure := _figure(one, name)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=backwards)
    unknown = [one for one in entries if _figure(one, name) is None]
    return [*(one for _, one in known), *unknown]


def grouped(entries: Sequence[One]) -> list[tuple[str, list[One]]]:
    """The entries of each circle by its name, in the order they have."""
    circles: dict[int, list[One]] = {}
    for one in entries:
        circles.setdefault(one["circle_id"], []).append(one)
    named = [(found[0]["circle"], found) for found in circles.values()]
    return sorted(named, key=lambda one: one[0].casefold())


def counted(entries: Sequence[One]) -> dict[str, int]:
    """How many entries have each status."""
    return {name: sum(one["status"] == name for one in entries) for name in STATUSES}


def _by_status(entries: Sequence[One], *, best: bool) -> list[One]:
    known = [one for one in entries if one["status"] != "no_data"]
    unknown = [one for one in entries if one["status"] == "no_data"]
    known.sort(key=_worst_first, reverse=best)
    return [*known, *unknown]


def _worst_first(entry: One) -> tuple[int, float, float]:
    pace, chance = entry["pace"], _figure(entry, "outlook")
    return (
        STATUSES.index(entry["status"]),
        entry["progress"] / 100 if pace is None and entry["progress"] is not None else pace or 0,
        1 if chance is None else chance,
    )


def _figure(entry: One, name: str) -> float | None:
    if name != "outlook":
        known: float | None = entry[name]
        return known
    told = entry["outlook"]
    figure: float | None = told["probability"]
    return WORDS.get(told.get("word")) if figure is None else figure
