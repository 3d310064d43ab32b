"""Circles and KPIs as the page Manage lists them: pure functions, answers in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.tables import Cell, Rows, button, listed

One = Mapping[str, Any]


def state_of(kpi: One) -> str:
    """The state of a KPI: a name of `texts.KPI_STATES`."""
    if kpi["archived"]:
        return "archived"
    return "active" if kpi["active"] else "inactive"


def fits(kpi: One, wanted: str, circle: str, state: str) -> bool:
    """Whether a KPI is among those asked for; empty asks for all, but archived ones."""
    words = f"{kpi['name']} {kpi['description']}".casefold()
    in_state = state_of(kpi) == state if state else not kpi["archived"]
    return in_state and wanted.strip().casefold() in words and circle in {"", str(kpi["circle_id"])}


def kpis(found: Rows) -> str:
    """KPIs, each with a button where the person may change it."""
    lines = [
        [
            Cell(_kpi(one), texts.KPI, "file"),
            Cell(escape(one["circle"]), texts.CIRCLE),
            Cell(_kind(one), texts.PERIODICITY, "kind"),
            Cell(aim(one), texts.KPI_TARGET_OF, "number"),
            Cell(escape(one["owner"] or formats.NOTHING), texts.OWNER),
            Cell(_kpi_state(state_of(one)), texts.STATE),
            Cell(_edit(one) if one["may_define"] else "", "", "action"),
        ]
        for one in found
    ]
    return listed(lines, ["inactive" if state_of(one) != "active" else "" for one in found])


def circles(found: Rows, counts: Mapping[int, int], leads: Sequence[int]) -> str:
    """Circles with their members and how many KPIs; a button for those that somebody `leads`."""
    lines = [
        [
            Cell(f'<span class="name">{escape(one["name"])}</span>', texts.CIRCLE, "file"),
            Cell(_members(one), texts.MEMBERS, "members"),
            Cell(formats.number(counts.get(one["id"], 0)), texts.KPIS_COUNT, "number"),
            Cell(_circle_state(one), texts.STATE),
            Cell(_manage(one) if one["id"] in leads else "", "", "action"),
        ]
        for one in found
    ]
    return listed(lines, ["inactive" if one["archived"] else "" for one in found])


def aim(kpi: One) -> str:
    """The target and on which side of it to be."""
    target = kpi_formats.value(kpi["target_value"], kpi["unit"])
    return escape(texts.KPI_AIMS[kpi["direction"]].format(target=target))


def _kpi(one: One) -> str:
    mark = f'<span class="mark">{texts.COMPUTED_MARK}</span>' if one["measure"] else ""
    return (
        f'<span><span class="name">{escape(one["name"])}</span>{mark}'
        f'<span class="by quiet reason">{escape(one["description"])}</span></span>'
    )


def _kind(one: One) -> str:
    unit = escape(kpi_formats.unit_name(one["unit"]))
    often = texts.PERIODICITIES[one["periodicity"]]
    return f'<span>{often}<span class="by quiet">{unit}</span></span>'


def _kpi_state(state: str) -> str:
    return (
        f"<span>{texts.KPI_STATE_SYMBOLS[state]}\N{NO-BREAK SPACE}{texts.KPI_STATES[state]}</span>"
    )


def _circle_state(one: One) -> str:
    state = "inactive" if one["archived"] else "active"
    return f'<span class="state {state}">{texts.CIRCLE_STATES[state]}</span>'


def _members(one: One) -> str:
    names = ", ".join(member["name"] for member in one["members"])
    return f"<span>{escape(names)}</span>" if names else formats.NOTHING


def _edit(one: One) -> str:
    return button(str(one["id"]), texts.EDIT, texts.EDIT_TITLE.format(name=one["name"]))


def _manage(one: One) -> str:
    return button(str(one["id"]), texts.EDIT, texts.MANAGE_TITLE.format(name=one["name"]))
