"""The Forecast page but its charts, as pure functions: answers of the API in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from tillsight import formats, languages
from tillsight.dashboard.forecast import steps, texts, words
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.tables import Cell, button, listed

One = Mapping[str, Any]


@dataclass(frozen=True)
class Before:
    """What the measure was over an earlier span; None where the data do not hold all of it."""

    days: str
    value: float | None


def summary(told: One, unit: str, before: Before, last_year: Before) -> str:
    """Four figures: the total, the mean of an open day, and the change from two earlier spans."""
    total = told["total"]
    span = steps.counted(told["grain"], told["horizon"])
    value = kpi_formats.rounded(total["value"], unit)
    return (
        '<div class="cards kpi-summary forecast-figures">'
        + _card(texts.TOTAL.format(span=span), value, escape(words.ranged(total["bounds"], unit)))
        + _card(texts.PER_OPEN_DAY, _per_day(told, unit), _open_days(told))
        + _change(texts.AGAINST_BEFORE.format(span=span), total["value"], before, unit)
        + _change(texts.AGAINST_YEAR, total["value"], last_year, unit)
        + "</div>"
    )


def quality(told: One, unit: str) -> str:
    """Four figures of the windows that were held back."""
    report, grain = told["report"], told["grain"]
    scores, naive = report["scores"], report["naive"]
    step = texts.STEP[grain]
    repeating = texts.NAIVE_OF[grain]
    miss = texts.MISS_LEAD.format(
        step=step, naive=repeating.format(value=words.percent(naive["wape"]))
    )
    mase = texts.MASE_LEAD.format(naive=repeating.format(value=words.ratio(naive["mase"])))
    windows = texts.WINDOWS_OF.format(
        count=report["windows"], span=steps.counted(grain, report["window_steps"])
    )
    mae = kpi_formats.rounded(scores["mae"], unit)
    off = texts.MISS_AMOUNT.format(mae=mae, a_step=texts.A_STEP[grain])
    return (
        '<div class="cards kpi-summary forecast-figures">'
        + _card(texts.MISS, words.percent(scores["wape"]), escape(miss))
        + _card(texts.MASE, words.ratio(scores["mase"]), escape(mase))
        + _card(
            texts.COVERAGE,
            words.percent(scores["coverage"]),
            texts.COVERAGE_LEAD.format(steps=words.several(grain)),
        )
        + _card(texts.WINDOWS, windows, f"{texts.WINDOWS_LEAD} {escape(off)}.")
        + "</div>"
    )


def weights(found: Sequence[One]) -> str:
    """The blended models, the heaviest first, each with a bar as long as its part of the first."""
    ordered = sorted(found, key=lambda one: -one["weight"])
    longest = max((one["weight"] for one in ordered), default=0)
    body = "".join(
        f'<tr><td><span class="name">{escape(_weighted(one))}</span>'
        f'<span class="bar" style="width:{_part(one["weight"], longest):.1f}%"></span></td>'
        f'<td class="number">{words.percent(one["weight"])}</td></tr>'
        for one in ordered
    )
    return (
        f'<table class="ranking weights"><caption>{texts.WEIGHTS}</caption>'
        f"<tbody>{body}</tbody></table>"
    )


def _weighted(one: One) -> str:
    return texts.WEIGHTED.get(one["model"], str(one["label"]).capitalize())


def models(answer: One) -> str:
    """Models side by side, the best first, those that are not installed last."""

    def place(one: One) -> tuple[bool, float]:
        wape = one["scores"]["wape"] if one["scores"] else None
        return wape is None, wape or 0

    found = sorted(answer["models"], key=place)
    lines = [
        [
            Cell(_model(one), texts.COMPARED_MODEL, "file"),
            Cell(_score(one, "wape"), texts.COMPARED_MISS, "number"),
            Cell(_score(one, "mase"), texts.COMPARED_MASE, "number"),
            Cell(_score(one, "coverage"), texts.COMPARED_COVERAGE, "number"),
            Cell(words.against_naive(one["naive_ratio"]), texts.COMPARED_NAIVE, "number"),
            Cell(words.took(one["seconds"]), texts.COMPARED_TIME, "number"),
        ]
        for one in found
    ]
    return listed(lines, ["best" if one["best"] else "" for one in found])


def notices(found: Sequence[One]) -> str:
    """What there is to know about a forecast, one after the other."""
    lines = "".join(
        f'<li data-code="{escape(one["code"])}">{escape(words.dated(one["text"]))}</li>'
        for one in found
    )
    return f'<ul class="forecast-notices">{lines}</ul>' if lines else "<p hidden></p>"


def notes(found: Sequence[One], timezone: str) -> str:
    """Dated notes, each with a button where the person may change it."""
    buttons = any(one["may_change"] for one in found)
    lines = []
    for one in found:
        cells = [
            Cell(escape(_days(one)), texts.NOTE_DAYS, "when"),
            Cell(_note(one), texts.NOTE_TEXT, "file"),
            Cell(_written(one, timezone), texts.NOTE_WHO, "when"),
        ]
        lines.append([*cells, _change_note(one)] if buttons else cells)
    return listed(lines, ["" for _ in found])


def _card(title: str, value: str, below: str) -> str:
    return (
        f'<section class="card"><h2>{escape(title)}</h2><p class="value">{escape(value)}</p>'
        f'<div class="below">{below}</div></section>'
    )


def _per_day(told: One, unit: str) -> str:
    days = told["calendar"]["open_days"]
    return kpi_formats.rounded(told["total"]["value"] / days if days else None, unit)


def _open_days(told: One) -> str:
    open_days, closed = told["calendar"]["open_days"], told["calendar"]["closed_days"]
    said = texts.OPEN_DAYS if closed else texts.NONE_CLOSED
    if open_days == 1:
        said = texts.OPEN_DAYS_ONE
    return said.format(open=formats.number(open_days), closed=formats.number(closed))


def _change(title: str, value: float, before: Before, unit: str) -> str:
    if before.value is None:
        return _card(title, formats.NOTHING, escape(texts.NO_BEFORE.format(days=before.days)))
    growth = (value - before.value) / abs(before.value) if before.value else None
    shown = formats.NOTHING if growth is None else _arrow(growth) + formats.change(growth)
    was = kpi_formats.short(before.value, unit)
    return _card(title, shown, escape(texts.FROM_BEFORE.format(before=was, days=before.days)))


def _arrow(growth: float) -> str:
    seen = round(growth, 3)
    return "▲ " if seen > 0 else "▼ " if seen < 0 else ""


def _part(value: float, longest: float) -> float:
    return max(100 * value / longest, 0) if longest > 0 else 0


def _model(one: One) -> str:
    mark = f'<span class="mark">{texts.BEST}</span>' if one["best"] else ""
    install = "" if one["installed"] else f'<code class="by">{escape(one["install"] or "")}</code>'
    name = escape(languages.said(one["label"]))
    return f'<span><span class="name">{name}</span>{mark}{install}</span>'


def _score(one: One, name: str) -> str:
    if not one["scores"]:
        return formats.NOTHING
    value = one["scores"][name]
    return words.ratio(value) if name == "mase" else words.percent(value, 1)


def _days(note: One) -> str:
    return formats.window(date.fromisoformat(note["from"]), date.fromisoformat(note["to"]))


def _note(one: One) -> str:
    mark = "" if one["ordinary"] else f'<span class="mark">{texts.NOTE_MARK}</span>'
    return f'<span><span class="name">{escape(one["text"])}</span>{mark}</span>'


def _written(one: One, timezone: str) -> str:
    who = one["created_by_name"] or texts.SOMEBODY
    if one["updated_at"]:
        changed = texts.NOTE_CHANGED_BY.format(name=one["updated_by_name"] or texts.SOMEBODY)
        who = f"{who}, {changed}"
    when = formats.moment(one["updated_at"] or one["created_at"], timezone)
    return f'<span>{when}<span class="by quiet">{escape(who)}</span></span>'


def _change_note(one: One) -> Cell:
    if not one["may_change"]:
        return Cell("", "", "action")
    title = texts.NOTE_CHANGE_TITLE.format(days=_days(one))
    return Cell(button(str(one["id"]), texts.NOTE_CHANGE, title), "", "action")
