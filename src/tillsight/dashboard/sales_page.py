"""What every page of sales begins with, and what all its figures have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from tillsight import formats, languages
from tillsight.dashboard import about, client, newer, notices, texts
from tillsight.dashboard.coverage import Coverage, coverage
from tillsight.dashboard.filters import EVERYWHERE, Choice, everything, filter_bar, in_words

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
        comparison = answer.get("comparison")
        if comparison is None:
            return self.days()
        this = formats.window(*_days(comparison["this"]))
        start, end = _days(comparison["before"])
        if end <= self.known.first:
            return this
        text = texts.COMPARED_PARTLY if start < self.known.first else texts.COMPARED
        before = formats.window(start, end)
        return text.format(this=this, before=before, first=formats.day(self.known.first))

    def has_sales(self) -> bool:
        """Whether anything was sold or brought back in the chosen days, with the filters."""
        asked = {"measures": "orders,returns", **self.choice.parameters()}
        return any(query(asked)["totals"].values())

    def filters(self) -> str:
        """The filters in words."""
        return in_words(self.choice.filters)

    def meaning(self, answer: Mapping[str, Any], *names: str) -> str:
        """What the figures of an answer of the API mean, as HTML: definitions of the measures and
        dimensions named, days, comparison, filters, and version of the data.
        """
        return self.meaning_of(about.definitions(words(), names), answer, self.compared(answer))

    def meaning_of(self, told: about.Facts, answer: Mapping[str, Any], days: str) -> str:
        """The same of a panel with days of its own: what was told, then days, filters, version."""
        facts = [*told, (texts.PERIOD, days), (texts.FILTERS, self.filters())]
        if "data_version" in answer:
            facts.append(about.data(answer["data_version"], self.known.last))
        return about.meaning(facts)

    def files(self, asked: client.Parameters) -> str:
        """Links to the answer of the one query as files."""
        return about.files(QUERY, asked)

    def report(self) -> str:
        """The address of a page to print, about the same days and filters."""
        asked = {**self.choice.compared(), "grain": self.choice.grain.lower()}
        return f"/api/reports/period?{client.listed(asked)}"

    def orders(self, **own: str) -> str:
        """A link to the orders behind a panel's figures; `own` narrows the filters by dimension."""
        return about.link(texts.ORDERS_BEHIND, self.choice.drill(**own))


def open_page(title: str, page: str, more: Sequence[str] = EVERYWHERE) -> SalesPage:
    """Title, as of when, and the filter bar; `page` is the page's address. Where nothing was loaded
    yet, or nothing was sold in the chosen days, it says so, and the page ends.
    """
    return chosen(begin(title), page, more)


def begin(title: str) -> Coverage:
    """Title, and as of when; where nothing was loaded yet it says so, and the page ends."""
    with st.container(key="page_head", horizontal=True, vertical_alignment="bottom"):
        st.title(title, anchor=False)
        known = coverage()
        client.show_version(known.version if known else None)
        if known is not None:
            minutes = newer.chosen()
    if known is None:
        notices.invite(client.get("/api/users/me")["role"])
        st.stop()
    st.caption(known.as_of())
    newer.watch(known.version, minutes)
    return known


def chosen(known: Coverage, page: str, more: Sequence[str] = EVERYWHERE) -> SalesPage:
    """The filter bar; where nothing was sold in the chosen days it says so, and the page ends."""
    found = SalesPage(known, filter_bar(known, page, more))
    with st.container(key="report_link"):
        st.html(about.link(texts.REPORT, found.report()))
    if not found.has_sales():
        _tell_there_are_none(found, page)
        st.stop()
    return found


def over_all(known: Coverage) -> SalesPage:
    """For what is over all sales, whatever was chosen: links carry that to other pages."""
    return SalesPage(known, everything())


def _tell_there_are_none(page: SalesPage, address: str) -> None:
    choice = page.choice
    with st.container(key="notice_no_sales", border=True):
        st.header(texts.NO_SALES_TITLE, anchor=False)
        text = texts.NO_SALES_FILTERED if choice.filters else texts.NO_SALES
        known = formats.days(page.known.first, page.known.last)
        st.text(text.format(period=page.days(), filters=page.filters(), known=known))
        links = about.link(texts.SHOW_ALL_DAYS, choice.all_days(address))
        if choice.filters:
            links += about.link(texts.WITHOUT_FILTERS, choice.unfiltered(address))
        st.html(f'<nav class="ways">{links}</nav>')


def query(asked: client.Parameters) -> dict[str, Any]:
    """Ask the one query."""
    return client.of_sales(QUERY, asked)


def words() -> Mapping[str, Mapping[str, Any]]:
    """Every measure and dimension of the catalogue, by name."""
    catalogue = client.of_the_program("/api/metrics")
    return {
        one["name"]: {
            **one,
            "label": languages.said(one["label"]),
            "definition": languages.said(one["definition"]),
        }
        for one in (*catalogue["dimensions"], *catalogue["measures"])
    }


def _days(window: Mapping[str, str]) -> tuple[date, date]:
    return date.fromisoformat(window["start"]), date.fromisoformat(window["end"])
