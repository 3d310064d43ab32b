"""What stands around every page: the shop's name, who is signed in, and notices in its place."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import streamlit as st
from streamlit.navigation.page import Page

from tillsight import languages
from tillsight.dashboard import address, assets, client, filters, texts
from tillsight.dashboard.countries import texts as country_texts
from tillsight.dashboard.explore import texts as explore_texts
from tillsight.dashboard.forecast import texts as forecast_texts
from tillsight.dashboard.orders import texts as orders_texts
from tillsight.dashboard.products import texts as products_texts
from tillsight.dashboard.revenue import texts as revenue_texts

PARTS = Path(__file__).parent / "parts"

UNLISTED = frozenset({"orders"})
"""Pages that figures lead to, and the menu does not."""

_sign_out = st.components.v2.component(
    "tillsight_sign_out",
    html='<form method="post" action="/signout"><button></button></form>',
    css=(PARTS / "sign_out.css").read_text(encoding="utf-8"),
    js=(PARTS / "sign_out.js").read_text(encoding="utf-8"),
)

_menu = st.components.v2.component(
    "tillsight_menu",
    html="<nav></nav>",
    js=(PARTS / "menu.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)

_links = st.components.v2.component(
    "tillsight_links",
    html="<span hidden></span>",
    js=(PARTS / "links.js").read_text(encoding="utf-8"),
)


def open_page() -> None:
    """Title, picture and name of the shop. The style is part of the page (`assets`)."""
    shop = client.shop()
    # Streamlit puts an SVG into the page itself.
    picture = str(shop.logo) if shop.logo.suffix == ".svg" else assets.LOGO
    st.set_page_config(
        page_title=shop.name,
        page_icon=picture,
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.logo(picture, size="large")
    # Dialogs stand beside the app, which alone knows the theme.
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.html(
        f"<style>:root {{ --shop-name: '{_css_text(shop.name)}'; }}"
        f' [data-testid="stDialog"] {{ color-scheme: {theme}; }}</style>'
    )


def menu(person: Mapping[str, Any] | None) -> Page:
    """Show the pages, and return the one that is open. Those of admins are offered to them alone,
    and tell others so by their address. The links of sales pages carry what was chosen.
    """
    sections = _sections()
    opened = st.navigation(
        [page for pages in sections.values() for page in pages], position="hidden"
    )
    sales = sections[texts.SALES_SECTION]
    if opened in sales:
        address.take_up(filters.KEPT, opened.url_path)
    else:
        address.hold(filters.KEPT)
    _follow_links([page.url_path for pages in sections.values() for page in pages])
    if person is None or person["role"] != "admin":
        del sections[texts.ADMIN_SECTION]
    chosen = urlencode(address.written(filters.KEPT), doseq=True)
    with st.sidebar.container(key="menu"):
        _menu(
            key="menu_links",
            data={
                "label": texts.MENU,
                "sections": [_listed(title, pages) for title, pages in sections.items()],
                "kept": [page.url_path for page in sales],
                "chosen": f"?{chosen}" if chosen else "",
                "opened": opened.url_path,
            },
        )
    return opened


def _listed(title: str, pages: Sequence[Page]) -> dict[str, Any]:
    """A section as the menu shows it: one drawn piece costs a browser less than many links."""
    shown = (page for page in pages if page.url_path not in UNLISTED)
    return {
        "title": title,
        "pages": [
            {"path": page.url_path, "title": page.title, "icon": _icon_name(page.icon)}
            for page in shown
        ],
    }


def _icon_name(icon: str) -> str:
    return icon.removeprefix(":material/").removesuffix(":")


def _follow_links(pages: Sequence[str]) -> None:
    """Have links to pages, in whatever HTML they stand, open them as the menu does."""
    with st.container(key="links"):
        _links(
            key="links_followed",
            data={
                "pages": list(pages),
                "language": languages.current(),
                "seen": client.followed_cookie(),
                "away": texts.SERVER_AWAY,
            },
            height=0,
        )


def _sections() -> dict[str, list[Page]]:
    return {
        texts.SALES_SECTION: [
            _page("overview", texts.OVERVIEW, "monitoring"),
            _page("revenue", revenue_texts.REVENUE, "payments"),
            _page("customers", texts.CUSTOMERS, "groups"),
            _page("products", products_texts.PRODUCTS, "shopping_bag"),
            _page("countries", country_texts.TITLE, "public"),
            _page("forecast", forecast_texts.FORECAST, "trending_up"),
            _page("explore", explore_texts.EXPLORE, "travel_explore"),
            _page("orders", orders_texts.ORDERS, "receipt_long"),
        ],
        texts.KPI_SECTION: [
            _page("board", texts.BOARD, "flag"),
            _page("kpi", texts.KPI, "target"),
            _page("enter_values", texts.ENTER_VALUES, "edit_note"),
            _page("activity", texts.ACTIVITY, "history_edu"),
            _page("manage", texts.MANAGE_PAGE, "checklist"),
        ],
        texts.DATA_SECTION: [
            _page("purchases", texts.PURCHASES, "receipt_long"),
            _page("catalogue", texts.CATALOGUE, "inventory_2"),
            _page("imports", texts.IMPORTS, "upload_file"),
        ],
        texts.ADMIN_SECTION: [
            _page("users", texts.USERS, "group"),
            _page("audit", texts.AUDIT, "history"),
            _page("settings", texts.SETTINGS, "tune"),
        ],
        texts.OWN_SECTION: [_page("profile", texts.PROFILE, "person")],
    }


def _page(file: str, title: str, icon: str) -> Page:
    return st.Page(
        f"views/{file}.py",
        title=title,
        icon=f":material/{icon}:",
        default=file == "overview",
    )


def way_out() -> None:
    """The button that signs out."""
    with st.sidebar.container(key="person"):
        _sign_out(key="sign_out", data={"text": texts.SIGN_OUT})


def foot(person: Mapping[str, Any]) -> None:
    """Who is signed in, and the way out."""
    with st.sidebar.container(key="person"):
        st.text(person["full_name"] or person["email"] or person["username"])
        st.caption(texts.ROLES.get(person["role"], person["role"]))
        _sign_out(key="sign_out", data={"text": texts.SIGN_OUT})


def signed_out(page: str) -> None:
    """The session ended: the way back to this very page, whose path is `page`."""
    asked = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    here = f"/{page}" + (f"?{urlencode(asked)}" if asked else "")
    with st.container(key="signed_out", border=True):
        st.title(texts.SIGNED_OUT_TITLE, anchor=False)
        st.write(texts.SIGNED_OUT)
        st.html(
            f'<a class="button" target="_self" href="/signin?next={quote(here, safe="")}">'
            f"{texts.SIGN_IN}</a>"
        )


def forbidden(person: Mapping[str, Any]) -> None:
    """The open page is for other roles: who can help, and the way back."""
    name = person["full_name"] or person["email"] or person["username"]
    role = texts.ROLES.get(person["role"], person["role"])
    with st.container(key="notice_forbidden", border=True):
        st.header(texts.FORBIDDEN_TITLE, anchor=False)
        st.text(texts.FORBIDDEN.format(name=name, role=role))
        st.html(f'<a class="button" target="_self" href="/">{escape(texts.TO_OVERVIEW)}</a>')


def _css_text(text: str) -> str:
    # Every character as its number: a name can then neither end the text nor the style.
    return "".join(f"\\{ord(character):06x}" for character in text)
