"""What pages say where figures are built from time to time: changes wait for the next build."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import client, texts

Version = Mapping[str, Any]


def now() -> Version:
    """Which version of the data figures are of, who builds it, and how many changes came since."""
    return client.get("/api/metrics/version")


def are_made(version: Version) -> bool:
    """Whether changes are seen in figures only after a build."""
    return bool(version["summaries"] == "spark")


def tell(version: Version) -> None:
    """Say where figures are built, and whether they have all that was changed."""
    if are_made(version):
        with st.container(key="builds"):
            st.caption(words(version))


def words(version: Version) -> str:
    """That figures are built, and whether they have all that was changed."""
    return f"{texts.BUILT} {_waiting(version)}".strip()


def with_next(lead: str) -> str:
    """What a change does to figures, with when they show it."""
    return f"{lead} {texts.BUILT_NEXT}" if are_made(now()) else lead


def _waiting(version: Version) -> str:
    if changes := version["waiting"]:
        return texts.BUILT_WAITING.of(changes, count=formats.number(changes))
    return texts.BUILT_ALL if version["data_version"] else ""
