"""Commands about dated notes."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import out, plain

app = typer.Typer(
    help="Notes about days: what happened, what was not ordinary.", no_args_is_help=True
)

Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")]
Until = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last day")
]


@app.command("list")
def show_notes(
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="Notes to show")] = 50,
) -> None:
    """List notes, those of the newest days first."""
    from tillsight.metrics.notes import list_notes
    from tillsight.metrics.periods import Period

    span = Period(since and since.date(), until and until.date())
    table = Table("Id", "Day", "to", "Ordinary", "Note", "By")
    with open_database(read_settings()) as database, database.reading() as session:
        for one in list_notes(session, span, "", limit):
            note = one.note
            table.add_row(
                str(note.id),
                str(note.first_day),
                str(note.last_day) if note.last_day > note.first_day else "",
                "yes" if note.is_ordinary else "no",
                plain(note.text),
                plain(one.creator.name) if one.creator else "–",
            )
    out.print(table)


@app.command("add")
def add_note(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="First day")],
    text: Annotated[str, typer.Argument(help="What happened")],
    until: Until = None,
    not_ordinary: Annotated[
        bool,
        typer.Option("--not-ordinary", help="Leave the days out of forecasts: a one-off order."),
    ] = False,
) -> None:
    """Write a note about a day, or about the days up to --to."""
    from tillsight.metrics.notes import New, create_note

    new = New(day.date(), until and until.date(), text, not not_ordinary)
    with open_database(read_settings()) as database, database.writing() as session:
        number = create_note(session, None, new)
    left_out = " Forecasts leave these days out." if not_ordinary else ""
    out.print(f"Note {number} is written.{left_out}")


@app.command("delete")
def remove_note(
    note_id: Annotated[int, typer.Argument(help="Number of it, see tillsight note list")],
) -> None:
    """Delete a note."""
    from tillsight.metrics.notes import delete_note

    with open_database(read_settings()) as database, database.writing() as session:
        delete_note(session, None, note_id)
    out.print(f"Note {note_id} is deleted.")
