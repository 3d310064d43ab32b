"""Where a file is dropped. The browser posts it straight to the API; it never passes Streamlit."""

from pathlib import Path

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, texts

PARTS = Path(__file__).parents[1] / "parts"
ACCEPT = ".csv,.tsv,.txt,.gz,.zip,.xlsx,.parquet,.jsonl,.ndjson,text/csv,application/gzip"
"""Files that the browser offers to pick."""

_dropzone = st.components.v2.component(
    "tillsight_dropzone",
    html=(PARTS / "dropzone.html").read_text(encoding="utf-8"),
    css=(PARTS / "dropzone.css").read_text(encoding="utf-8"),
    # One module: Streamlit takes no others beside it.
    js="\n".join(
        (PARTS / name).read_text(encoding="utf-8")
        for name in ("pieces.js", "mapping.js", "dropzone.js")
    ),
)


def show(question: str | None = None) -> None:
    """Show it; the page runs again once a file is on its way or loaded, so that the history lists
    it. `question` is the number of an import whose question is to be shown again, and when that was
    asked for, as 7/1.
    """
    shop = client.shop()
    _dropzone(
        key="dropzone",
        data={
            "texts": texts.DROPZONE,
            "accept": ACCEPT,
            "group": formats.group_sign(),
            "decimal": formats.decimal_sign(),
            "money": formats.in_currency("{amount}", shop.currency),
            "locale": formats.browser_locale(),
            "timezone": shop.timezone,
            "open": question,
        },
        on_changed_change=_run_again,
    )


def _run_again() -> None:
    """Streamlit runs the page again after any callback; there is nothing else to do."""
