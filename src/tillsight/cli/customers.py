"""Commands about one customer: what is held about them, and having it forgotten."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from tillsight.cli.opening import open_database, open_shop, read_settings
from tillsight.cli.terminal import err, out, plain
from tillsight.errors import InvalidInput

app = typer.Typer(
    help="One customer: tell them what is held about them, or forget who they are.",
    no_args_is_help=True,
)

CustomerId = Annotated[str, typer.Argument(help="Id of the customer, as in the files")]


@app.command("export")
def export_customer(
    customer_id: CustomerId,
    to: Annotated[
        Path | None,
        typer.Option(help="A new .json file, or a new folder for CSV files; else it is printed."),
    ] = None,
) -> None:
    """Write down everything the shop holds about a customer, for the person themself."""
    from tillsight.operating import customer_export
    from tillsight.sales.folders import Folders

    settings = read_settings()
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    with open_shop(settings) as (database, warehouse):
        held = customer_export.export_customer(
            database, warehouse, Folders.of(settings), customer_id, today
        )
    if to is None:
        typer.echo(customer_export.as_json(held), nl=False)
        return
    if to.suffix.lower() == ".json":
        customer_export.write_json(held, to)
    else:
        customer_export.write_folder(held, to)
    out.print(f"Everything held about this customer is in {plain(str(to))}.")


@app.command("erase")
def erase_customer(
    customer_id: CustomerId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the id again.")] = False,
) -> None:
    """Forget who a customer is, for good: their sales stay and count, under a pseudonym."""
    from tillsight.operating import customer_data
    from tillsight.sales.folders import Folders

    if not yes:
        err.print("This cannot be taken back. Backups made before still name the customer.")
        if typer.prompt("Type the id again to go on", err=True) != customer_id:
            raise InvalidInput("That is not the same id. Nothing was changed.")
    settings = read_settings()
    with open_database(settings) as database:
        done = customer_data.erase_customer(database, Folders.of(settings), customer_id, None)
    out.print(
        f"Erased, as version {done.version} of the sales: files of {done.imports:,} imports and"
        f" {done.purchases:,} purchases have a pseudonym now. Running servers follow with their"
        " next answer."
    )
