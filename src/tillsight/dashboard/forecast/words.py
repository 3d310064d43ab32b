"""What is said of a forecast, as plain text: pure functions of what the API tells."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from tillsight import formats, languages
from tillsight.dashboard import note_marks
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.forecast import steps, texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.settings import countries

One = Mapping[str, Any]
ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
VERDICT = re.compile(
    r"(?:(?P<percent>\d+) % better than|(?P<none>no better) than|cannot be compared with)"
    r" repeating (?P<what>.+)"
)
INNER = 80
"""The level that is told in words; the widest one where it was not asked for."""


def country_name(code: str) -> str:
    """The name of a country by its code, such as CH, or CH-ZH for a part of it."""
    return _country_name(code, languages.current())


@cache
def _country_name(code: str, language: str) -> str:
    country, _, part = code.partition("-")
    name = countries().get(country, country)
    if language != languages.ENGLISH:
        name = languages.locale(language).territories.get(country, name)
    return f"{name} ({part})" if part else name


def unit_of(told: One, currency: str) -> str:
    """The unit of a measure as kpi_formats writes it."""
    return currency.lower() if told["unit"] == "money" else "amount"


def bounds(found: Sequence[One]) -> One | None:
    """Those of the level that is told in words, if there are any."""
    inner = [one for one in found if one["level"] == INNER]
    return next(iter([*inner, *found]), None)


def ranged(found: Sequence[One], unit: str) -> str:
    """The range of a total, such as 80% sure: £1.02M to £1.31M."""
    bound = bounds(found)
    if bound is None:
        return texts.NO_RANGE
    low, high = (kpi_formats.short(bound[side], unit) for side in ("lower", "upper"))
    return texts.TOTAL_RANGE.format(level=bound["level"], low=low, high=high)


def course_alt(told: One, unit: str) -> str:
    """What the chart shows, for those who do not see it."""
    bound = bounds(told["total"]["bounds"])
    sure = ""
    if bound is not None:
        low, high = (kpi_formats.short(bound[side], unit) for side in ("lower", "upper"))
        sure = texts.COURSE_ALT_RANGE.format(level=bound["level"], low=low, high=high)
    return texts.COURSE_ALT.format(
        measure=languages.said(told["label"]),
        grain=texts.STEP[told["grain"]],
        day=formats.day(date.fromisoformat(told["as_of"])),
        total=kpi_formats.short(told["total"]["value"], unit),
        days=steps.window(told),
        range=sure,
    )


def how_made(told: One) -> str:
    """By which method, from how much, up to which day, with which calendar."""
    calendar = told["calendar"]
    words = texts.CALENDAR_USED if calendar["country"] else texts.CALENDAR_LEARNT
    open_days, closed = calendar["open_days"], calendar["closed_days"]
    corrected = calendar["corrected"]
    used = words.format(
        country=country_name(calendar["country"]),
        open=formats.number(open_days),
        all=formats.number(open_days + closed),
        corrected=texts.CORRECTED_DAYS.format(count=corrected) if corrected else "",
    )
    words_of_all = texts.HOW_MADE if told["history_steps"] else texts.HOW_MADE_SHORT
    return words_of_all.format(
        method=languages.said(told["method_label"]),
        days=steps.counted(told["grain"], told["history_steps"]),
        day=formats.day(date.fromisoformat(told["as_of"])),
        calendar=used,
    )


def left_out(told: One) -> str:
    """The notes whose days were left out; nothing where none were."""
    if not told["left_out"]:
        return ""
    said = [f"{note_marks.days(one)} ({one['text'].rstrip('.')})" for one in told["left_out"]]
    return texts.LEFT_OUT.format(notes=", ".join(said))


def legend(grain: str, drawn: Sequence[str]) -> str:
    """What the parts of a chart are; `drawn` are the names of its traces."""
    levels = sorted(int(one.removeprefix("band")) for one in drawn if one.startswith("band"))
    parts = {*drawn, "band"} if levels else {*drawn}
    return " ".join(
        words.format(shaded=_shaded(levels, several(grain)))
        for part, words in texts.LEGEND.items()
        if part in parts
    )


def several(grain: str) -> str:
    """The steps of a grain: days, weeks or months."""
    return texts.STEPS[grain].format(count="").strip()


def _shaded(levels: Sequence[int], steps_called: str) -> str:
    if len(levels) < 2:
        return "".join(texts.SHADED.format(level=one, steps=steps_called) for one in levels)
    return texts.SHADED_TWO.format(inner=levels[0], outer=levels[-1], steps=steps_called)


def held_out(shown: Sequence[One], grain: str, unit: str) -> str:
    """The sums of a window that was held back, and how far they are apart."""
    predicted, actual = _sums(shown)
    off = formats.change((predicted - actual) / abs(actual)) if actual else formats.NOTHING
    return texts.HELD_OUT_LEAD.format(
        days=window_days(shown, grain),
        predicted=kpi_formats.rounded(predicted, unit),
        actual=kpi_formats.rounded(actual, unit),
        off=texts.OFF.format(change=off),
    )


def _sums(shown: Sequence[One]) -> tuple[float, float]:
    """What was forecast and what happened, without the steps that are left out."""
    counted = [one for one in shown if one.get("ordinary", True)]
    return sum(one["predicted"] for one in counted), sum(one["actual"] or 0 for one in counted)


def dated(text: str) -> str:
    """A text of the API with its days as they are written here."""
    return ISO_DAY.sub(lambda found: _day_or_same(found[0]), text)


def _day_or_same(text: str) -> str:
    try:
        return formats.day(date.fromisoformat(text))
    except ValueError:
        return text


def verdict(text: str) -> str:
    """How a model did beside repeating something, as the API says it; in the reader's words."""
    found = VERDICT.fullmatch(text)
    if found is None:
        return text
    repeated = texts.REPEATED.get(found["what"], found["what"])
    if found["percent"]:
        percent = formats.percent(int(found["percent"]) / 100)
        return texts.VERDICT_BETTER.format(percent=percent, what=repeated)
    said = texts.VERDICT_NO_BETTER if found["none"] else texts.VERDICT_NOT_KNOWN
    return said.format(what=repeated)


