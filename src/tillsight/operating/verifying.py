"""Telling whether a home, or a backup, is whole: everything is counted again and compared.

The files of batches are held against what the journal says of each, the journal against itself, and
the warehouse against the files. What is found wrong is told; nothing is changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tillsight.database import Database, revisions
from tillsight.errors import FileMissing, NotFound, SetupError, TillsightError
from tillsight.operating.backup import HASHES, OF_IMPORTS, Show, last_backup
from tillsight.operating.dumps import Row, dumped_rows, revision_of, rows_of, tables_of
from tillsight.operating.manifests import Folder, Manifest
from tillsight.operating.stores import Damaged, Kept, reading_from
from tillsight.sales.erasures import count_untold
from tillsight.sales.folders import Folders, file_digest
from tillsight.sales.journal_files import JournalFiles
from tillsight.sales.layouts import FileKind
from tillsight.sales.purchase_checks import EXACT
from tillsight.sales.recount import (
    Counted,
    InForce,
    Sums,
    Unreadable,
    added,
    count_batch,
    count_hidden,
    count_in_force,
)
from tillsight.settings import Settings, Summaries
from tillsight.warehouse import Warehouse
from tillsight.warehouse.built import unreadable_files

A_DAY = 24 * 3600.0
TRIES = 3
SHOWN_MISSING = 5
BUILD = "tillsight summaries build --spark MASTER"
HEAL = {
    Summaries.local: "Run: tillsight warehouse rebuild",
    Summaries.spark: f"Run: {BUILD} --anew",
}
"""How a warehouse is made anew."""
COUNTS = frozenset({"import", "redo", "purchase"})
"""Entries after which their import or purchase counts."""
STATES = frozenset({"import", "undo", "redo"})
LOADED, BACKED_UP = "loaded", "backed up"
"""Since when a file has to be what it is."""

FileOf = Callable[[Folder, str], AbstractContextManager[Path | None]]
"""Gives a file by its name; none if there is no such file."""
RowsOf = Callable[[str], Iterable[Row]]
"""Gives the rows of a table."""
DigestOf = Callable[[Folder, str], str | None]
"""Gives the hash that a file had when it was backed up, if it ever was."""
Count = Callable[[Path, FileKind], Counted]


@dataclass(frozen=True)
class _Files:
    """The files of a home or a backup, and how they are counted."""

    open: FileOf
    digest: DigestOf
    count: Count = count_batch


@dataclass
class Report:
    """What was found: `problems` are wrong, `notes` are worth knowing."""

    imports: int = 0
    rows: int = 0
    purchases: int = 0
    journal_version: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sums: Mapping[str, Sums] | None = None


@dataclass
class _Facts:
    """What the database says, as of one moment."""

    version: int
    versions: list[int]
    imports: list[Row]
    last_kinds: dict[int, list[str]]
    last_of_purchase: dict[int, str]
    purchases: dict[int, bool]
    purchase_sums: dict[str, Sums]

    def done(self) -> list[Row]:
        """The imports that are loaded and have files."""
        return [one for one in self.imports if one.get("state", "done") == "done" and one["batch"]]


def verify_home(
    settings: Settings,
    database: Database,
    warehouse: Callable[[], AbstractContextManager[Warehouse]],
    show: Show,
) -> Report:
    """Check a home and its database; what is done to them meanwhile is no mistake. `warehouse`
    opens one of this home, which is asked last.

    Raises:
        SetupError: the database cannot be read, or its tables are of another release.
    """
    for _ in range(TRIES):
        report = _home_now(settings, database, show)
        if not report.problems:
            break
    if report.sums is None:
        report.notes.append("The warehouse was not compared: the files have to be right first.")
        return report
    with warehouse() as opened:
        _compare_warehouse(settings, database, opened, report, show)
    return report


def verify_backups(place: Path, name: str | None, show: Show) -> dict[str, Report]:
    """Check the backups at a place, or the one of this name; what is found of each, by its name.

    Raises:
        NotFound: there are none.
        Damaged: what is there cannot be read.
    """
    with reading_from(place) as kept, TemporaryDirectory() as folder:
        names = [one for one in kept.names() if name in {None, one}]
        if not names:
            raise NotFound("There is no such backup here.")
        reports, whole = {}, []
        for one in names:
            try:
                whole.append(kept.manifest(one))
            except SetupError as error:
                reports[one] = Report(problems=[error.message])
        damage = _damage(kept, whole, show)
        count = cache(count_batch)  # the backups of a folder share most batches
        for manifest in whole:
            files = _files_in(kept, manifest, damage, Path(folder))
            of_backup = _Files(files, _unknown, count)
            reports[manifest.name] = _backup_now(kept, manifest, damage, of_backup, show)
        return reports


def _damage(kept: Kept, found: list[Manifest], show: Show) -> dict[str, str]:
    digests = sorted({digest for one in found for digest in one.digests()})
    damage = {}
    for number, digest in enumerate(digests):
        show("Checksums", number, len(digests))
        if told := kept.damage(digest):
            damage[digest] = told
    return damage


def _backup_now(
    kept: Kept, manifest: Manifest, damage: Mapping[str, str], files: _Files, show: Show
) -> Report:
    report = Report()
    for table in manifest.tables:
        lost = [damage[part] for part in table.parts if part in damage]
        report.problems += [f"Table {table.name} {one}." for one in lost]
    report.problems += [
        f"{one.name} {damage[one.digest]}."
        for one in manifest.files
        if one.folder in {Folder.logo, Folder.home} and one.digest in damage
    ]
    if any(part in damage for table in manifest.tables for part in table.parts):
        return report

    def rows(name: str) -> Iterator[Row]:
        table = manifest.table(name)
        return dumped_rows(table, kept.read) if table else iter(())

    facts = _facts(rows)
    counted = manifest.table("journal")
    if counted is None or counted.rows != len(facts.versions):
        report.problems.append("The journal does not have as many entries as the backup says.")
    _check(facts, files, report, show)
    return report


def _files_in(kept: Kept, manifest: Manifest, damage: Mapping[str, str], folder: Path) -> FileOf:
    """The files of a backup, put into a folder where they are not yet."""
    files = {(one.folder, one.name): one.digest for one in manifest.files}

    @contextmanager
    def file(place: Folder, name: str) -> Iterator[Path | None]:
        digest = files.get((place, name))
        if digest is None:
            yield None
            return
        if digest in damage:
            raise Damaged(damage[digest])
        yield kept.file_of(digest, folder)

    return file


def _home_now(settings: Settings, database: Database, show: Show) -> Report:
    with database.as_of_now() as connection:
        revision = revision_of(connection)
        if revision is not None and revision not in revisions():
            raise SetupError(
                f"The tables of the operational database are at revision {revision}, of a newer"
                " Tillsight. Nothing was looked at. Start the newer release again; or, to go back"
                " to this one, restore the backup that was made before the upgrade"
                " (docs/operating.md, “Upgrade and downgrade”)."
            )
        if revision != revisions()[0]:
            raise SetupError(
                "The tables of the operational database are not those of this Tillsight. Run:"
                " tillsight db upgrade"
            )
        tables = tables_of(connection)
        facts = _facts(lambda name: rows_of(connection, tables[name]))

    place = Folders.of(settings).kept

    def file(folder: Folder, name: str) -> AbstractContextManager[Path | None]:
        return place.fresh(place.root / folder / name)

    report = Report()
    if not all(one["batch_hash"] for one in facts.done()):
        report.notes.append(
            "Imports of an older release have no hash of their files yet: a server that starts"
            " notes them, and until then only those of the last backup are known."
        )
    _note_untold(database, place, report)
    _check(facts, _Files(file, _backed_up(settings.home, report)), report, show)
    if not report.problems:
        report.sums = _counted_again(facts, place)
    return report


def _note_untold(database: Database, place: JournalFiles, report: Report) -> None:
    try:
        untold = count_untold(database, place)
    except FileMissing as error:
        report.problems.append(error.message)
        return
    if untold:
        report.notes.append(
            f"{untold} erased customers would not be known if a file named them again: their"
            " erasures.key is not here. Put it back from a backup."
        )


def _backed_up(home: Path, report: Report) -> DigestOf:
    """The hashes that the last backup knows, where it can be read."""
    last = last_backup(home)
    if last is None:
        report.notes.append("There is no backup yet, to put back what gets damaged.")
        return _unknown
    try:
        with reading_from(Path(last.to)) as kept:
            known = {
                (one.folder, one.name): one.digest
                for name in kept.names()
                for one in kept.manifest(name).files
            }
    except TillsightError:
        report.notes.append("The last backup is not within reach, so no file was held against it.")
        return _unknown
    return lambda folder, name: known.get((folder, name))


def _unknown(_folder: Folder, _name: str) -> str | None:
    return None


def _facts(rows: RowsOf) -> _Facts:
    [head] = rows("journal_head")
    versions: list[int] = []
    kinds: dict[int, list[str]] = {}
    last_of_purchase: dict[int, str] = {}
    for entry in rows("journal"):
        versions.append(entry["version"])
        if entry.get("purchase_id") is not None:
            last_of_purchase[entry["purchase_id"]] = entry["kind"]
        elif entry["import_id"] is not None and entry["kind"] in STATES:
            kinds.setdefault(entry["import_id"], []).append(entry["kind"])
    purchases, sums = _purchases(rows)
    return _Facts(
        head["version"], versions, list(rows("imports")), kinds, last_of_purchase, purchases, sums
    )


def _purchases(rows: RowsOf) -> tuple[dict[int, bool], dict[str, Sums]]:
    """Which purchases count, and what the lines of those that do add up to, by kind."""
    alone: dict[int, Decimal] = {}
    counts: dict[int, bool] = {}
    for one in rows("purchases"):
        counts[one["id"]] = one["undone_at"] is None
        if counts[one["id"]]:
            alone[one["id"]] = Decimal(one["amount"])
    sums: dict[str, Sums] = {}
    for line in rows("purchase_lines"):
        if counts.get(line["purchase_id"]):
            alone.pop(line["purchase_id"], None)
            quantity, price = Decimal(line["quantity"]), Decimal(line["unit_price"])
            _add_line(sums, quantity, price)
    for amount in alone.values():
        _add_line(sums, Decimal(1) if amount > 0 else Decimal(-1), abs(amount))
    return counts, sums


def _add_line(sums: dict[str, Sums], quantity: Decimal, price: Decimal) -> None:
    kind = "adjustment" if price == 0 else "sale" if quantity > 0 else "return"
    line = Sums(1, quantity, (quantity * price).quantize(EXACT))
    sums[kind] = added(sums.get(kind), line)


def _check(facts: _Facts, files: _Files, report: Report, show: Show) -> None:
    """Hold the journal against itself, and every file against what the journal says of it."""
    report.journal_version = facts.version
    report.problems += _journal_problems(facts)
    done = facts.done()
    for number, one in enumerate(done):
        show("Batches", number, len(done))
        report.problems += _import_problems(one, files)
    report.imports = len(done)
    report.rows = sum(one["rows"] for one in done if one["in_force"] is not None)
    report.purchases = sum(facts.purchases.values())


def _journal_problems(facts: _Facts) -> Iterator[str]:
    lost = sorted(set(range(1, facts.version + 1)) - set(facts.versions))
    if lost:
        shown = ", ".join(map(str, lost[:SHOWN_MISSING]))
        yield f"The journal lacks {len(lost)} of its {facts.version} entries, such as {shown}."
    if facts.versions and max(facts.versions) > facts.version:
        yield f"The journal has entries after its last version, {facts.version}."
    imports = {
        one["id"]: one["in_force"] is not None
        for one in facts.imports
        if one.get("state", "done") == "done"
    }
    last = {number: kinds[-1] for number, kinds in facts.last_kinds.items()}
    yield from _odd("import", imports, last)
    yield from _odd("purchase", facts.purchases, facts.last_of_purchase)


def _odd(what: str, there: Mapping[int, bool], last: Mapping[int, str]) -> Iterator[str]:
    """Where rows and the journal differ; `there` says which count, `last` is what was done last."""
    for number, kind in last.items():
        if number not in there:
            yield f"The journal speaks of {what} {number}, which is not there."
        elif there[number] != (kind in COUNTS):
            yield f"The row of {what} {number} and the journal differ on whether it counts."
    for number in there.keys() - last.keys():
        yield f"There is {what} {number}, and the journal does not know it."


def _import_problems(one: Row, files: _Files) -> Iterator[str]:
    for folder, column in OF_IMPORTS:
        if name := one.get(column):
            where = f"Import {one['id']} ({one['file_name']}): {folder}/{name}"
            backed_up = files.digest(folder, name)
            try:
                with files.open(folder, name) as path:
                    known = {LOADED: one.get(HASHES.get(column, "")), BACKED_UP: backed_up}
                    found = [*_file_problems(one, column, path, known, files.count)]
            except Damaged as error:
                found = [error.message]
            yield from (f"{where} {told}." for told in found)


def _file_problems(
    one: Row, column: str, path: Path | None, known: Mapping[str, str | None], count: Count
) -> Iterator[str]:
    if path is None:
        yield "is missing"
        return
    found = file_digest(path) if any(known.values()) else None
    if changed_since := [when for when, digest in known.items() if digest and digest != found]:
        yield f"is not as it was when it was {' and '.join(changed_since)}"
    try:
        if column == "batch":
            yield from _differences(one, path, count)
        elif column == "hidden":
            count_hidden(path)
    except Unreadable:
        yield "is damaged and cannot be read"


def _differences(one: Row, batch: Path, count: Count) -> Iterator[str]:
    """How a batch is not what the journal says."""
    size = batch.stat().st_size
    if size != one["batch_bytes"]:
        yield f"has {size:,} bytes, and the journal says {one['batch_bytes']:,}"
    found = count(batch, FileKind(one["kind"]))
    said = Counted(
        one["rows"], Decimal(one["revenue"]), _day(one["first_day"]), _day(one["last_day"])
    )
    for name, is_there, told in (
        ("rows", found.rows, said.rows),
        ("revenue", found.revenue, said.revenue),
        ("first day", found.first_day, said.first_day),
        ("last day", found.last_day, said.last_day),
    ):
        if is_there != told:
            yield f"has {name} {is_there}, and the journal says {told}"


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _counted_again(facts: _Facts, place: JournalFiles) -> Mapping[str, Sums]:
    """What all sales in force add up to, by kind of line: from the files and the purchases."""
    folder = place.root / Folder.sales
    counting = [
        InForce(
            one["id"], folder / one["batch"], folder / one["hidden"] if one.get("hidden") else None
        )
        for one in facts.done()
        if one["kind"] == FileKind.sales and one["in_force"] is not None
    ]
    sums = count_in_force(counting, place.reading)
    for kind, more in facts.purchase_sums.items():
        sums[kind] = added(sums.get(kind), more)
    return sums


def _compare_warehouse(
    settings: Settings, database: Database, warehouse: Warehouse, report: Report, show: Show
) -> None:
    """Hold the warehouse's lines and its summary of days against the files."""
    if settings.summaries is Summaries.spark and (
        damaged := unreadable_files(Folders.of(settings))
    ):
        heal = HEAL[settings.summaries]
        report.problems += [
            f"The file “{one}” of the summaries is missing or damaged. {heal}" for one in damaged
        ]
        return
    for _ in range(TRIES):
        reached = warehouse.catch_up(A_DAY, lambda done, whole: show("Laying out", done, whole))
        if settings.summaries is Summaries.spark and (
            warehouse.is_preparing or reached < report.journal_version
        ):
            entries = 0 if warehouse.is_preparing else report.journal_version - reached
            report.notes.append(_behind(entries))
            return
        with warehouse.snapshot() as at:
            lines = at.rows(
                "SELECT kind, count(*), sum(quantity), sum(amount) FROM lines GROUP BY kind"
            )
            days = at.rows("SELECT sum(revenue), sum(returned), sum(lines) FROM daily_sales")
        if at.version == report.journal_version and report.sums is not None:
            found = {kind: Sums(*numbers) for kind, *numbers in lines}
            heal = HEAL[settings.summaries]
            report.problems += _warehouse_problems(found, days[0], report.sums, heal)
            return
        again = _home_now(settings, database, show)
        report.sums, report.journal_version = again.sums, again.journal_version
    report.notes.append("The warehouse was not compared: sales came in all the while.")


