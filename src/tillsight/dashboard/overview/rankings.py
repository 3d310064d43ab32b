"""Who and what brought the most revenue in the chosen period."""

import streamlit as st

from tillsight.dashboard import client, tables, texts
from tillsight.dashboard.filters import Choice

PLACES = 10
RANKINGS = (
    ("product", texts.TOP_PRODUCTS, texts.PRODUCT),
    ("customer", texts.TOP_CUSTOMERS, texts.CUSTOMER),
    ("country", texts.TOP_COUNTRIES, texts.COUNTRY),
)


def show_rankings(choice: Choice) -> None:
    """Top products, customers and countries, side by side."""
    with st.container(key="rankings"):
        for column, (by, title, heading) in zip(st.columns(3), RANKINGS, strict=True):
            found = client.get(
                "/api/metrics/query",
                {
                    "measures": "revenue",
                    "by": by,
                    "order": "-revenue",
                    "limit": PLACES,
                    **choice.parameters(),
                },
            )
            with column.container(key=f"top_{by}", border=True, height="stretch"):
                total = found["totals"]["revenue"]
                st.html(
                    tables.ranking(title, by, heading, found["rows"], total, client.shop().currency)
                )
