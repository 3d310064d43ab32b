"""The grid of the page Enter values at work: shown, sent as a whole, and told what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, forms, texts
from tillsight.dashboard.kpis import entry_rows, entry_table
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis.entry_rows import Row

PARTS = Path(__file__).parents[1] / "parts"
KEY, SAID, SHOWN, KEPT = "entries", "entries.said", "entries.shown", "entries.kept"
One = Mapping[str, Any]

# Not isolated: the grid looks as style.css says, like every other table.
_grid = st.components.v2.component(
    "tillsight_entries",
    html=(
        '<div class="entry-frame"><div class="entry-table"></div><div class="entry-foot">'
        '<button type="button" class="entry-save"></button>'
        '<p class="said" role="status"></p></div></div>'
    ),
    js=(PARTS / "entry.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class Said:
    """What came of a sending: counted, in words, and by row."""

    number: int = 0
    text: str = ""
    good: bool = True
    refused: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    saved: Sequence[str] = ()


def rows_with_conflicts(rows: Sequence[Row]) -> list[Row]:
    """The rows, and those where somebody else was faster, until it is decided what counts."""
    return entry_rows.with_conflicts(rows, st.session_state.get(KEPT, {}))


def show(rows: Sequence[Row], *, may_delete: bool) -> int | None:
    """Show the grid; the number of the value whose button for deleting was just pressed."""
    st.session_state[SHOWN] = {one.key: one for one in rows}
    said: Said = st.session_state.get(SAID, Said())
    result = _grid(
        key=KEY,
        data={
            "table": entry_table.grid(rows, client.shop().timezone, may_delete=may_delete),
            "texts": texts.ENTER_GRID,
            "group": formats.group_sign(),
            "decimal": formats.decimal_sign(),
            "answer": said.number,
            "said": said.text,
            "good": said.good,
            "refused": said.refused,
            "saved": list(said.saved),
        },
        on_save_change=_send,
        on_delete_change=_run_again,
    )
    return int(result.delete) if result.delete else None


def show_outcome() -> None:
    """What came of the last sending, where there is no grid left to tell it."""
    said: Said = st.session_state.get(SAID, Said())
    if said.text:
        forms.paragraph("said good" if said.good else "said bad", said.text, "status")
    st.session_state[SAID] = Said(said.number)


def forget() -> None:
    """Nothing was said, and nothing is to be decided: the page shows something else."""
    said: Said = st.session_state.get(SAID, Said())
    st.session_state[SAID] = Said(said.number)
    st.session_state[KEPT] = {}


def _send() -> None:
    cells = _cells(st.session_state[KEY].save)
    if not cells:
        return
    before: Said = st.session_state.get(SAID, Said())
    try:
        client.change("PUT", "/api/kpi-values", {"values": cells})
    except client.Refused as refusal:
        st.session_state[SAID] = _refused(refusal, before.number + 1)
    except client.SignedOut:
        pass  # the page, which runs now, says so
    else:
        words = texts.ENTER_SAVED_ONE if len(cells) == 1 else texts.ENTER_SAVED
        saved = [_key(one) for one in cells]
        st.session_state[SAID] = Said(
            before.number + 1, words.format(count=formats.number(len(cells))), saved=saved
        )
        st.session_state[KEPT] = {}


def _cells(sent: One | None) -> list[dict[str, Any]]:
    """What the browser sent, as the API takes it; numbers stay text, which is exact."""
    return list(sent["cells"]) if sent else []


def _refused(refusal: client.Refused, number: int) -> Said:
    told = refusal.details.get("cells") or []
    shown: Mapping[str, Row] = st.session_state.get(SHOWN, {})
    reasons = {_key(one): _reason(one, shown.get(_key(one))) for one in told}
    conflicts = {
        _key(one): entry_rows.changed_meanwhile(shown[_key(one)], one)
        for one in told
        if "version" in one and _key(one) in shown
    }
    st.session_state[KEPT] = conflicts
    text = texts.ENTER_REFUSED if reasons else str(refusal)
    return Said(number, text, good=False, refused=reasons)


def _reason(told: One, row: Row | None) -> dict[str, str]:
    """Why a cell was refused; with whose value stands there now where somebody was faster."""
    reason = {"reason": str(told["reason"])}
    if row is None or "version" not in told:
        return reason
    return reason | {
        "who": told["updated_by_name"] or texts.SOMEBODY,
        "when": formats.moment(told["updated_at"], client.shop().timezone),
        "value": kpi_formats.value(float(told["value"]), row.unit),
    }


def _key(cell: One) -> str:
    return f"{cell['kpi_id']}|{cell['period']}"


def _run_again() -> None:
    """Streamlit runs the page again after any callback; there is nothing else to do."""