def _behind(entries: int) -> str:
    """What is said of summaries that lack so many entries, or are not there at all: 0."""
    return (
        f"The summaries were not compared: {entries:,} entries of the journal came since they were"
        f" built. Nothing is wrong with that; to have them shown, run: {BUILD}"
        if entries
        else f"The summaries were not compared: there are none yet. Run: {BUILD}"
    )


def _warehouse_problems(
    lines: Mapping[str, Sums],
    days: tuple[object, ...],
    sums: Mapping[str, Sums],
    heal: str,
) -> Iterator[str]:
    for kind in sorted({*lines, *sums}):
        found, said = lines.get(kind), sums.get(kind)
        if found != said:
            yield (
                f"The warehouse has {_words(found)} of kind {kind}, the files {_words(said)}."
                f" {heal}"
            )
    nothing = Sums(0, Decimal(0), Decimal(0))
    sale, back = sums.get("sale", nothing), sums.get("return", nothing)
    said_of_days = (sale.amount, -back.amount, Decimal(sale.lines))
    found_of_days = tuple(Decimal(str(one or 0)) for one in days)
    if found_of_days != said_of_days:
        yield (
            f"The warehouse's days add up to revenue {found_of_days[0]}, returns {found_of_days[1]}"
            f" and {found_of_days[2]} lines; the files to {sale.amount}, {-back.amount} and"
            f" {sale.lines}. {heal}"
        )


def _words(sums: Sums | None) -> str:
    return f"{sums.lines:,} lines worth {sums.amount:,}" if sums else "no lines"
