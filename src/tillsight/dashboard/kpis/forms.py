"""What a manager does with KPIs: defining them, their targets, switching off, and the archive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, texts
from tillsight.dashboard.forms import Form
from tillsight.dashboard.kpis import fields, lists
from tillsight.dashboard.kpis import formats as kpi_formats

One = Mapping[str, Any]
NEW = "kpi_new"
DELETED = "kpi_delete"


@dataclass(frozen=True)
class Switch:
    """Something that is done to a KPI at the press of a button, and how it is told."""

    key: str
    lead: str
    label: str
    done: str
    method: str = "PATCH"
    body: Mapping[str, bool] | None = None


OFF, ON, ARCHIVE, RESTORE = "kpi_off", "kpi_on", "kpi_archive", "kpi_restore"
SWITCHES = {"active": (OFF, ARCHIVE, DELETED), "inactive": (ON, ARCHIVE, DELETED)}
EVERY = (OFF, ON, ARCHIVE, RESTORE, DELETED)


def _switch_of(key: str) -> Switch:
    told = {
        OFF: (texts.KPI_OFF_LEAD, texts.KPI_OFF, texts.KPI_IS_OFF),
        ON: (texts.KPI_ON_LEAD, texts.KPI_ON, texts.KPI_IS_ON),
        ARCHIVE: (texts.KPI_ARCHIVE_LEAD, texts.KPI_ARCHIVE, texts.KPI_IS_ARCHIVED),
        RESTORE: (texts.KPI_RESTORE_LEAD, texts.KPI_RESTORE, texts.KPI_IS_RESTORED),
        DELETED: (texts.KPI_DELETE_LEAD, texts.KPI_DELETE, texts.KPI_WAS_DELETED),
    }[key]
    body = {
        OFF: {"active": False},
        ON: {"active": True},
        ARCHIVE: {"archived": True},
        RESTORE: {"archived": False},
    }.get(key)
    return Switch(key, *told, method="PATCH" if body else "DELETE", body=body)


def show_outcomes(kpis: Sequence[One]) -> None:
    """What came of the dialogs, on the page."""
    for key in (NEW, *EVERY):
        forms.tell(key)
    for one in kpis:
        for key in ("kpi_edit", "kpi_target"):
            forms.tell(f"{key}{one['id']}")


def add(circles: Sequence[One]) -> None:
    """The form of a new KPI of one of these circles."""
    form = Form(NEW, "fragment")
    choice = fields.choose(NEW, circles, {})
    with form.open():
        given = fields.show(form, choice, {})
        sending = form.submit(texts.ADD_KPI)
    if sending:
        body, wrong = fields.read(given, choice)
        body = {name: value for name, value in body.items() if value is not None and value != ""}
        wrong = {
            name: texts.FIELD_NEEDED for name in fields.NEEDED if body.get(name) is None
        } | wrong
        work = partial(client.change, "POST", "/api/kpis", body)
        _send(form, wrong, work, texts.KPI_ADDED.format(name=body.get("name")))


def edit(kpi: One, circles: Sequence[One]) -> None:
    """What a KPI is, its targets, and whether it is in use."""
    form = Form(f"kpi_edit{kpi['id']}", "fragment")
    path = f"/api/kpis/{kpi['id']}"
    choice = fields.choose(form.key, circles, kpi)
    with form.open():
        given = fields.show(form, choice, kpi)
        sending = form.submit(texts.SAVE)
    if sending:
        body, wrong = fields.read(given, choice)
        wrong = {
            one: texts.FIELD_NEEDED for one in ("name", "initial_value") if body[one] is None
        } | wrong
        changed = {name: value for name, value in body.items() if value != kpi[name]}
        if changed:
            work = partial(client.change, "PATCH", path, changed)
            _send(form, wrong, work, texts.KPI_SAVED.format(name=body["name"]))
        else:
            _send(form, wrong, dict, texts.KPI_SAME)
    _targets(kpi, path)
    for switch in SWITCHES.get(lists.state_of(kpi), (RESTORE, DELETED)):
        _switch(switch, kpi, path)


def _targets(kpi: One, path: str) -> None:
    """The history of targets, each but the first to be taken out, and a new one."""
    st.divider()
    st.markdown(f"**{texts.TARGETS_TITLE}**")
    st.caption(texts.TARGETS_LEAD)
    for one in client.get(f"{path}/targets")["targets"]:
        _target(kpi, one, path)
    form = Form(f"kpi_target{kpi['id']}", "fragment")
    with form.open():
        with st.container(key="kpi_target_fields"):
            with st.container():
                typed = form.text("target_value", texts.TARGET_NEW)
            with st.container():
                holds = form.choice(
                    "holds",
                    texts.TARGET_HOLDS,
                    list(texts.TARGET_HOLDS_OPTIONS),
                    "period",
                    lambda one: texts.TARGET_HOLDS_OPTIONS[one],
                )
            with st.container():
                day = form.day("target_from", texts.TARGET_DAY)
        sending = form.submit(texts.TARGET_SET, "secondary")
    if sending:
        body, wrong = _new_target(typed, holds, day)
        work = partial(client.change, "PATCH", path, body)
        _send(form, wrong, work, texts.TARGET_SAVED.format(name=kpi["name"]))


def _new_target(typed: str, holds: str, day: date | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What to send for a new target, and what is wrong with it."""
    value, wrong = fields.number("target_value", typed)
    if value is None and not wrong:
        wrong = {"target_value": texts.FIELD_NEEDED}
    body: dict[str, Any] = {"target_value": value}
    if holds == "all":
        body["target_from"] = None
    elif holds == "day":
        if day is None:
            wrong["target_from"] = texts.TARGET_DAY_NEEDED
        body["target_from"] = day and day.isoformat()
    return body, wrong


def _target(kpi: One, target: One, path: str) -> None:
    first = target["valid_from"] is None
    day = None if first else formats.day(date.fromisoformat(target["valid_from"]))
    since = texts.TARGET_FIRST if day is None else texts.TARGET_SINCE.format(day=day)
    value = kpi_formats.value(target["value"], kpi["unit"])
    with st.container(
        horizontal=True, vertical_alignment="center", key=f"kpi_target_line{target['id']}"
    ):
        st.text(f"{value} {since}")
        if not first and st.button(
            texts.TARGET_DROP,
            key=f"drop_target_{target['id']}",
            help=texts.TARGET_DROP_TITLE.format(value=value, since=since),
        ):
            try:
                client.change("DELETE", f"{path}/targets/{target['id']}")
            except client.Refused as refusal:
                st.error(str(refusal))
            else:
                st.rerun(scope="fragment")


def _switch(key: str, kpi: One, path: str) -> None:
    switch = _switch_of(key)
    form = Form(switch.key, "fragment")
    st.divider()
    st.caption(switch.lead)
    with form.open():
        sending = form.submit(switch.label, "secondary")
    if sending:
        work = partial(client.change, switch.method, path, switch.body)
        _send(form, {}, work, switch.done.format(name=kpi["name"]))


def _send(form: Form, wrong: Mapping[str, str], work: Callable[[], One], done: str) -> None:
    if wrong:
        form.refuse(texts.CORRECT, wrong)
    else:
        form.send(work, done)
    form.again()
