"""Loading a file: all of it or nothing, and never the same content twice."""

from dataclasses import replace
from pathlib import Path

from tillsight.database import Database
from tillsight.errors import BadRows, InvalidInput
from tillsight.sales.choices import Locale
from tillsight.sales.content import content_of, copy_of, holding
from tillsight.sales.disk import full_disk_told
from tillsight.sales.entering import Entering, enter
from tillsight.sales.erased_again import looking_for_erased
from tillsight.sales.folders import Folders
from tillsight.sales.loading import Loading, Outcome
from tillsight.sales.models import ImportState
from tillsight.sales.opening import Rules
from tillsight.sales.profiles import all_profiles
from tillsight.sales.staging import Staged, staged
from tillsight.sales.states import Order, begin, end_as_known, end_by, finish, forget_known
from tillsight.sales.unpack import unpack
from tillsight.sales.uploads import id_of, new_upload
from tillsight.sales.watch import Step, Watch

SHOWN_PROBLEMS = 20


def load(
    database: Database,
    folders: Folders,
    locale: Locale,
    loading: Loading,
    watch: Watch | None = None,
) -> Outcome:
    """Make an import of a file, here and now; `watch` sees how far it is, and can stop it.

    Raises:
        As `carry_out` does; the import's row tells why it failed.
    """
    upload = new_upload(folders.incoming)
    home = id_of(folders.home)
    order = Order(upload.token, 0, loading.choices, loading.origin, loading.role, home)
    state = ImportState.running
    try:
        import_id = begin(database, loading.file_name, loading.user_id, order, state)
        begun = replace(loading, import_id=import_id)
        try:
            outcome = carry_out(database, folders, locale, begun, upload.work, watch or Watch())
        except BaseException as error:
            end_by(database, import_id, error)
            raise
        if outcome.loaded.id == import_id:
            finish(database, import_id)
        else:
            forget_known(database, import_id)
        return outcome
    finally:
        upload.end()


def carry_out(
    database: Database,
    folders: Folders,
    locale: Locale,
    loading: Loading,
    work: Path,
    watch: Watch,
) -> Outcome:
    """Check a file, write its batch and commit its journal entry with the import's row.

    What does not fit into memory goes to the folder `work`. Where the outcome is another import,
    the row becomes one that is known.

    Content that is in force already is answered with the import that brought it, unless a copy was
    asked for; content of an undone import is that import, redone. Of kinds whose latest file wins,
    both only if no other file came after it.

    Raises:
        InvalidInput: the file cannot be read, or no layout fits.
        BadRows: rows do not pass and were not to be skipped, or none passes.
        OrdersLoadedBefore: earlier imports hold orders of it, and nobody said what becomes of them.
        TooLarge: the file unpacks to more than its limits.
        Cancelled, LeftUndone: the watch had it stopped.
        NoSpace: the disk is full.
    """
    try:
        with full_disk_told():
            outcome = _load(database, folders, locale, loading, work, watch)
    except Exception:
        watch.go_on()  # a statement that was interrupted fails with any error
        raise
    if outcome.loaded.id != loading.import_id:
        end_as_known(database, loading.import_id, outcome.loaded.id)
    return outcome


def _load(
    database: Database,
    folders: Folders,
    locale: Locale,
    loading: Loading,
    work: Path,
    watch: Watch,
) -> Outcome:
    unpacked = unpack(loading.path, work, loading.limits, watch)
    watch(Step.checking, 0, unpacked.lines)
    profiles = all_profiles(database)
    rules = Rules(locale, loading.choices, profiles, loading.kpis, loading.loader)
    with staged(unpacked.path, rules, work, unpacked.numbering, watch) as checked:
        content = content_of(database, unpacked, checked)
        if known := holding(database, content):
            if not loading.choices.copy:
                return known
            content = copy_of(content)
        _refuse_bad_rows(checked, loading.choices.skip_bad_rows)
        watch(Step.writing, 0, checked.totals().rows)
        cautions = unpacked.cautions
        again = looking_for_erased(database, folders.kept, work)
        return enter(
            Entering(database, folders, loading, checked, content, work, cautions, watch, again)
        )


def _refuse_bad_rows(checked: Staged, skip: bool) -> None:
    bad = checked.bad_rows()
    good = checked.totals().rows
    if bad == 0 and good > 0:
        return
    if good == 0 and bad == 0:
        raise InvalidInput("The file has a header and no rows.")
    if skip and good > 0:
        return
    first_problems, groups = checked.problems(SHOWN_PROBLEMS)
    problems = [vars(problem) for problem in first_problems]
    first = problems[0]
    where = f"line {first['line']}" + (f", column {first['column']}" if first["column"] else "")
    value = f" “{first['value']}”" if first["value"] else ""
    advice = f" Correct them, or load the {good:,} good rows and skip these." if good else ""
    raise BadRows(
        f"{bad:,} of {bad + good:,} rows cannot be loaded, so nothing was."
        f" The first: {where}:{value} {first['reason']}.{advice}",
        rows=bad + good,
        bad_rows=bad,
        problems=problems,
        groups=[vars(group) for group in groups],
    )
