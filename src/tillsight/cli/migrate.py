"""Commands that bring over what older products hold."""

import csv
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from tillsight.accounts.models import Role
from tillsight.cli.opening import open_database, open_shop, read_settings
from tillsight.cli.terminal import cell, out, plain, progress
from tillsight.database import Database
from tillsight.errors import InvalidInput, SetupError
from tillsight.migrating.sales_lines import Copies
from tillsight.sales.choices import Locale
from tillsight.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tillsight.migrating.loading import Load
    from tillsight.migrating.moving import Count, Invitation, Opening, Outcome

app = typer.Typer(
    help="Bring over what an older product's database holds; it is only read.",
    no_args_is_help=True,
)
VARIABLE = "OLDER_DATABASE_URL"
IDS_SHOWN = 12

Url = Annotated[
    str,
    typer.Argument(
        envvar=VARIABLE,
        help="Address of the older database, such as postgresql://user:password@host/name; without"
        " it, it is asked for, or read from standard input",
    ),
]
Source = Annotated[
    str, typer.Option(help="Name of the older database, where there are several of one product")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be moved, and change nothing.")
]
LeftOutFile = Annotated[
    Path | None, typer.Option("--left-out", help="Write what was left out to this file, as CSV")
]


@app.command("from-kpi-circles")
def from_kpi_circles(
    url: Url = "",
    source: Source = "kpi-circles",
    dry_run: DryRun = False,
    left_out: LeftOutFile = None,
) -> None:
    """Bring over people, circles, KPIs, values and the change log of kpi-circles.

    Run again, it adds what is new there. Nothing that is here is changed. People are invited.
    """
    from tillsight.migrating import kpi_circles
    from tillsight.migrating.moving import read_source
    from tillsight.migrating.older import older_database

    settings, source = read_settings(), read_source(source)
    with (
        older_database(address_of(url), kpi_circles.SCHEMA) as older,
        open_database(settings) as database,
    ):
        outcome = kpi_circles.move(settings, database, opening(database, dry_run), older, source)
    show(outcome, dry_run, left_out)


@app.command("from-sales-analytics")
def from_sales_analytics(
    url: Url = "",
    source: Source = "sales-analytics",
    superusers: Annotated[Role, typer.Option(help="What its superusers become")] = Role.manager,
    copies: Annotated[
        Copies, typer.Option(help="What becomes of rows that are exact copies of another")
    ] = Copies.bring,
    dry_run: DryRun = False,
    left_out: LeftOutFile = None,
) -> None:
    """Bring over people, with their passwords, and sales of sales-analytics.

    Run again, it adds what is new there. Nothing that is here is changed. The sales of a run are an
    import, which can be undone.
    """
    from tillsight.migrating import sales_analytics
    from tillsight.migrating.moving import read_source
    from tillsight.migrating.older import older_database

    settings = read_settings()
    wanted = sales_analytics.Wanted(read_source(source), superusers, copies)
    with (
        older_database(address_of(url), sales_analytics.SCHEMA) as older,
        open_database(settings) as database,
        progress() as show_step,
    ):
        show_step("Moving", 0, 0)
        load = loading(settings, database, dry_run)
        outcome = sales_analytics.move(opening(database, dry_run), load, older, wanted)
    show(outcome, dry_run, left_out)


@app.command("from-product-catalog")
def from_product_catalog(
    url: Url = "",
    source: Source = "product-catalog",
    dry_run: DryRun = False,
    left_out: LeftOutFile = None,
) -> None:
    """Bring over people, with their passwords, and products of product-catalog.

    Run again, it adds what is new there. Nothing that is here is changed. The products of a run are
    an import, which can be undone.
    """
    from tillsight.metrics.products import told_products
    from tillsight.migrating import product_catalog
    from tillsight.migrating.moving import read_source
    from tillsight.migrating.older import older_database

    settings, source = read_settings(), read_source(source)
    with (
        older_database(address_of(url), product_catalog.SCHEMA) as older,
        open_shop(settings) as (database, warehouse),
        progress() as show_step,
    ):
        show_step("Moving", 0, 0)
        load, known = loading(settings, database, dry_run), told_products(warehouse)
        outcome = product_catalog.move(opening(database, dry_run), load, older, source, known)
    show(outcome, dry_run, left_out)


