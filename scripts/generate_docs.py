"""Writes the files that are made from the code; a test checks that they are up to date."""

from functools import partial
from pathlib import Path

import collect_texts
import schema_page
from tillsight import languages
from tillsight.accounts.access import ACCESS
from tillsight.metrics.catalogue import DIMENSIONS, MEASURES
from tillsight.operating.checklist import ITEMS
from tillsight.operating.production import AS_YOU_LIKE, WANTED
from tillsight.settings import PREFIX, Settings, default_of, env_example

ROOT = Path(__file__).parent.parent


def metrics_page() -> str:
    """The catalogue as a page."""
    lines = [
        "# Measures and dimensions",
        "",
        "Every number has one definition, in `metrics/catalogue.py`, for all doors.",
        "",
        "| measure | name | unit | what it is | its total | good |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.name}` | {one.label} | {one.unit} | {one.definition} | {one.total} | {one.good} |"
        for one in MEASURES
    ]
    lines += ["", "| dimension | name | what it is |", "|---|---|---|"]
    lines += [f"| `{one.name}` | {one.label} | {one.definition} |" for one in DIMENSIONS]
    return "\n".join([*lines, ""])


def access_page() -> str:
    """The access table as a page."""
    lines = [
        "# Who may do what",
        "",
        "Each role includes those before it: `viewer`, `editor`, `manager`, `admin`. The table is",
        "`accounts/access.py`: it decides about every request before its body is read, and the",
        "server does not start with a route that is missing here.",
        "",
        "In a contract of an older product that is switched on, whoever is signed in may do what",
        "that contract documents for any user: a viewer adds purchases and products there, and",
        "values of the circles they belong to. Elsewhere a viewer reads. API keys go by their own",
        "role in contracts, too.",
        "",
        "| route | least role | and |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{route.replace(':path}', '}')}` | {rule.who} | {rule.note} |"
        for route, rule in ACCESS.items()
    ]
    return "\n".join([*lines, ""])


MADE = "<!-- From here on made from the code: make docs -->\n"


def configuration_page() -> str:
    """What is written by hand, then the checklist and every setting as tables."""
    lines = ["", "| item | what has to be so | settings |", "|---|---|---|"]
    for item in ITEMS:
        named = ", ".join(f"`{PREFIX}{name.upper()}`" for name in item.settings) or "–"
        lines.append(f"| `{item.name}` ({item.label}) | {item.asks} | {named} |")
    lines += ["", "## Every setting", "", "| setting | default | meaning | production |"]
    lines += ["|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = f"`{text}`" if (text := default_of(field)) else "–"
        wanted = WANTED.get(name, AS_YOU_LIKE)
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} | {wanted} |")
    return _by_hand("configuration.md") + "\n".join([*lines, ""])


def tables_page() -> str:
    """What is written by hand, then the tables as the models have them."""
    return _by_hand("schema.md") + schema_page.generated()


def _by_hand(page: str) -> str:
    """The part of a page that is not made, and the line that ends it."""
    text, _, _ = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(MADE)
    return text + MADE


GENERATED = {
    ".env.example": env_example,
    "docs/access.md": access_page,
    "docs/configuration.md": configuration_page,
    "docs/metrics.md": metrics_page,
    "docs/schema.md": tables_page,
    **{
        f"src/tillsight/locale/{one}.po": partial(collect_texts.written, one)
        for one in languages.LANGUAGES
        if one != languages.ENGLISH
    },
}
"""File below the root, and the function that gives its text."""


def main() -> None:
    """Write each generated file that is not as it should be."""
    for name, text in GENERATED.items():
        file = ROOT / name
        if not file.exists() or file.read_text(encoding="utf-8") != text():
            file.write_text(text(), encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
