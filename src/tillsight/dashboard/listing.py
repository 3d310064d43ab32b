"""A table whose buttons tell which one was pressed."""

from pathlib import Path

import streamlit as st

PARTS = Path(__file__).parent / "parts"

# Not isolated: the table looks as style.css says, like every other.
_table = st.components.v2.component(
    "tillsight_table",
    html='<div class="table-frame"></div>',
    js=(PARTS / "table.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show(key: str, table: str) -> str | None:
    """Show HTML whose cells are escaped; the `data-press` of the button just pressed, if any."""
    pressed: str | None = _table(
        key=key, data={"table": table}, on_pressed_change=_run_again
    ).pressed
    return pressed


def _run_again() -> None:
    """Streamlit runs the page again after any callback; there is nothing else to do."""
