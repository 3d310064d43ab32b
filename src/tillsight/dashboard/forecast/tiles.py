"""Forecasts of countries or products side by side, and the list of earlier forecasts: pure HTML.

The parts of a table add up to the whole: what is not named is in the line of all others.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from tillsight import formats, languages
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.forecast import steps, texts, words
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.tables import Cell, button, listed

One = Mapping[str, Any]
Point = tuple[float, float]
WIDTH, HEIGHT, EDGE = 240, 64, 3  # of a little chart, in pixels


def table(answer: One, unit: str) -> str:
    """The parts with their totals, then all others, then the whole."""
    whole = answer["whole"]["total"]["value"]
    found = [(_name(one), one, "") for one in _largest_first(answer)]
    if answer["rest"]:
        found.append((texts.PART_REST, answer["rest"], "rest"))
    found.append((texts.PART_WHOLE, answer["whole"], "whole"))
    lines = [
        [
            Cell(f'<span class="name">{escape(name)}</span>', texts.PART[answer["by"]], "file"),
            Cell(
                escape(kpi_formats.rounded(one["total"]["value"], unit)),
                texts.PART_FORECAST,
                "number",
            ),
            Cell(escape(_range(one, unit)), texts.PART_RANGE, "number quiet"),
            Cell(formats.share(one["total"]["value"], whole), texts.PART_SHARE, "number quiet"),
        ]
        for name, one, _ in found
    ]
    return listed(lines, [kind for _, _, kind in found])


def tiles(answer: One, unit: str) -> str:
    """A little chart for each part."""
    span = steps.counted(answer["grain"], answer["horizon"])
    drawn = "".join(_tile(one, unit, span) for one in _largest_first(answer))
    return f'<div class="tiles">{drawn}</div>'


def _largest_first(answer: One) -> list[One]:
    return sorted(answer["groups"], key=lambda one: -one["total"]["value"])


def record(found: Sequence[One], currency: str, timezone: str) -> str:
    """Forecasts that were told, with what happened and how far off they were."""
    lines = [_recorded(one, words.unit_of(one, currency), timezone) for one in found]
    return listed(lines, [one["state"] for one in found])


def record_summary(summary: One) -> str:
    """Four figures over all forecasts that were scored."""
    naive = words.percent(summary["naive_wape"])
    better = texts.RECORD_BETTER_OF.format(
        count=formats.number(summary["better_than_naive"]), all=formats.number(summary["compared"])
    )
    told = (
        (texts.RECORD_SCORED, formats.number(summary["scored"]), texts.RECORD_SCORED_LEAD),
        (
            texts.RECORD_MISS,
            words.percent(summary["wape"]),
            texts.RECORD_MISS_LEAD.format(naive=naive),
        ),
        (texts.RECORD_COVERAGE, words.percent(summary["coverage"]), texts.RECORD_COVERAGE_LEAD),
        (texts.RECORD_BETTER, better, texts.RECORD_BETTER_LEAD),
    )
    cards = "".join(
        f'<section class="card"><h2>{title}</h2><p class="value">{value}</p>'
        f'<div class="below">{below}</div></section>'
        for title, value, below in told
    )
    return f'<div class="cards kpi-summary forecast-figures">{cards}</div>'


def record_days(one: One) -> str:
    """The days a forecast was about."""
    return formats.window(date.fromisoformat(one["from"]), date.fromisoformat(one["to"]))


def _name(one: One) -> str:
    return str(one["name"] or one["key"] or common_texts.UNKNOWN)


def _range(one: One, unit: str) -> str:
    bound = words.bounds(one["total"]["bounds"])
    if bound is None:
        return formats.NOTHING
    low, high = (kpi_formats.short(bound[side], unit) for side in ("lower", "upper"))
    return f"{low} – {high}"


def _tile(one: One, unit: str, span: str) -> str:
    total = kpi_formats.rounded(one["total"]["value"], unit)
    alt = texts.TILE_ALT.format(name=_name(one), total=total, span=span)
    return (
        f'<figure class="tile"><figcaption><b>{escape(_name(one))}</b>'
        f"<span>{escape(total)}</span></figcaption>{spark(one, alt)}</figure>"
    )


def spark(one: One, alt: str) -> str:
    """History as a line, the forecast as another inside its interval; closed steps left out."""
    history = [each for each in one["history"] if each.get("open", True)]
    ahead = [each for each in one["forecast"] if each.get("open", True)]
    everything = [*one["history"], *one["forecast"]]
    across = (WIDTH - 2 * EDGE) / max(len(everything) - 1, 1)
    places = {each["start"]: place for place, each in enumerate(everything)}
    values = [each["value"] for each in (*history, *ahead)]
    upper = [bound["upper"] for each in ahead if (bound := words.bounds(each["bounds"]))]
    top = max([*values, *(min(each, 1.6 * max(values)) for each in upper)], default=0) or 1
    low = min([0, *values])

    def at(start: str, value: float) -> Point:
        down = (HEIGHT - 2 * EDGE) * (top - min(value, top)) / (top - low)
        return EDGE + places[start] * across, EDGE + max(down, 0)

    past = [at(each["start"], each["value"]) for each in history]
    coming = [at(each["start"], each["value"]) for each in ahead]
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(alt)}">{_band(ahead, at)}'
        f'<polyline class="past" points="{_points(past)}"/>'
        f'<polyline class="coming" points="{_points([*past[-1:], *coming])}"/></svg>'
    )


def _band(ahead: Sequence[One], at: Callable[[str, float], Point]) -> str:
    bounds = [(each["start"], bound) for each in ahead if (bound := words.bounds(each["bounds"]))]
    upper = [at(start, bound["upper"]) for start, bound in bounds]
    lower = [at(start, max(bound["lower"], 0)) for start, bound in reversed(bounds)]
    return f'<polygon class="band" points="{_points([*upper, *lower])}"/>' if upper else ""


def _points(found: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in found)


def _recorded(one: One, unit: str, timezone: str) -> list[Cell]:
    return [
        Cell(_what(one, timezone), texts.RECORD_WHAT, "file"),
        Cell(escape(record_days(one)), texts.RECORD_DAYS, "when"),
        Cell(_so_far(one, "forecast_total", unit), texts.RECORD_FORECAST, "number"),
        Cell(_so_far(one, "actual_total", unit), texts.RECORD_ACTUAL, "number"),
        Cell(_missed(one), texts.RECORD_WAPE, "number"),
        Cell(_state(one), texts.RECORD_STATE, "when"),
        Cell(
            button(
                str(one["id"]),
                texts.RECORD_OPEN,
                texts.RECORD_OPEN_TITLE.format(
                    measure=languages.said(one["label"]), days=record_days(one)
                ),
            ),
            "",
            "action",
        ),
    ]


def _what(one: One, timezone: str) -> str:
    said = [
        languages.said(one["label"]),
        words.filtered(one["filters"]),
        languages.said(one.get("model_label") or ""),
    ]
    if one["grain"] != "day":
        said.append(texts.GRAINS[one["grain"]].lower())
    told = texts.RECORD_GIVEN.format(
        when=formats.moment(one["given_at"], timezone),
        day=formats.day(date.fromisoformat(one["as_of"])),
    )
    return (
        f'<span><span class="name">{escape(" · ".join(each for each in said if each))}</span>'
        f'<span class="by quiet">{escape(told)}</span></span>'
    )


def _so_far(one: One, total: str, unit: str) -> str:
    """A total, which is that of the days that have come, both of the forecast and in fact."""
    if one[total] is None:
        return formats.NOTHING
    value = kpi_formats.rounded(one[total], unit)
    said = texts.RECORD_SO_FAR.format(value=value) if one["state"] == "partly" else value
    return escape(said)


def _missed(one: One) -> str:
    if one["wape"] is None:
        return formats.NOTHING
    repeating = texts.NAIVE_OF[one["grain"]].format(value=words.percent(one["naive_wape"]))
    miss = words.percent(one["wape"])
    return f'<span>{miss}<span class="by quiet">{escape(repeating)}</span></span>'


def _state(one: One) -> str:
    return texts.RECORD_MARKS[one["state"]].format(
        scored=one["steps_scored"], all=steps.counted(one["grain"], one["horizon"])
    )


def record_figures(told: One, unit: str) -> str:
    """What was forecast in all, what happened, and how far off it was: a list of names."""
    said = (
        (texts.RECORD_FORECAST, kpi_formats.rounded(told["forecast_total"], unit)),
        (texts.RECORD_ACTUAL, kpi_formats.rounded(told["actual_total"], unit)),
        (texts.RECORD_WAPE, words.percent(told["wape"])),
        (texts.RECORD_REPEATING, words.percent(told["naive_wape"])),
        (texts.RECORD_COVERAGE, words.percent(told["coverage"])),
    )
    lines = "".join(
        f"<dt>{name}</dt><dd>{escape(value)}</dd>"
        for name, value in said
        if value != formats.NOTHING
    )
    return f'<dl class="facts">{lines}</dl>'
