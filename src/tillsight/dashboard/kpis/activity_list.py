"""The change log of all KPIs: filtered, page by page, and as a file."""

from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, panels, switches, texts
from tillsight.dashboard.kpis import behind, facts, page
from tillsight.dashboard.tables import Cell, Rows, listed

One = Mapping[str, Any]
Wanted = dict[str, str | int]
NAME = "activity"
DAYS = "days"


def filter_bar() -> Wanted:
    """Show the bar and return what it says, as parameters of the API; the address keeps it."""
    circles = client.get("/api/circles")["circles"]
    with st.container(key="activity_filters", horizontal=True, vertical_alignment="bottom"):
        circle = _choice(
            "circle",
            texts.CIRCLE,
            texts.ALL_CIRCLES,
            {str(one["id"]): one["name"] for one in circles},
        )
        kpis = [one for one in page.all_kpis() if circle in {"", str(one["circle_id"])}]
        kpi = _choice(
            "kpi",
            texts.ACTIVITY_KPI,
            texts.ACTIVITY_ALL_KPIS,
            {str(one["id"]): one["name"] for one in kpis},
        )
        person = _choice("who", texts.ACTIVITY_PERSON, texts.ANYBODY, _people(circles))
        period = _period()
    given: Wanted = {"circle": circle, "kpi": kpi, "person": person, **period}
    return {name: value for name, value in given.items() if value}


def show(changes: Rows, wanted: Wanted) -> None:
    """Show them as a table, with what they are: `wanted` says which were asked for."""
    units = {one["id"]: one["unit"] for one in page.all_kpis()}
    with st.container(key="panel_activity", border=True):
        st.html(table(changes, units, client.shop().timezone))
        panels.foot(meaning=behind.of_changes(_days(wanted), _narrowed(wanted, changes[0])))


def _narrowed(wanted: Wanted, one: One) -> dict[str, str]:
    """What all changes have in common, as one of them has it, because it was asked for."""
    names = {"circle": texts.CIRCLE, "kpi": texts.ACTIVITY_KPI}
    common = {names[name]: str(one[name]) for name in names if name in wanted}
    person = one["user"] or texts.BY_SOMEBODY
    return common | ({texts.ACTIVITY_PERSON: person} if "person" in wanted else {})


def _days(wanted: Wanted) -> str:
    if "period" in wanted or not {"from", "to"} & {*wanted}:
        return texts.ACTIVITY_PERIODS[str(wanted.get("period", ""))]
    days = [formats.day(date.fromisoformat(str(wanted["from"])))] if "from" in wanted else [""]
    end = date.fromisoformat(str(wanted["to"])) - timedelta(days=1) if "to" in wanted else None
    return " – ".join([*days, formats.day(end) if end else ""]).strip()


def table(changes: Rows, units: Mapping[int, str], timezone: str) -> str:
    """The changes as HTML, each with its KPI and circle; `units` are of the KPIs."""
    lines = []
    for one in changes:
        when, *others = facts.change(one, units.get(one["kpi_id"], "amount"), timezone)
        lines.append([when, Cell(_kpi(one), texts.KPI, "about_kpi"), *others])
    return listed(lines, [one["activity"] for one in changes])


def _people(circles: Rows) -> dict[str, str]:
    """Everybody who belongs to a circle; people of one name are told apart by their number."""
    members = {member["id"]: member["name"] for one in circles for member in one["members"]}
    called = list(members.values())
    return {
        str(one): name if called.count(name) == 1 else f"{name} ({one})"
        for one, name in sorted(members.items(), key=lambda member: member[1].casefold())
    }


def _choice(key: str, label: str, everything: str, names: Mapping[str, str]) -> str:
    return switches.pick(label, {"": everything, **names}, key, 190)


def _period() -> Wanted:
    name = switches.pick(texts.PERIOD, texts.ACTIVITY_PERIODS, "period", 150)
    if name != DAYS:
        return {"period": name}
    first, last = _day(texts.FROM, "from"), _day(texts.TO, "to")
    if first and last and last < first:
        raise client.Refused(texts.WRONG_ORDER)
    return {
        "from": first.isoformat() if first else "",
        "to": (last + timedelta(days=1)).isoformat() if last else "",
    }


def _day(label: str, key: str) -> date | None:
    return st.date_input(
        label, value=None, key=key, bind="query-params", format=formats.typed_day(), width=150
    )


def _kpi(one: One) -> str:
    return (
        f'<span><span class="name"><a href="/kpi?id={one["kpi_id"]}" target="_self">'
        f"{escape(one['kpi'])}</a></span>"
        f'<span class="by quiet">{escape(one["circle"])}</span></span>'
    )
