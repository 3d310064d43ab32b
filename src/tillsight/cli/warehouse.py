"""Commands about the copy of the sales that is made for questions."""

import typer

from tillsight.cli.opening import open_database, open_warehouse, read_settings
from tillsight.cli.terminal import out

app = typer.Typer(help="The copy of the sales made for questions.", no_args_is_help=True)


@app.command("rebuild")
def warehouse_rebuild() -> None:
    """Build the warehouse anew from the journal; running servers follow at their next question."""
    from tillsight.sales import journal

    settings = read_settings()
    with open_database(settings) as database, database.writing() as session:
        journal.order_rebuild(session)
    with open_warehouse(settings) as warehouse, warehouse.snapshot() as at:
        [(lines,)] = at.rows("SELECT count(*) FROM lines")
    out.print(f"Rebuilt: {lines:,} lines.")