def held_out_alt(shown: Sequence[One], grain: str, unit: str) -> str:
    """What the chart of a window shows, for those who do not see it."""
    predicted, actual = _sums(shown)
    return texts.HELD_OUT_ALT.format(
        days=window_days(shown, grain),
        predicted=kpi_formats.rounded(predicted, unit),
        actual=kpi_formats.rounded(actual, unit),
    )


def window_days(shown: Sequence[One], grain: str) -> str:
    """The days of a window."""
    last = steps.start(shown[-1])
    if grain == "day":
        return formats.days(steps.start(shown[0]), last)
    if grain == "week":
        return formats.window(steps.start(shown[0]), steps.ago("day", last, -7))
    return formats.window(steps.start(shown[0]), steps.ago("month", last, -1))


def percent(share: float | None, places: int = 0) -> str:
    """A fraction in percent; a dash where it is not known."""
    return formats.NOTHING if share is None else formats.percent(share, places)


def ratio(value: float | None) -> str:
    """A ratio with two decimals; a dash where it is not known."""
    return formats.NOTHING if value is None else formats.decimal(value, 2)


def against_naive(ratio_of_naive: float | None) -> str:
    """How much smaller or larger a miss is than that of repeating; its ratio comes from the API."""
    if ratio_of_naive is None:
        return formats.NOTHING
    less = 1 - ratio_of_naive
    if abs(less) < 0.005:
        return texts.EVEN
    words = texts.BETTER if less > 0 else texts.WORSE
    return words.format(percent=formats.percent(abs(less)))


def took(seconds: float | None) -> str:
    """How long something took."""
    if seconds is None:
        return formats.NOTHING
    if seconds < 1:
        return texts.MILLISECONDS.format(count=round(seconds * 1000))
    return texts.SECONDS.format(seconds=formats.decimal(seconds, 1))


def filtered(filters: Mapping[str, Sequence[str | None]]) -> str:
    """The filters of a forecast, such as France, EIRE; nothing where there are none."""
    return ", ".join(one or common_texts.UNKNOWN for values in filters.values() for one in values)


def day_said(day: One) -> str:
    """A day of the calendar: whether it is open, and why."""
    at = date.fromisoformat(day["day"])
    said = texts.DAY_SAID.format(
        day=formats.weekday_and_day(at),
        state=texts.IS_OPEN if day["open"] else texts.IS_CLOSED,
        reason=reason(day),
    )
    if day["holiday"] and day["because"] != "holiday":
        return texts.DAY_HOLIDAY.format(said=said, holiday=day["holiday"])
    return said


def reason(day: One) -> str:
    """Why a day is open or closed."""
    if day["because"] == "traded" and not day["open"]:
        return texts.NO_SALES_THAT_DAY
    weekday = texts.WEEKDAYS[date.fromisoformat(day["day"]).weekday()]
    return texts.REASONS[day["because"]].format(
        weekday=texts.EVERY_WEEKDAY.format(weekday=weekday), holiday=day["holiday"]
    )


def corrected(correction: One) -> str:
    """What a correction is about: a day, a weekday or a holiday."""
    if correction["kind"] == "day":
        return formats.day(date.fromisoformat(correction["key"]))
    if correction["kind"] == "weekday":
        weekday = texts.WEEKDAYS[int(correction["key"]) - 1]
        return texts.EVERY_WEEKDAY.format(weekday=weekday)
    return str(correction["key"])
