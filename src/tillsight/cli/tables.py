"""Commands about the operational database and its tables."""

from typing import Annotated

import typer

from tillsight.cli.opening import open_as_it_is, open_database, read_settings
from tillsight.cli.terminal import out, plain
from tillsight.database import revisions
from tillsight.errors import SetupError, UnknownName

app = typer.Typer(help="The operational database and its tables.", no_args_is_help=True)


@app.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version's layout, as a starting server does."""
    with open_database(read_settings()) as database:
        out.print(f"The tables are at revision {database.revision()}.")


@app.command("downgrade")
def db_downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to; base: no tables")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the tables back to an older layout; what only newer tables hold is lost."""
    with open_as_it_is(read_settings()) as database:
        if revision not in {"base", *revisions()}:
            raise UnknownName("revision", revision, ["base", *revisions()])
        if not yes:
            out.print(
                f"The tables are at revision {database.revision()}. What only newer ones than"
                f" {revision} hold will be lost. Stop every server and make a backup first."
            )
            typer.confirm("Go back?", abort=True)
        database.downgrade(revision)
        out.print(f"The tables are at revision {database.revision() or 'base (no tables)'}.")


@app.command("check")
def db_check() -> None:
    """Tell whether the database answers and its tables are as this version needs them."""
    # Tables count once their files are read.
    import tillsight.forecasting.models
    import tillsight.jobs
    import tillsight.kpis.models
    import tillsight.metrics.models
    import tillsight.migrating.models
    import tillsight.sales.models  # noqa: F401

    with open_as_it_is(read_settings()) as database:
        newest, now = revisions()[0], database.revision()
        out.print(plain(f"The database answers ({database.engine.dialect.name})."))
        if now not in revisions():
            told = "has no tables yet" if now is None else f"is at revision {now}, unknown here"
            what = "run: tillsight db upgrade" if now is None else "install the newer Tillsight"
            raise SetupError(f"The database {told}; {what}")
        if now != newest:
            raise SetupError(
                f"The tables are at revision {now}, the newest is {newest}; run: tillsight db"
                " upgrade"
            )
        if drift := database.drift():
            raise SetupError(
                f"The tables were changed by hand: {'; '.join(drift)}. Restore a backup, or put"
                " them right."
            )
        out.print(f"The tables are at the newest revision, {newest}, and as they should be.")
