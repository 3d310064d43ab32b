"""Door: terminal. One file for each subject; here is which command is where."""

import sys
from typing import Annotated

import typer

from tillsight import __version__
from tillsight.cli import (
    backups,
    calendar,
    check,
    customers,
    forecasts,
    imports,
    journal,
    kpis,
    migrate,
    notes,
    people,
    purchases,
    purging,
    questions,
    reports,
    serving,
    summaries,
    tables,
    warehouse,
)
from tillsight.cli.terminal import (
    ANSWERED_BY,
    err,
    out,
    plain,
    print_problems,
    print_question,
    unusable,
)
from tillsight.errors import BadRows, TillsightError

app = typer.Typer(
    help="Self-hosted sales analytics: load your sales, see what they mean.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(serving.serve_shop)
app.command("import")(imports.import_files)
app.command("imports")(imports.show_imports)
app.command("undo")(imports.undo_import)
app.command("redo")(imports.redo_import)
app.command("query")(questions.query)
app.command("report")(reports.report)
app.command("forecast")(forecasts.forecast)
app.command("backup")(backups.back_up)
app.command("restore")(backups.restore_backup)
app.command("verify")(backups.verify_shop)
app.command("purge")(purging.purge_old)
app.command("demo")(serving.serve_demo)
app.command("check")(check.check)
app.add_typer(purchases.app, name="purchase")
app.add_typer(customers.app, name="customer")
app.add_typer(people.app, name="user")
app.add_typer(kpis.app, name="kpi")
app.add_typer(calendar.app, name="calendar")
app.add_typer(notes.app, name="note")
app.add_typer(migrate.app, name="migrate")
app.add_typer(tables.app, name="db")
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(journal.app, name="journal")
app.add_typer(summaries.app, name="summaries")


def main() -> None:
    """Run a command; a refusal is told on standard error, with exit code 1."""
    try:
        app()
    except BadRows as error:
        print_problems(error)
        sys.exit(1)
    except TillsightError as error:
        if error.code in ANSWERED_BY:
            print_question(error)
        else:
            err.print("[red]Error:[/red]", plain(error.message))
        sys.exit(1)
    except OSError as error:
        text = unusable(error)
        if text is None:
            raise
        err.print("[red]Error:[/red]", plain(text))
        sys.exit(1)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"tillsight {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version
