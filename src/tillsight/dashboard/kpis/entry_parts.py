"""The pieces of the page Enter values: the worklist, or all values of a circle in one period."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, notices, questions, texts
from tillsight.dashboard.kpis import entry_filters, entry_form, entry_rows
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis.entry_filters import Wanted
from tillsight.dashboard.kpis.entry_rows import Row

One = Mapping[str, Any]
MOST = 200
"""Rows that are shown at once."""
LISTED = 500
"""What the API gives at once."""
FILTERED = "entries.wanted"


def show(me: One) -> None:
    """What the person may enter."""
    circles = entry_filters.circles_offered(own_circles(me))
    if not circles:
        st.caption(texts.ENTER_LEAD)
        notices.notice("no_circle", texts.ENTER_NO_CIRCLE_TITLE, texts.ENTER_NO_CIRCLE)
        return
    lead = st.container()
    with st.container(key="kpi_filters", horizontal=True, vertical_alignment="bottom"):
        circle_id = entry_filters.circle_choice(circles)
        kpis = _kpis(circle_id) if circle_id else []
        wanted = entry_filters.period_choice(kpis, today()) if kpis else Wanted(circle_id)
        st.page_link("views/imports.py", label=texts.ENTER_FROM_FILE, icon=":material/upload_file:")
    lead.caption(texts.ENTER_LEAD_CIRCLE if circle_id else texts.ENTER_LEAD)
    if st.session_state.get(FILTERED) != wanted:
        st.session_state[FILTERED] = wanted
        entry_form.forget()
    if circle_id is None:
        _show_rows(_worklist(), may_delete=False)
    elif kpis:
        _show_rows(_of_circle(kpis, wanted), may_delete=any(one["may_define"] for one in kpis))
    else:
        notices.notice("no_kpis", texts.ENTER_NO_KPIS_TITLE, texts.ENTER_NO_KPIS)


def own_circles(me: One) -> list[One]:
    """The circles whose values somebody may enter."""
    return [
        one
        for one in client.get("/api/circles")["circles"]
        if not one["archived"]
        and (me["role"] == "admin" or any(member["id"] == me["id"] for member in one["members"]))
    ]


def today() -> date:
    """The date in the shop."""
    return datetime.now(ZoneInfo(client.shop().timezone)).date()


def summary(rows: Sequence[Row]) -> str:
    """How many values are missing, and how many of them are late."""
    missing = [one for one in rows if one.version is None and not one.running and not one.computed]
    late = sum(one.days_late > 0 for one in missing)
    if not missing:
        return texts.ENTER_NONE_MISSING
    if len(missing) == 1:
        return texts.ENTER_OVERDUE_ONE if late else texts.ENTER_MISSING_ONE
    said = texts.ENTER_MISSING.format(count=formats.number(len(missing)))
    if not late:
        return said
    words = texts.ENTER_ALL_OVERDUE if late == len(missing) else texts.ENTER_OVERDUE
    return words.format(missing=said, count=formats.number(late))


def _show_rows(rows: Sequence[Row], *, may_delete: bool) -> None:
    shown = entry_form.rows_with_conflicts(rows)
    if not shown:
        entry_form.show_outcome()
        notices.notice("all_entered", texts.ENTER_DONE_TITLE, texts.ENTER_DONE)
        return
    with st.container(key="panel_entries", border=True):
        st.header(summary(rows), anchor=False)
        pressed = entry_form.show(shown[:MOST], may_delete=may_delete)
    if len(shown) > MOST:
        st.caption(texts.ENTER_CUT.format(count=MOST, all=formats.number(len(shown))))
    chosen = next((one for one in shown if pressed and one.value_id == pressed), None)
    if chosen:
        _ask_to_delete(chosen)


def _ask_to_delete(row: Row) -> None:
    value = kpi_formats.value(row.value, row.unit)
    questions.ask(
        texts.ENTER_DELETE_ASKED,
        texts.ENTER_DELETE_LEAD,
        texts.ENTER_DELETE,
        "DELETE",
        f"/api/kpi-values/{row.value_id}?version={row.version}",
        f"{row.kpi}, {kpi_periods.name(row.period)}: {value}",
    )


def _worklist() -> list[Row]:
    return entry_rows.of_worklist(client.get("/api/kpis/worklist"))


def _of_circle(kpis: Sequence[One], wanted: Wanted) -> list[Row]:
    asked = [one for one in kpis if one["periodicity"] == wanted.periodicity]
    last = kpi_periods.last_day(wanted.period)
    of_period: dict[str, str | int] = {
        "circle": int(wanted.circle_id or 0),
        "from": last.isoformat(),
        "to": (last + timedelta(days=1)).isoformat(),
        "limit": LISTED,
    }
    values = client.get("/api/kpi-values", of_period)["values"]
    changes = client.get("/api/kpi-changes", of_period)["changes"]
    return entry_rows.of_circle(asked, values, changes, wanted.period, today())


def _kpis(circle_id: int) -> list[One]:
    """The KPIs of a circle that values are entered for, or computed."""
    found: list[One] = []
    after: int | None = 0
    while after is not None:
        wanted: dict[str, str | int] = {"circle": circle_id, "active": "true", "archived": "false"}
        page = client.get(
            "/api/kpis", {**wanted, "limit": LISTED, **({"after": after} if after else {})}
        )
        found += page["kpis"]
        after = page["next"]
    return found
