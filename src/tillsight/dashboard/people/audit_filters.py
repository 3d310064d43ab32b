"""What of the audit log is shown; the address keeps it, so that a copied link shows the same."""

from datetime import date, timedelta

import streamlit as st

from tillsight import formats
from tillsight.dashboard import switches, texts
from tillsight.dashboard.people import people, user_forms

Wanted = dict[str, str | int]
NAME = "audit"


def filter_bar() -> Wanted:
    """Show the bar and return what it says, as parameters of the API."""
    # The address holds what is shown, so two people of the same name must not look the same.
    names = {
        str(one["id"]): f"{people.name_of(one)} ({one['username']})"
        if one["full_name"]
        else one["username"]
        for one in user_forms.everybody()
    }
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        actions = {"": texts.ANY_ACTION, **texts.ACTIONS}
        action = switches.pick(texts.WHAT, actions, "action", 210)
        who = switches.pick(texts.WHO, {"": texts.ANYBODY, **names}, "user", 190)
        start = _day(texts.FIRST_DAY, "from")
        last = _day(texts.LAST_DAY, "to")
        text = st.text_input(
            texts.FIND_ENTRY,
            placeholder=texts.FIND_ENTRY_HINT,
            key="text",
            bind="query-params",
            max_chars=200,
            type="search",
            width=230,
        )
    given: Wanted = {
        "action": action,
        "user": who,
        "from": start.isoformat() if start else "",
        "to": (last + timedelta(days=1)).isoformat() if last else "",
        "text": (text or "").strip(),
    }
    return {name: value for name, value in given.items() if value}


def _day(label: str, key: str) -> date | None:
    return st.date_input(
        label, value=None, key=key, bind="query-params", format=formats.typed_day(), width=150
    )
