"""What the documents tell people who come from an older product is so: SQL, addresses, commands."""

import re
import runpy
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.main import get_command

from purchases import enter, purchase
from shop import HEADER, Shop
from tillsight.accounts.access import ACCESS
from tillsight.cli import app
from tillsight.sales.choices import Overlap
from tillsight.sales.purchases import undo_purchase
from tillsight.sales.undo import undo
from tillsight.settings import PREFIX, Contract, load_settings

DOCS = Path(__file__).parent.parent / "docs" / "migrating"
INDEX = DOCS.parent / "migrating.md"
PAGES = [INDEX, *sorted(DOCS.glob("*.md"))]
METHOD = "(?:GET|POST|PUT|PATCH|DELETE)"

ORDERS = """1,A,Pen,2,2024-05-01 10:00,1.25,C1,France
2,A,Pen,3,2024-05-02 10:00,1.25,C1,France
C3,A,Pen,-1,2024-05-03 10:00,1.25,C1,France
"""
CORRECTED = "2,A,Pen,30,2024-06-02 10:00,1.33,C1,France\n"
WRONG = "9,B,Cup,1,2024-05-04 10:00,1000,C2,Peru\n"


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def spans(page: Path, pattern: str) -> list[str]:
    """What stands in the page between backticks, is as the pattern, and is of this product: what
    the first column of a table called “there” holds is of the older one.
    """
    lines, there = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        there = line.startswith("|") and (there or line.startswith("| there"))
        lines.append("|".join(line.split("|")[2:]) if there else line)
    found = re.findall("`([^`]+)`", "\n".join(lines))
    return [one for one in found if re.fullmatch(pattern, one)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_address_is_a_route(page: Path) -> None:
    """`ACCESS` has those of the server and no others, as another test sees to."""
    paths = {name.split()[1] for name in ACCESS}
    bases = {f"/compat/{one}/" for one in Contract} | {"/api/v1"}
    assert set(spans(page, f"{METHOD} /.*")) - ACCESS.keys() == set()
    assert set(spans(page, "/(?:api|compat)/.*")) - paths - bases == set()


@pytest.mark.parametrize("contract", Contract)
def test_every_route_of_a_contract_is_on_its_page(contract: Contract) -> None:
    base = f"/compat/{contract}"
    routes = {
        name
        for name in ACCESS
        if re.search(rf" {base}/", name) and not re.search("/docs|json$|/api/v1/|/$", name)
    } | {name for name in ACCESS if name.startswith(f"POST {base}/purchase")}
    page = DOCS / f"{contract}.md"
    assert routes
    assert routes - set(spans(page, f"{METHOD} /.*")) == set()
    # What it was called there is what it is called here, behind the base.
    text = page.read_text(encoding="utf-8")
    called = {re.sub(r"\{\w+\}", "{id}", name.replace(f" {base}", " ")) for name in routes}
    assert {name for name in called if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_setting_can_be_set_as_it_is_written(page: Path) -> None:
    everything = {"compat": ",".join(Contract)}
    text = page.read_text(encoding="utf-8")
    for name, value in re.findall(rf"{PREFIX}([A-Z_]+)=([\w,:/.-]+)", text):
        load_settings(**everything | {name.lower(): value})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_and_option_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"(?:^ *|`)tillsight ((?:[^`\n]| \n)+)", text, re.MULTILINE):
        command, words = get_command(app), line.split()
        while words and (more := getattr(command, "commands", {}).get(words[0])):
            command, words = more, words[1:]
        assert not hasattr(command, "commands"), f"there is no command: tillsight {line}"
        known = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("-")} <= known | {"--help"}, line


def fill(shop: Shop) -> None:
    """All that decides what counts: replaced orders, an undone import, purchases of each kind."""
    shop.load_text(HEADER + ORDERS)
    shop.load_text(HEADER + CORRECTED, overlap=Overlap.supersede)
    undo(shop.database, shop.load_text(HEADER + WRONG).loaded.id, None)
    shop.load_text("customer_id,gender,age\nC1,female,30\n")
    buy(shop)


def buy(shop: Shop) -> None:
    """Enter purchases with and without lines, a return among them, and take one of them back."""
    items = [("Pen", "3", "0.3333"), ("Cup", "-1", "4"), ("Gift", "1", "0")]
    taken_back, *_ = enter(
        shop,
        purchase("999"),
        purchase("12.5"),
        purchase("-2"),
        purchase(None, items, when="2024-06-03T14:30"),
    )
    undo_purchase(shop.database, taken_back.purchase_id, None)


def buy_nothing(shop: Shop) -> None:
    """Leave it empty."""


@pytest.mark.parametrize("filled", [fill, buy, buy_nothing])
def test_the_sql_of_the_page_gives_the_figures_of_the_dashboard(
    shop: Shop, filled: Callable[[Shop], None]
) -> None:
    filled(shop)
    Path("data").symlink_to(shop.settings.home)
    [script], [revenue, by_month] = blocks("sql.md", "python"), blocks("sql.md", "sql")
    Path("sales_sql.py").write_text(script, encoding="utf-8")
    for _ in range(2):  # it may be run again
        runpy.run_path("sales_sql.py")["duck"].close()
    shown = shop.ask("revenue", by=("month", "country")).rows
    with duckdb.connect("sales.duckdb", read_only=True) as duck:
        [(told,)] = duck.sql(revenue).fetchall()
        assert (told or 0) == Decimal(str(shop.ask("revenue").totals["revenue"]))
        told_by_month = {
            (f"{month:%Y-%m}", country): float(total)
            for month, country, total in duck.sql(by_month).fetchall()
        }
    assert told_by_month == {(one["month"], one["country"]): one["revenue"] for one in shown}
