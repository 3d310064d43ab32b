"""Commands about files that are loaded."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, signal
from threading import Event
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from tillsight.cli.opening import open_database, read_settings, value_files
from tillsight.cli.terminal import err, listing, out, plain, progress
from tillsight.errors import InvalidInput
from tillsight.sales.choices import (
    USUAL_CHOICES,
    Choices,
    DecimalMark,
    Locale,
    Mapping,
    Overlap,
)
from tillsight.sales.layouts import DateOrder, FileKind
from tillsight.settings import Settings

if TYPE_CHECKING:
    from tillsight.sales.loading import Outcome

SHOWN_EVERY = 0.1  # seconds
CTRL_C = 130  # the exit code of a command that was stopped by it
STEPS = {
    "waiting": "Opening",
    "reading": "Reading (bytes)",
    "checking": "Checking (rows)",
    "writing": "Writing (rows)",
}

ImportId = Annotated[int, typer.Argument(help="Number of the import, see tillsight imports")]


def import_files(
    files: Annotated[list[Path], typer.Argument(help="Files to load, in this order")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Load the good rows; keep the others as CSV.")
    ] = False,
    overlap: Annotated[
        Overlap, typer.Option(help="What becomes of orders that earlier imports hold")
    ] = Overlap.ask,
    copy: Annotated[
        bool, typer.Option("--copy", help="Add content that is loaded already once more.")
    ] = False,
    date_order: Annotated[
        DateOrder | None, typer.Option(help="How dates such as 03/04/2024 are written")
    ] = None,
    decimal: Annotated[
        DecimalMark | None, typer.Option(help="What the decimals of 1.234 follow")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="JSON file that says which column holds which field")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Saved profile that the files are read by")
    ] = None,
) -> None:
    """Load files; a running server shows them at the next question. Ctrl+C cancels."""
    if missing := [file for file in files if not file.is_file()]:
        raise InvalidInput(f"There is no file {missing[0]}.")
    choices = Choices(
        skip_bad_rows=skip_bad_rows,
        overlap=overlap,
        copy=copy,
        date_order=date_order,
        decimal=decimal,
        mapping=_mapping(mapping) if mapping else None,
        profile=profile,
    )
    settings = read_settings()
    for file in files:
        load_file(settings, file, choices)


def show_imports(
    limit: Annotated[int, typer.Option(min=1, help="Imports to show")] = 50,
) -> None:
    """List what was loaded, is being loaded, and what was not and why; newest first."""
    from tillsight.sales.import_list import list_imports

    settings = read_settings()
    table = listing(
        *("Id", "State", "File", "Kind", "Loaded", "Sales of"),
        numbers=("Rows", f"Revenue {settings.currency}"),
    )
    zone = ZoneInfo(settings.timezone)
    reasons = []
    with open_database(settings) as database, database.reading() as session:
        for one in list_imports(session, None, limit):
            table.add_row(
                str(one.id),
                one.shown_state + (f" (import {one.same_as})" if one.same_as else ""),
                plain(one.file_name),
                one.kind or "–",
                f"{one.created_at.astimezone(zone):%Y-%m-%d %H:%M}"
                + (plain(f" by {one.creator.username}") if one.creator else ""),
                f"{one.first_day} – {one.last_day}" if one.first_day else "–",
                f"{one.rows:,}",
                f"{one.revenue:,.2f}" if one.first_day else "–",
            )
            if one.error:
                reasons.append(f"Import {one.id} failed: {json.loads(one.error)['message']}")
    out.print(table)
    for reason in reasons:
        out.print(plain(reason))


def undo_import(import_id: ImportId) -> None:
    """Take an import back; a running server shows it at the next question."""
    from tillsight.sales.import_list import get_import
    from tillsight.sales.undo import STAYED, undo

    settings = read_settings()
    with open_database(settings) as database:
        undo(database, import_id, None, values=value_files(settings, database))
        with database.reading() as session:
            warnings = json.loads(get_import(session, import_id).warnings or "[]")
    out.print(
        f"Import {import_id} is undone and no longer counts."
        f" To bring it back: tillsight redo {import_id}"
    )
    for warning in warnings:
        if warning["code"] == STAYED:
            out.print(plain(warning["message"]))


def redo_import(import_id: ImportId) -> None:
    """Have an undone import count again."""
    from tillsight.sales.undo import redo

    settings = read_settings()
    with open_database(settings) as database:
        redo(database, import_id, None, values=value_files(settings, database))
    out.print(f"Import {import_id} counts again.")


def load_file(settings: Settings, file: Path, choices: Choices = USUAL_CHOICES) -> None:
    """Load a file, showing how far it is, and tell what was loaded."""
    from tillsight.sales.folders import Folders
    from tillsight.sales.formats.limits import Limits
    from tillsight.sales.imports import load
    from tillsight.sales.loading import Loading
    from tillsight.sales.watch import Watch

    limits = Limits(settings.max_unpacked)
    watch = Watch()
    locale = Locale(settings.timezone, settings.currency)
    with (
        open_database(settings) as database,
        _hearing_ctrl_c() as asked_to_stop,
        ThreadPoolExecutor(1) as aside,
    ):
        kpis = value_files(settings, database).room
        loading = Loading(file, file.name, None, choices, limits=limits, kpis=kpis)
        work = aside.submit(load, database, Folders.of(settings), locale, loading, watch)
        with progress() as show:
            while not work.done():
                wait([work], SHOWN_EVERY)
                if asked_to_stop.is_set():
                    watch.cancel()  # again and again: it may be between two steps
                at = watch.progress()
                show(STEPS.get(at.step, at.step), at.done, at.whole)
        if asked_to_stop.is_set() and work.exception() is not None:
            err.print("Cancelled; nothing was loaded.")
            raise typer.Exit(CTRL_C)
        _tell_loaded(settings, work.result())


@contextmanager
def _hearing_ctrl_c() -> Iterator[Event]:
    """Ctrl+C as an event. As an exception it could come anywhere, and leave a load to its end."""
    heard = Event()
    before = signal(SIGINT, lambda *_: heard.set())
    try:
        yield heard
    finally:
        signal(SIGINT, before)


def _mapping(file: Path) -> Mapping:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Mapping).validate_json(file.read_bytes(), strict=False)
    except OSError:
        raise InvalidInput(f"There is no file {file}.") from None
    except ValidationError as error:
        [first, *_] = error.errors()
        raise InvalidInput(
            f"{file} is no mapping: {first['msg']}. It is written as"
            ' {"kind": "sales", "columns": {"Day": "time", "Total": "amount"}}.'
        ) from None


def _tell_loaded(settings: Settings, outcome: "Outcome") -> None:
    from tillsight.sales.folders import Folders, rejects_file

    loaded = outcome.loaded
    if not outcome.added:
        out.print(f"The same content was loaded before, as import {loaded.id}. Nothing was added.")
        return
    if outcome.redone:
        out.print("The same content had been undone, and counts again.")
    sold = (
        f" from {loaded.first_day} to {loaded.last_day},"
        f" revenue {loaded.revenue:,.2f} {settings.currency}"
    )
    what = (
        f"rows{sold}"
        if loaded.kind == FileKind.sales
        else f"rows of {loaded.kind.replace('_', ' ')}"
    )
    out.print(f"Import {loaded.id}: {loaded.rows:,} {what}.")
    if outcome.rounded:
        out.print(f"{outcome.rounded:,} amounts had more than four decimals and were rounded.")
    if loaded.skipped_rows:
        out.print(f"{loaded.skipped_rows:,} rows of orders loaded earlier were left out.")
    if loaded.rejects:
        with rejects_file(Folders.of(settings), loaded) as rejects:
            out.print(plain(f"{loaded.rejected_rows:,} rows were skipped; see {rejects}"))
