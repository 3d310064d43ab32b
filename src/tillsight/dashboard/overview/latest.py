"""Up to when there are data, and what was loaded last."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, builds, client, panels
from tillsight.dashboard.overview import texts
from tillsight.dashboard.sales_page import SalesPage


def show_latest(page: SalesPage) -> None:
    """The last import of sales that counts: its file, when, by whom, how many rows."""

    def load() -> tuple[Mapping[str, Any], builds.Version]:
        asked: client.Parameters = {"limit": 1, "state": "done", "kind": "sales"}
        return client.get("/api/imports", asked), builds.now()

    def draw(answers: tuple[Mapping[str, Any], builds.Version]) -> None:
        found, version = answers
        said = [page.known.as_of() + ".", in_words(found["imports"], client.shop().timezone)]
        if builds.are_made(version):  # the figures may not have this file yet
            said.append(builds.words(version))
        st.html(f'<div class="in-words">{"".join(f"<p>{escape(one)}</p>" for one in said)}</div>')
        panels.foot(about.link(texts.TO_IMPORTS, "/imports"))

    panels.show(panels.Panel("latest", texts.LATEST, 60), load, draw)


def in_words(imports: list[Mapping[str, Any]], timezone: str) -> str:
    """The first of these imports in a sentence."""
    if not imports:
        return texts.NO_FILE
    one = imports[0]
    text = texts.LATEST_FILE if one["created_by"] else texts.LATEST_BY_TERMINAL
    return text.format(
        file=one["file"],
        when=formats.moment(one["created_at"], timezone),
        name=one["created_by"],
        rows=formats.number(one["rows"]),
    )