def address_of(given: str) -> str:
    """The address of the older database: as it was given, or asked for without showing it.

    Raises:
        InvalidInput: nobody said it.
    """
    if given:
        return given
    if sys.stdin.isatty():
        answer = str(typer.prompt("Address of the older database", hide_input=True))
    else:
        answer = sys.stdin.readline()
    if not answer.strip():
        raise InvalidInput(
            f"Which database? Give its address, set {VARIABLE}, or write it to standard input."
        )
    return answer.strip()


def opening(database: Database, dry_run: bool) -> "Opening":
    """How the move writes: to stay, or to be thrown away in the end."""
    from tillsight.migrating.moving import rehearsing

    return partial(rehearsing, database) if dry_run else database.writing


def loading(settings: Settings, database: Database, dry_run: bool) -> "Load":
    """What becomes of rows that are new: they are loaded, or only counted."""
    from tillsight.migrating.loading import Place, count_rows, load_rows
    from tillsight.sales.folders import Folders

    locale = Locale(settings.timezone, settings.currency)
    place = Place(database, Folders.of(settings), locale)
    return count_rows if dry_run else partial(load_rows, place)


def show(outcome: "Outcome", dry_run: bool, left_out: Path | None) -> None:
    """Print what was moved, or would be, and what was left out and why; the links in the end."""
    title = "Would be moved, nothing was changed" if dry_run else "Moved"
    table = Table(title=plain(f"{title} ({outcome.source})"), title_justify="left")
    table.add_column("What")
    for heading in ("Found", "Added", "Already there", "Left out"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in outcome.counts:
        numbers = (one.found, one.added, one.there, len(one.left_out))
        table.add_row(one.what, *map(cell, numbers))
    out.print(table)
    _show_left_out(outcome.counts)
    if left_out is not None:
        _write_left_out(outcome.counts, left_out)
    for note in outcome.notes:
        out.print(plain(note))
    if not dry_run:
        _show_invitations(outcome)


def _show_left_out(counts: "Sequence[Count]") -> None:
    """Why rows were left out, and which they are; many of one reason are cut short."""
    table = Table("What", "Reason", "Ids there", title="Left out", title_justify="left")
    for one in counts:
        by_reason: dict[str, list[str]] = defaultdict(list)
        for row in one.left_out:
            by_reason[row.reason].append(str(row.older_id))
        for reason, ids in by_reason.items():
            shown = ", ".join(ids[:IDS_SHOWN])
            more = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
            table.add_row(one.what, plain(reason), plain(shown + more))
    if table.row_count:
        out.print(table)


def _write_left_out(counts: "Sequence[Count]", path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("what", "id", "reason"))
            for one in counts:
                rows.writerows((one.what, row.older_id, row.reason) for row in one.left_out)
    except OSError as error:
        raise SetupError(
            f"All is done as shown, but “{path}” cannot be written ({error.strerror}). Run it again"
            " with another file: nothing is moved twice."
        ) from None


def _show_invitations(outcome: "Outcome") -> None:
    mailed = outcome.invited - len(outcome.invitations)
    if mailed:
        out.print(f"{mailed:,} people are sent an invitation by the running server.")
    if outcome.invitations:
        out.print("Hand these links out; each lets one person choose a password, for 7 days:")
    for one in outcome.invitations:
        _show_invitation(one)


def _show_invitation(one: "Invitation") -> None:
    # On one line each, however narrow the terminal is: a link in two parts is none.
    out.print(plain(f"  {one.name}: {one.address}"), soft_wrap=True)
