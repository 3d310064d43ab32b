"""Customers: who buys, their segments, what they are expected to buy, and each of them."""

import streamlit as st

from tillsight.dashboard import filters, sales_page, texts
from tillsight.dashboard.coverage import coverage
from tillsight.dashboard.customers import (
    cohorts,
    lifetime,
    one_by_one,
    one_customer,
    overview,
    own_data,
    segments,
)
from tillsight.dashboard.customers import texts as own
from tillsight.dashboard.switches import switch

OVER_ALL = {
    "segments": segments.show,
    "lifetime": lifetime.show,
    "cohorts": cohorts.show,
    "customers": one_by_one.show,
}


def show_views() -> None:
    """The view that was chosen, of the customers of the chosen days or of all."""
    known = sales_page.begin(texts.CUSTOMERS)
    own_data.tell_erased()
    view = switch(texts.VIEW, own.VIEWS, "overview", "view", "collapsed")
    if view in OVER_ALL:
        page = sales_page.over_all(known)
        st.caption(own.OVER_ALL.format(period=page.days()))
        if overview.someone():
            OVER_ALL[view](page)
        else:
            overview.nobody()
    else:
        overview.show(sales_page.chosen(known, "customers", filters.OF_CUSTOMERS))
    one_customer.remember()


# Nothing here stops the page: that would stop its panels, too.
asked = st.query_params.get("customer")
if asked and (everything := coverage()):
    one_customer.show(asked, sales_page.over_all(everything))
else:
    show_views()
