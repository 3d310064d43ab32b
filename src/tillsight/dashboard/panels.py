"""A piece of a page, drawn beside the others: skeleton while its figures are asked for, what they
mean, and ways to take them home.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from tillsight.dashboard import about, charts, client, texts

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Panel:
    """`name` is that of its container, `panel_<name>`; `height` in pixels is kept free for what is
    shown while it is asked for.
    """

    name: str
    title: str
    height: int
    lead: str = ""


def show(panel: Panel, load: Callable[[], Answer], draw: Callable[[Answer], None]) -> None:
    """Draw a panel beside the rest of the page: what `load` asks the API for, by `draw`.

    Widgets inside it run it alone. A refusal is shown in it, with a way to ask again.
    """

    @st.fragment(parallel=True)
    def drawn() -> None:
        with _frame(panel):
            try:
                with st.skeleton(panel.height):
                    answer = load()
                draw(answer)
            except client.SignedOut:
                st.rerun()  # the page, run again, says so
            except client.Refused as refusal:
                _refused(panel, refusal)

    drawn()


def _frame(panel: Panel) -> AbstractContextManager[Any]:
    frame = st.container(key=f"panel_{panel.name}", border=True, height="stretch")
    if panel.title:
        frame.header(panel.title, anchor=False)
    if panel.lead:
        frame.caption(panel.lead)
    return frame


def _refused(panel: Panel, refusal: client.Refused) -> None:
    st.text(str(refusal))
    st.button(texts.ASK_AGAIN, key=f"again_{panel.name}", icon=":material/refresh:")


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
