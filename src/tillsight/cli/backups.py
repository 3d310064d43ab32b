"""Commands that back up a shop, bring it back, and check that it is whole."""

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillsight.cli.opening import open_as_it_is, read_settings
from tillsight.cli.terminal import err, out, plain, progress
from tillsight.errors import Conflict, InvalidInput, TillsightError
from tillsight.settings import Settings, size

if TYPE_CHECKING:
    from tillsight.database import Database
    from tillsight.operating.backup import Made
    from tillsight.operating.manifests import Manifest
    from tillsight.operating.restoring import Restored
    from tillsight.operating.verifying import Report

POLITE = 10
"""How much later than others a backup gets the processor: questions go before it."""

Backups = Annotated[
    Path,
    typer.Argument(help="Folder of backups, or one file that ends with .tar", metavar="BACKUP"),
]


def back_up(
    place: Backups,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all backups of the folder but so many.")
    ] = None,
) -> None:
    """Back up the shop while it works: into a folder that holds many backups, and each time only
    what is new; or into one .tar file.
    """
    from tillsight.operating.backup import keep_latest, make_backup
    from tillsight.operating.stores import is_tar

    if keep and is_tar(place):
        raise InvalidInput("A .tar file holds one backup; --keep is for folders of backups.")
    settings = read_settings()
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(POLITE)
    with open_as_it_is(settings) as database:
        _require_its_files(settings, database)
        try:
            with progress() as show:
                made = make_backup(settings, database, place, show)
        except (KeyboardInterrupt, TillsightError):
            err.print(
                "No backup was made. Earlier ones are whole; run the same command again, and what"
                " was copied already is not copied twice."
            )
            raise
    out.print(plain(_told(made)))
    for one in made.manifest.missing:
        out.print(plain(f"Not in it, for it was not there: {one}."))
    if keep and (gone := keep_latest(place, keep)):
        out.print(f"Older backups removed: {gone}.")


def restore_backup(
    place: Backups,
    backup: Annotated[
        str | None, typer.Option(help="Name of a backup of the folder; else the latest.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of the shop that is there.")
    ] = False,
    files: Annotated[
        bool,
        typer.Option("--files", help="Only put back files of sales that are missing or damaged."),
    ] = False,
) -> None:
    """Bring a shop back from a backup, into an empty home and database of any kind. Stop every
    server first.
    """
    from tillsight.operating.restoring import choose, restore, what_is_there
    from tillsight.operating.stores import reading_from

    if files:
        _put_back_files(place)
        return
    settings = read_settings()
    with reading_from(place) as kept, open_as_it_is(settings) as database:
        manifest = choose(kept, backup)
        found = what_is_there(settings, database)
        if found and not replace:
            raise Conflict(
                f"There is a shop already: {', '.join(found)}. Restore into an empty home and"
                " database, or repeat the command with --replace: what is there is then kept in a"
                " folder of the home."
            )
        with progress() as show:
            done = restore(settings, database, kept, manifest, show)
    _tell_restored(manifest, done)


def _tell_restored(manifest: "Manifest", done: "Restored") -> None:
    out.print(plain(f"Restored backup {manifest.name}: all up to {manifest.made_at:%c} UTC."))
    if done.before:
        out.print(
            plain(
                f"What was there is in {done.before}. Go back with: tillsight restore"
                f" {done.before} --replace. Delete the folder once all is well."
            )
        )
    if done.erased.customers:
        out.print(plain(f"{done.erased.customers} erased customers it named are erased again."))
    if done.erased.without_key:
        out.print(
            plain(
                f"Of {done.erased.without_key} erased customers nobody can tell who they are: put"
                " the erasures.key of that shop into the home folder, and restore again."
            )
        )
    out.print(plain(f"The settings of the backup are in {done.settings}, without secrets."))
    out.print("Check it with: tillsight verify. Then start the server.")


def verify_shop(
    place: Annotated[
        Path | None, typer.Argument(help="Folder of backups or .tar file; else this home.")
    ] = None,
    backup: Annotated[str | None, typer.Option(help="Name of one backup of the folder.")] = None,
) -> None:
    """Count everything again and tell what is wrong, of this home or of backups; exits 1 then."""
    from tillsight.operating.verifying import verify_backups, verify_home
    from tillsight.warehouse.opening import warehouse_of

    if place is None:
        settings = read_settings()
        with open_as_it_is(settings) as database, progress() as show:
            _require_its_files(settings, database)
            report = verify_home(
                settings,
                database,
                lambda: closing(warehouse_of(settings, database)),
                show,
            )
        reports = {"This home": report}
    else:
        with progress() as show:
            found = verify_backups(place, backup, show)
        reports = {f"Backup {name}": report for name, report in found.items()}
    for name, report in reports.items():
        _tell(name, report)
    if any(report.problems for report in reports.values()):
        raise typer.Exit(1)


def _require_its_files(settings: Settings, database: "Database") -> None:
    """Refuse where the settings lead to other files than those of the shop's sales: every file
    would seem to be missing. Tables of another release tell of no place.
    """
    from tillsight.database import revisions
    from tillsight.sales.folders import Folders
    from tillsight.sales.journal_place import look_at_place

    if database.revision() == revisions()[0]:
        look_at_place(database, Folders.of(settings))


def _put_back_files(place: Path) -> None:
    from tillsight.database import revisions
    from tillsight.operating.restoring import named_files, put_back_files
    from tillsight.operating.stores import reading_from
    from tillsight.sales.file_hashes import trust
    from tillsight.sales.folders import Folders
    from tillsight.sales.journal_place import refuse_another_place

    settings = read_settings()
    with open_as_it_is(settings) as database, reading_from(place) as kept, progress() as show:
        folders = Folders.of(settings)
        if database.revision() == revisions()[0]:
            refuse_another_place(database, folders)
        put = put_back_files(folders.kept, named_files(database), kept, show)
        trust(database, put)
    out.print(f"Files put back: {len(put)}. Check all with: tillsight verify.")


def _told(made: "Made") -> str:
    rows = {table.name: table.rows for table in made.manifest.tables}
    return (
        f"Backup {made.manifest.name}: {rows['imports']:,} imports,"
        f" {rows['purchases']:,} purchases, {size(made.new_bytes)} new,"
        f" files of {size(made.all_bytes)} in all, in {made.seconds:.1f} seconds."
    )


def _tell(name: str, report: "Report") -> None:
    for one in report.notes:
        out.print(plain(f"{name}: {one}"))
    for one in report.problems:
        err.print("[red]Wrong:[/red]", plain(f"{name}: {one}"))
    if report.problems:
        err.print(plain(f"{name}: {len(report.problems)} problems."))
        return
    sale = (report.sums or {}).get("sale")
    worth = f", revenue {sale.amount:,.2f}" if sale else ""
    out.print(
        plain(
            f"{name} is whole: journal version {report.journal_version:,},"
            f" {report.imports:,} imports, {report.rows:,} rows in force,"
            f" {report.purchases:,} purchases{worth}."
        )
    )
