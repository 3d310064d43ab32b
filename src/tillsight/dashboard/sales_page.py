"""What every page of sales begins with, and what all its figures have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from tillsight.dashboard import about, client, formats, notices, texts
from tillsight.dashboard.coverage import Coverage, coverage
from tillsight.dashboard.filters import EVERYWHERE, Choice, filter_bar

QUERY = "/api/metrics/query"


@dataclass(frozen=True)
class SalesPage:
    """What the data hold, and what was chosen of it."""

    known: Coverage
    choice: Choice

    def days(self) -> str:
        """The chosen days as far as there are data, in words."""
        start = self.choice.span.start or self.known.first
        end = self.choice.span.end
        return formats.window(start, end) if end else formats.days(start, self.known.last)

    def compared(self, answer: Mapping[str, Any]) -> str:
        """Which days an answer shows, and which it compares them with, in words."""
        comparison = answer["comparison"]
        if comparison is None:
            return self.days()
        this = formats.window(*_days(comparison["this"]))
        start, end = _days(comparison["before"])
        if end <= self.known.first:
            return this
        text = texts.COMPARED_PARTLY if start < self.known.first else texts.COMPARED
        before = formats.window(start, end)
        return text.format(this=this, before=before, first=formats.day(self.known.first))

    def filters(self) -> str:
        """The filters in words."""
        if not self.choice.filters:
            return texts.NO_FILTERS
        return "; ".join(
            f"{texts.DIMENSIONS[name]}: {', '.join(one or texts.UNKNOWN for one in values)}"
            for name, values in self.choice.filters.items()
        )

    def meaning(self, answer: Mapping[str, Any], *names: str) -> str:
        """What the figures of an answer of the API mean, as HTML: definitions of the measures and
        dimensions named, days, comparison, filters, and version of the data.
        """
        facts = [
            *about.definitions(words(), names),
            (texts.PERIOD, self.compared(answer)),
            (texts.FILTERS, self.filters()),
        ]
        if "data_version" in answer:
            day = formats.day(self.known.last)
            version = formats.number(answer["data_version"])
            facts.append((texts.DATA, texts.DATA_VERSION.format(version=version, day=day)))
        return about.meaning(facts)

    def files(self, asked: client.Parameters) -> str:
        """Links to the answer of the one query as files."""
        return about.files(QUERY, asked)

    def orders(self, **own: str) -> str:
        """A link to the orders behind a panel's figures; `own` narrows the filters by dimension."""
        return about.link(texts.ORDERS_BEHIND, self.choice.drill(**own))


def open_page(title: str, page: str, more: Sequence[str] = EVERYWHERE) -> SalesPage:
    """Title, as of when, and the filter bar; `page` is the page's address. Where nothing was loaded
    yet it says so, and the page ends.
    """
    st.title(title, anchor=False)
    known = coverage()
    if known is None:
        notices.invite(client.get("/api/users/me")["role"])
        st.stop()
    st.caption(known.as_of())
    return SalesPage(known, filter_bar(known, page, more))


def query(asked: client.Parameters) -> dict[str, Any]:
    """Ask the one query."""
    return client.get(QUERY, asked)


def words() -> Mapping[str, Mapping[str, Any]]:
    """Every measure and dimension of the catalogue, by name."""
    catalogue = client.get("/api/metrics")
    return {one["name"]: one for one in (*catalogue["dimensions"], *catalogue["measures"])}


def _days(window: Mapping[str, str]) -> tuple[date, date]:
    return date.fromisoformat(window["start"]), date.fromisoformat(window["end"])
