"""The calendar of open and closed days as a picture: the API's answer in, escaped HTML out.

A month is a grid of weeks from Monday on. Closed days are hatched, corrected ones framed, holidays
dotted, so that none of it needs colours to be told apart.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from itertools import groupby
from typing import Any

from tillsight import formats
from tillsight.dashboard.forecast import texts, words
from tillsight.dashboard.tables import Cell, button, listed

One = Mapping[str, Any]


def picture(answer: One, ahead: date, *, editable: bool) -> str:
    """All months of the answer; `ahead` is the first day that is still to come."""
    months = groupby(answer["days"], key=lambda one: one["day"][:7])
    drawn = "".join(_month(name, list(days), ahead, editable=editable) for name, days in months)
    return f'{_key()}<div class="months">{drawn}</div>'


def weekdays(answer: One, *, editable: bool) -> str:
    """The seven weekdays: whether they are open, and how often there were sales on them."""
    tiles = "".join(_weekday(one, editable=editable) for one in answer["weekdays"])
    return f'<h3>{texts.WEEKDAYS_TITLE}</h3><div class="weekdays">{tiles}</div>'


def to_come(answer: One, ahead: date, *, editable: bool) -> str:
    """Holidays to come, open or closed, and other closed days that no weekday explains."""
    found = [
        one
        for one in answer["days"]
        if date.fromisoformat(one["day"]) >= ahead
        and (one["holiday"] or (not one["open"] and one["because"] != "weekday"))
    ]
    title = f"<h3>{texts.HOLIDAYS_TITLE}</h3>"
    if not found:
        return f'{title}<p class="quiet">{texts.HOLIDAYS_NONE}</p>'
    lines = "".join(f"<li>{_coming(run, editable=editable)}</li>" for run in _alike(found))
    return f'{title}<ul class="to-come">{lines}</ul>'


def _alike(days: Sequence[One]) -> list[list[One]]:
    """Days of the end of the year that follow each other go together; others stand alone."""
    runs: list[list[One]] = []
    for one in days:
        before = runs[-1][-1] if runs else None
        goes_on = before is not None and _next_day(before, one)
        if goes_on and {one["because"], (before or one)["because"]} == {"year_end"}:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _next_day(before: One, one: One) -> bool:
    days = [date.fromisoformat(each["day"]).toordinal() for each in (before, one)]
    return days[1] - days[0] == 1


def _coming(run: Sequence[One], *, editable: bool) -> str:
    if len(run) == 1:
        return _pressable(run[0], words.day_said(run[0]), editable=editable)
    first, last = (date.fromisoformat(one["day"]) for one in (run[0], run[-1]))
    said = texts.DAY_SAID.format(
        day=formats.days(first, last), state=texts.IS_CLOSED, reason=words.reason(run[0])
    )
    return f"<span>{escape(said)}</span>"


def corrections(found: Sequence[One], timezone: str, *, editable: bool) -> str:
    """What people corrected, each with a button that takes it back."""
    lines = [
        [
            Cell(escape(words.corrected(one)), texts.KINDS[one["kind"]], "file"),
            Cell(texts.OPEN if one["open"] else texts.CLOSED, texts.CORRECT_TO),
            Cell(_said_by(one, timezone), texts.NOTE_WHO, "when"),
            *([_take_back(one)] if editable else []),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found], {texts.KINDS[found[0]["kind"]]: texts.CORRECT_WHAT})


def _month(name: str, days: Sequence[One], ahead: date, *, editable: bool) -> str:
    first = date.fromisoformat(days[0]["day"])
    head = "".join(f'<span class="weekday" aria-hidden="true">{one}</span>' for one in _short())
    empty = f'<span style="grid-column:span {first.weekday()}"></span>' if first.weekday() else ""
    cells = "".join(_day(one, ahead, editable=editable) for one in days)
    title = formats.month(date.fromisoformat(f"{name}-01"))
    return (
        f'<section class="month"><h3>{title}</h3><div class="grid">{head}{empty}{cells}</div>'
        "</section>"
    )


def _short() -> Sequence[str]:
    return texts.WEEKDAYS_SHORT


def _day(one: One, ahead: date, *, editable: bool) -> str:
    at = date.fromisoformat(one["day"])
    kinds = {
        "open": one["open"],
        "closed": not one["open"],
        "holiday": one["holiday"],
        "corrected": one["corrected"],
        "ahead": at >= ahead,
    }
    kind = " ".join(name for name, is_so in kinds.items() if is_so)
    said = escape(words.day_said(one))
    if editable:
        return (
            f'<button type="button" class="day {kind}" data-press="{one["day"]}" title="{said}"'
            f' aria-label="{said}">{at.day}</button>'
        )
    return f'<span class="day {kind}" role="img" title="{said}" aria-label="{said}">{at.day}</span>'


def _key() -> str:
    marks = "".join(
        f'<li><span class="day {"open " if name not in {"open", "closed"} else ""}{name}"'
        f' aria-hidden="true"></span>{text}</li>'
        for name, text in texts.KEY.items()
    )
    return f'<ul class="key">{marks}</ul>'


def _weekday(one: One, *, editable: bool) -> str:
    name = texts.WEEKDAYS[one["weekday"] - 1]
    state = texts.OPEN if one["open"] else texts.CLOSED
    told = texts.WEEKDAY_NEVER
    if one["occurrences"]:
        told = texts.WEEKDAY_TRADED.format(traded=one["traded"], occurrences=one["occurrences"])
    mark = f'<span class="mark">{texts.WEEKDAY_CORRECTED}</span>' if one["corrected"] else ""
    inner = (
        f'<b>{name}</b><span class="state">{state} {mark}</span><span class="quiet">{told}</span>'
    )
    kind = "open" if one["open"] else "closed"
    if editable:
        title = texts.PRESS_DAY.format(day=texts.EVERY_WEEKDAY.format(weekday=name))
        said = escape(f"{name}: {state}, {told}. {title}")
        return (
            f'<button type="button" class="weekday {kind}" data-press="w{one["weekday"]}"'
            f' aria-label="{said}">{inner}</button>'
        )
    return f'<div class="weekday {kind}">{inner}</div>'


def _pressable(one: One, said: str, *, editable: bool) -> str:
    if not editable:
        return f"<span>{escape(said)}</span>"
    return (
        f'<button type="button" class="quiet-link" data-press="{one["day"]}">{escape(said)}'
        "</button>"
    )


def _said_by(one: One, timezone: str) -> str:
    who = one["set_by_name"] or texts.SOMEBODY
    when = formats.moment(one["set_at"], timezone)
    return f'<span>{when}<span class="by quiet">{escape(who)}</span></span>'


def _take_back(one: One) -> Cell:
    title = texts.TAKE_BACK_TITLE.format(what=words.corrected(one))
    return Cell(button(str(one["id"]), texts.TAKE_BACK, title), "", "action")
