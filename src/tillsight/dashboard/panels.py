"""A piece of a page, drawn beside the others: skeleton while its figures are asked for, what they
mean, and ways to take them home.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import escape
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from tillsight.dashboard import about, charts, client, texts, waiting

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Panel:
    """`name` is that of its container, `panel_<name>`; `height` in pixels is that of what is drawn
    in it without its last line, and is kept free from the beginning, so that nothing below moves.
    """

    name: str
    title: str
    height: int
    lead: str = ""


def show(
    panel: Panel,
    load: Callable[[], Answer],
    draw: Callable[[Answer], None],
    choose: Callable[[], None] | None = None,
) -> None:
    """Draw a panel beside the rest of the page: what `load` asks the API for, by `draw`.

    `choose` shows widgets that the question depends on. Those, and others in the panel, run it
    alone. Where the answer takes long, it says so and can be stopped. A refusal is shown in it,
    with a way to ask again.
    """

    @st.fragment(parallel=True)
    def drawn() -> None:
        with _frame(panel, _room(panel)):
            if choose:
                choose()
            failed = st.empty()  # what a run before said here goes as soon as it is asked again
            try:
                with waiting.line(panel.name):
                    with st.skeleton(panel.height):
                        answer = load()
                    draw(answer)
            except client.SignedOut:
                st.rerun()  # the page, run again, says so
            except client.Refused as refusal:
                with failed.container():
                    refused(panel.name, refusal)

    drawn()


def _room(panel: Panel) -> str:
    """The style that keeps room for a panel: its height, and that of what stands around."""
    around = [
        "var(--panel-around)",
        *(["var(--panel-title)"] if panel.title else []),
        *(["var(--panel-lead)"] if panel.lead else []),
    ]
    height = " + ".join([f"{panel.height}px", *around])
    return f".st-key-panel_{panel.name} {{ min-height: calc({height}); }}"


def at_hand(panel: Panel, draw: Callable[[], None]) -> None:
    """Draw a panel whose figures the page has; its widgets, run alone, may stand in the address."""

    @st.fragment
    def drawn() -> None:
        with _frame(panel, ""):
            draw()

    drawn()


def _frame(panel: Panel, style: str) -> AbstractContextManager[Any]:
    """The container, headed by one piece of HTML: a browser draws that sooner than three."""
    frame = st.container(key=f"panel_{panel.name}", border=True, height="stretch")
    title = f"<h2>{escape(panel.title)}</h2>" if panel.title else ""
    lead = f"<p>{escape(panel.lead)}</p>" if panel.lead else ""
    # Not the style alone: Streamlit puts such HTML elsewhere, where no fragment may write.
    frame.html(f'<div class="panel-head">{title}{lead}</div><style>{style}</style>')
    return frame


def refused(name: str, refusal: client.Refused) -> None:
    """Say what went wrong, and offer to ask again: what holds this button then runs anew."""
    with st.container(key=f"refused_{name}", gap="small"):
        if refusal.code == client.STOPPED:
            st.text(texts.STOPPED)
        else:
            st.html(f'<p class="failed" role="alert"><b>{escape(texts.FAILED)}</b></p>')
            st.text(str(refusal))
        st.button(texts.ASK_AGAIN, key=f"again_{name}", icon=":material/refresh:")


def chart(figure: go.Figure, alt: str, table: str = "") -> None:
    """A chart with words for those who do not see it; `table` is HTML with its values."""
    st.plotly_chart(figure, config=charts.config(), alt=alt)
    if table:
        st.html(about.values_of(table))


def nothing(text: str = "") -> None:
    """Say in a panel that the chosen days and filters have nothing of what it shows."""
    st.caption(text or texts.NOTHING_HERE)


def foot(*links: str, meaning: str = "") -> None:
    """The last line of a panel: what its figures mean (`about.meaning`), and links as HTML."""
    st.html(f'<div class="panel-foot">{meaning}<p>{"".join(links)}</p></div>')
