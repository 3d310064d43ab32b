"""The calendar of open days: seen by everybody, corrected by editors."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, listing, panels
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.forecast import behind, days, steps, texts, words
from tillsight.dashboard.forms import Form
from tillsight.dashboard.switches import switch

One = Mapping[str, Any]
FORM = "correct_calendar"
TAKEN = "taken_back"
PATH = "/api/forecasts/calendar"
MONTHS_BEFORE = 1


def show(known: Coverage, *, editable: bool) -> None:
    """The months, the weekdays and the holidays to come, and what was corrected."""
    ahead = known.last + timedelta(days=1)
    with st.container(key="panel_forecast_calendar", border=True):
        st.header(texts.CALENDAR, anchor=False)
        lead = st.empty()
        months = switch(texts.MONTHS_AHEAD, texts.MONTHS_AHEAD_OPTIONS, 3, "months", "collapsed")
        start = steps.ago("month", known.last.replace(day=1), MONTHS_BEFORE)
        end = steps.ago("month", ahead.replace(day=1), -months - 1)
        answer = client.get(PATH, {"from": start.isoformat(), "to": end.isoformat()})
        lead.caption(_lead(answer, editable=editable))
        forms.tell(FORM)
        told = st.session_state.pop(TAKEN, None)
        if told:
            forms.paragraph("said good", told, "status")
        drawn = (
            days.picture(answer, ahead, editable=editable)
            + days.weekdays(answer, editable=editable)
            + days.to_come(answer, ahead, editable=editable)
        )
        pressed = listing.show("forecast_days", f'<div class="calendar">{drawn}</div>')
        _show_corrections(answer, editable=editable)
        panels.foot(meaning=behind.of_calendar(answer, known))
    if pressed and editable:
        _correct(answer, pressed)


def _lead(answer: One, *, editable: bool) -> str:
    country = answer["country"]
    holidays = (
        texts.CALENDAR_HOLIDAYS.format(country=formats.plain(words.country_name(country)))
        if country
        else texts.CALENDAR_NO_COUNTRY
    )
    may = texts.CALENDAR_MAY if editable else texts.CALENDAR_MAY_NOT
    return f"{texts.CALENDAR_LEAD.format(holidays=holidays)} {may}"


def _show_corrections(answer: One, *, editable: bool) -> None:
    found = answer["corrections"]
    st.html(f"<h3>{texts.CORRECTIONS_TITLE}</h3>")
    if not found:
        st.caption(texts.CORRECTIONS_NONE)
        return
    table = days.corrections(found, client.shop().timezone, editable=editable)
    pressed = listing.show("forecast_corrections", table)
    if pressed and editable:
        _take_back(pressed)


def _take_back(correction: str) -> None:
    try:
        client.change("DELETE", f"{PATH}/corrections/{correction}")
    except client.Refused as refusal:
        st.toast(str(refusal))
        return
    st.session_state[TAKEN] = texts.TAKEN_BACK
    st.rerun()


def _correct(answer: One, pressed: str) -> None:
    """Ask how a day or a weekday is to be corrected."""
    if pressed.startswith("w"):
        weekday = int(pressed[1:])
        found = next((one for one in answer["weekdays"] if one["weekday"] == weekday), None)
        options = {("weekday", str(weekday)): _every(weekday)}
    else:
        found = next((one for one in answer["days"] if one["day"] == pressed), None)
        options = _options(found) if found else {}
    if found:
        dialog = st.dialog(texts.CORRECT_TITLE)
        dialog(_ask)(found, options)


def _options(day: One) -> dict[tuple[str, str], str]:
    """What can be corrected about a day: itself, its weekday, its holiday."""
    at = date.fromisoformat(day["day"])
    weekday = at.isoweekday()
    options = {("day", day["day"]): texts.CORRECT_DAY.format(day=formats.weekday_and_day(at))}
    if day["holiday"]:
        said = texts.CORRECT_HOLIDAY.format(holiday=day["holiday"])
        options["holiday", day["holiday"]] = said
    return options | {("weekday", str(weekday)): _every(weekday)}


def _every(weekday: int) -> str:
    return texts.EVERY_WEEKDAY.format(weekday=texts.WEEKDAYS[weekday - 1])


def _ask(found: One, options: Mapping[tuple[str, str], str]) -> None:
    if "day" in found:
        st.text(f"{words.day_said(found)}.")
    else:
        state = texts.IS_OPEN if found["open"] else texts.IS_CLOSED
        st.text(f"{_every(found['weekday'])}: {state}.")
    form = Form(FORM, "fragment")
    with form.open():
        what = form.choice(
            "what", texts.CORRECT_WHAT, list(options), next(iter(options)), lambda one: options[one]
        )
        is_open = form.choice(
            "open",
            texts.CORRECT_TO,
            [True, False],
            not found["open"],
            lambda one: texts.OPEN if one else texts.CLOSED,
        )
        sending = form.submit(texts.CORRECT_SAVE)
    if sending:
        kind, key = what
        body = {"kind": kind, "key": key, "open": is_open}
        form.send(partial(client.change, "PUT", f"{PATH}/corrections", body), texts.CORRECTED)
        form.again()
