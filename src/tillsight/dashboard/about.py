"""What stands behind the figures of a panel, as pure functions: words and addresses in, escaped
HTML out.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import client, texts

Facts = Sequence[tuple[str, str]]


def meaning(facts: Facts) -> str:
    """What is behind figures, to be opened: headings and what they say."""
    said = "".join(f"<dt>{escape(head)}</dt><dd>{escape(text)}</dd>" for head, text in facts)
    return (
        f'<details class="about"><summary>{escape(texts.ABOUT_FIGURES)}</summary>'
        f"<dl>{said}</dl></details>"
    )


def definitions(catalogue: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Facts:
    """Measures or dimensions by name, with what they are."""
    return [(catalogue[name]["label"], catalogue[name]["definition"]) for name in names]


def data(version: int, last: date) -> tuple[str, str]:
    """Which version of the sales it is, and up to which day they reach."""
    said = texts.DATA_VERSION.format(version=formats.number(version), day=formats.day(last))
    return texts.DATA, said


def values_of(table: str) -> str:
    """The values of a chart, to be opened, for whom a table tells more."""
    return (
        f'<details class="values"><summary>{escape(texts.AS_TABLE)}</summary>'
        f'<div class="wide">{table}</div></details>'
    )


def link(text: str, address: str) -> str:
    """A link to another page."""
    return f'<a class="quiet-button" href="{escape(address)}" target="_self">{escape(text)}</a>'


def files(path: str, wanted: client.Parameters) -> str:
    """Links to all that the API has at a path, as CSV and as an Excel workbook."""
    return "".join(
        f'<a class="quiet-button" download target="_self" '
        f'href="{path}?{escape(client.listed({**wanted, "format": form}))}">{label}</a>'
        for form, label in (("csv", texts.CSV), ("xlsx", texts.XLSX))
    )


def pictures(name: str) -> str:
    """Buttons that save the panel's chart as a picture called `name`."""
    return "".join(
        f'<button type="button" class="quiet-button" data-picture="{form}"'
        f' data-name="{escape(name)}">{form.upper()}</button>'
        for form in ("png", "svg")
    )
