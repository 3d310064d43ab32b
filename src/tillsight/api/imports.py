"""Loading files, the list of what was loaded, and taking it back."""

import asyncio
import json
from contextlib import ExitStack
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask

from tillsight import languages
from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin, Person
from tillsight.api import speaking
from tillsight.api.deps import (
    LARGEST_ID,
    DatabaseDep,
    Id,
    KpiRoomDep,
    OriginDep,
    PersonDep,
    RunningDep,
    SettingsDep,
    WarehouseDep,
)
from tillsight.api.received import Received, receive
from tillsight.database import Database
from tillsight.errors import Forbidden
from tillsight.sales import states
from tillsight.sales.choices import Choices, DecimalMark, Overlap
from tillsight.sales.folders import Folders, rejects_file
from tillsight.sales.import_list import Which, get_import, list_imports
from tillsight.sales.journal import tell_head
from tillsight.sales.kpi_files import KpiRoom, Loader, ValueFiles
from tillsight.sales.layouts import DateOrder, FileKind
from tillsight.sales.loading import Loading, Outcome
from tillsight.sales.models import Import, ImportState
from tillsight.sales.profiles import LONGEST_NAME, all_profiles, named
from tillsight.sales.states import Order
from tillsight.sales.undo import redo, undo
from tillsight.sales.uploads import id_of
from tillsight.settings import Settings, Summaries

router = APIRouter(prefix="/api/imports", tags=["Imports"])

LAID_OUT_WITHIN = 600.0
"""Seconds a change waits for this server's warehouse, so that whoever wrote sees their own."""

ANSWERED_WITHIN = 10.0
"""Seconds after which whoever sent a file is told to look again later."""

CANCELLED_WITHIN = 5.0
"""Seconds that are waited for an import to stop."""


class State(StrEnum):
    """How far an import is. It counts while it is `done`."""

    waiting = "waiting"
    running = "running"
    done = "done"
    undone = "undone"
    known = "known"
    failed = "failed"
    cancelled = "cancelled"


class Days(BaseModel):
    """First and last day with data."""

    first: date | None
    last: date | None


class Failure(BaseModel):
    """Why a file was not loaded: what the answer to its upload was. Only who sent it is told the
    details, and only who may load files the message: they quote the file.
    """

    status: int
    code: str
    message: str | None
    details: dict[str, Any]


class ImportEntry(BaseModel):
    """One file that was loaded, or was to be; only sales have a revenue, and only sales and values
    of KPIs a period.

    `progress` of `progress_whole` (0: not known) is done of the `step` under way: bytes while
    reading, rows while checking, writing and laying out. `kind` and `layout` are null until they
    are known. `same_as` is the import that holds the same content. `may_undo` tells whether the
    person asking may undo, redo and cancel it.
    """

    id: int
    state: State
    step: str | None
    progress: int
    progress_whole: int
    file: str
    kind: str | None
    layout: str | None
    rows: int
    rejected_rows: int
    rejects: str | None
    skipped_rows: int
    overlap: str | None
    is_copy: bool
    same_as: int | None
    revenue: float | None
    period: Days
    warnings: list[Any]
    error: Failure | None
    created_at: datetime
    created_by: str | None
    finished_at: datetime | None
    may_undo: bool


class Loaded(ImportEntry):
    """Outcome of an upload; `added` is false when the same content is loaded already, and while
    the file is still being loaded.
    """

    added: bool
    rounded_rows: int
    message: str


class Imports(BaseModel):
    """Newest first; `next` is the `before` of the next page."""

    imports: list[ImportEntry]
    next: int | None


FORM = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "mapping": {
                            "type": "string",
                            "description": "JSON: which column holds which field, for a file that"
                            " no layout fits.",
                        },
                    },
                }
            }
        },
    }
}

Token = Annotated[
    str | None,
    Query(max_length=64, description="A file sent before, by the `upload` of the answer to it."),
]
SkipBadRows = Annotated[bool, Query(description="Load the good rows and keep the others apart.")]
OverlapChoice = Annotated[
    Overlap,
    Query(
        description="Orders that earlier imports of the same source hold: ask (409), skip them,"
        " have them replace the earlier ones, or add to them."
    ),
]
Copy = Annotated[bool, Query(description="Add content that is loaded already once more.")]
DateOrderChoice = Annotated[DateOrder | None, Query(description="How its dates are written.")]
DecimalChoice = Annotated[DecimalMark | None, Query(description="What decimals follow.")]
ProfileChoice = Annotated[
    str | None,
    Query(max_length=LONGEST_NAME, description="The name of a saved profile to read it by."),
]


# Takes the request itself: a declared file would be read whole before anyone asks who sends it.
@router.post("", status_code=201, openapi_extra=FORM)
async def upload(
    request: Request,
    response: Response,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    running: RunningDep,
    origin: OriginDep,
    upload: Token = None,
    wait: Annotated[bool, Query(description="Answer when it is done, for up to 10 s.")] = True,
    skip_bad_rows: SkipBadRows = False,
    overlap: OverlapChoice = Overlap.ask,
    copy: Copy = False,
    date_order: DateOrderChoice = None,
    decimal: DecimalChoice = None,
    profile: ProfileChoice = None,
) -> Loaded:
    """Load a file: all rows, or none unless bad ones are skipped.

    201 when it was added, or redone because it had been undone; 200 when the same content is
    loaded already; 202 while it is being loaded: `Location` is where to look. A refusal that can
    be answered (`overlap`, `ambiguous_dates`, `ambiguous_numbers`, `bad_rows`, `unknown_layout`)
    holds an `upload`: with it the file need not be sent again within the hour.
    """
    folders = Folders.of(settings)
    await run_in_threadpool(require_profile, database, profile)
    received = await receive(request, folders.incoming, upload, person.id)
    choices = Choices(
        skip_bad_rows=skip_bad_rows,
        overlap=overlap,
        copy=copy,
        date_order=date_order,
        decimal=decimal,
        mapping=received.mapping,
        profile=profile,
    )
    home = await run_in_threadpool(id_of, settings.home)
    loading = await run_in_threadpool(_begun, database, received, choices, person, origin, home)
    begun = await run_in_threadpool(_told, database, loading.import_id, person)
    outcome = asyncio.wrap_future(running.take(received.upload, loading))
    outcome.add_done_callback(_heard)
    if wait:
        await asyncio.wait({outcome}, timeout=ANSWERED_WITHIN)
    if not wait or not outcome.done():
        response.status_code = 202
        response.headers["Location"] = f"/api/imports/{loading.import_id}"
        message = f"The file is here, and is being loaded as import {loading.import_id}."
        return Loaded(**begun.model_dump(), added=False, rounded_rows=0, message=message)
    message = _message(outcome.result(), settings.summaries)
    return await run_in_threadpool(
        _answer, database, loading, outcome.result(), message, person, response
    )


def require_profile(database: Database, name: str | None) -> None:
    """Refuse the name of a profile that is not there, before a file is taken.

    Raises:
        UnknownName: it is not.
    """
    if name is not None:
        named(name, all_profiles(database))


def _begun(
    database: Database,
    received: Received,
    choices: Choices,
    person: Person,
    origin: Origin,
    home: str,
) -> Loading:
    """The file as an import that waits; one that was refused for a question waits once more."""
    held = received.upload
    try:
        order = Order(held.token, held.file.stat().st_size, choices, origin, person.role, home)
        again = received.import_id
        if again is None or not states.begin_again(database, again, order):
            again = states.begin(
                database, received.file_name, person.id, order, ImportState.waiting
            )
    except BaseException:
        held.end()
        raise
    return Loading(
        held.file,
        received.file_name,
        person.id,
        choices,
        origin,
        import_id=again,
        role=person.role,
    )


def _heard(outcome: asyncio.Future[Outcome]) -> None:
    """A refusal that nobody waits for any more stands in the import's own row."""
    if not outcome.cancelled():
        outcome.exception()


def _answer(
    database: Database,
    loading: Loading,
    outcome: Outcome,
    message: str,
    person: Person,
    response: Response,
) -> Loaded:
    if outcome.loaded.id != loading.import_id:
        states.forget_known(database, loading.import_id)
    if not outcome.added:
        response.status_code = 200
    return Loaded(
        **_told(database, outcome.loaded.id, person).model_dump(),
        added=outcome.added,
        rounded_rows=outcome.rounded,
        message=message,
    )


@router.get("")
def imports(
    person: PersonDep,
    database: DatabaseDep,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    state: Annotated[
        list[State] | None, Query(description="Only of these states; repeat it for several.")
    ] = None,
    kind: Annotated[FileKind | None, Query(description="Only files of this kind.")] = None,
) -> Imports:
    """What was loaded, is being loaded, and what was not and why; newest first."""
    which = Which(frozenset(state or ()), kind)
    with database.reading() as session:
        tell_head(session)
        found = [_entry(one, person) for one in list_imports(session, before, limit + 1, which)]
    return Imports(imports=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


@router.get("/{import_id}")
def one_import(import_id: Id, person: PersonDep, database: DatabaseDep) -> ImportEntry:
    """One import."""
    return _told(database, import_id, person)


@router.delete("/{import_id}")
def undo_import(
    import_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    settings: SettingsDep,
    warehouse: WarehouseDep,
    kpis: KpiRoomDep,
    origin: OriginDep,
) -> ImportEntry:
    """Undo an import: its rows no longer count, and every figure is what it was without it.

    Values of KPIs become what they were before; those that were changed since stay, and the
    warnings of the answer name them. Editors undo what they loaded themselves, an admin everything.
    409 when it is undone already.
    """
    _require_right(database, import_id, person)
    values = _values(settings, kpis, person)
    undo(database, import_id, person.id, origin, values)
    warehouse.show_soon(LAID_OUT_WITHIN)
    return _told(database, import_id, person)


@router.post("/{import_id}/redo")
def redo_import(
    import_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    settings: SettingsDep,
    warehouse: WarehouseDep,
    kpis: KpiRoomDep,
    origin: OriginDep,
) -> ImportEntry:
    """Have an undone import count again, at its old place. Values of KPIs are written again.

    For those who may undo it. 409 when it counts already, or the same content does under another
    import.
    """
    _require_right(database, import_id, person)
    values = _values(settings, kpis, person)
    redo(database, import_id, person.id, origin, values=values)
    warehouse.show_soon(LAID_OUT_WITHIN)
    return _told(database, import_id, person)


@router.post("/{import_id}/cancel")
def cancel_import(
    import_id: Id, person: PersonDep, database: DatabaseDep, running: RunningDep
) -> ImportEntry:
    """Stop an import that waits or runs: nothing of it stays.

    For those who may undo it. 409 when it is loaded already, or has ended otherwise.
    """
    _require_right(database, import_id, person)
    running.cancel(import_id, CANCELLED_WITHIN)
    return _told(database, import_id, person)


@router.get("/{import_id}/rejects", response_class=FileResponse, response_model=None)
def rejects(
    import_id: Id,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> Response:
    """The rows that were skipped, as in the file, with line and reason: CSV."""
    with database.reading() as session:
        loaded = get_import(session, import_id)
    name = f"{Path(loaded.file_name).name.split('.')[0]}-rejects.csv"
    language = languages.of(person.language, languages.current())
    with ExitStack() as stack:
        path = stack.enter_context(rejects_file(Folders.of(settings), loaded))
        with database.writing() as session:
            record(session, Action.exported, person, f"rejects of import {import_id}", None, origin)
        sent = BackgroundTask(stack.pop_all().close)  # the file stays until then
        return _rejects_as(path, name, language, sent)


def _rejects_as(path: Path, name: str, language: str, sent: BackgroundTask) -> Response:
    kind = "text/csv; charset=utf-8"
    whole = FileResponse(path, media_type=kind, filename=name, background=sent)
    if language == languages.ENGLISH:
        return whole
    with languages.speaking(language):
        named = {"Content-Disposition": whole.headers["content-disposition"]}
        rows = speaking.rejects(path)
        return StreamingResponse(rows, media_type=kind, headers=named, background=sent)


def _values(settings: Settings, kpis: KpiRoom, person: Person) -> ValueFiles:
    """What it takes to change values of KPIs, if the import holds some."""
    return ValueFiles(kpis, Loader(person.id, person.role), Folders.of(settings))


def _require_right(database: Database, import_id: int, person: Person) -> None:
    if not _told(database, import_id, person).may_undo:
        raise Forbidden(
            f"Import {import_id} was loaded by somebody else. Only they or an admin may undo, redo"
            " or cancel it."
        )


def _told(database: Database, import_id: int, person: Person) -> ImportEntry:
    with database.reading() as session:
        tell_head(session)
        return _entry(get_import(session, import_id), person)


def _message(outcome: Outcome, summaries: Summaries) -> str:
    loaded = outcome.loaded
    waits = summaries is Summaries.spark and loaded.kind != FileKind.kpi_values
    if not outcome.added:
        return f"Loaded before, as import {loaded.id}. Nothing was added."
    if outcome.redone and waits:
        return (
            f"{loaded.rows:,} rows count again from the next build of the summaries on, as import"
            f" {loaded.id}, which had been undone."
        )
    if outcome.redone:
        return f"{loaded.rows:,} rows count again, as import {loaded.id}, which had been undone."
    if waits:
        return f"{loaded.rows:,} rows loaded. They count from the next build of the summaries on."
    return f"{loaded.rows:,} rows loaded."


def _entry(one: Import, person: Person) -> ImportEntry:
    creator = one.creator
    own = one.created_by == person.id and person.role.includes(Role.editor)
    return ImportEntry(
        id=one.id,
        state=State(one.shown_state),
        step=one.step,
        progress=one.progress if one.step else 0,
        progress_whole=one.progress_whole if one.step else 0,
        file=one.file_name,
        kind=one.kind or None,
        layout=one.layout or None,
        rows=one.rows,
        rejected_rows=one.rejected_rows,
        rejects=f"/api/imports/{one.id}/rejects" if one.rejects else None,
        skipped_rows=one.skipped_rows,
        overlap=one.overlap,
        is_copy=one.is_copy,
        same_as=one.same_as,
        revenue=float(round(one.revenue, 2)) if one.kind == FileKind.sales else None,
        period=Days(first=one.first_day, last=one.last_day),
        warnings=[speaking.details(each) for each in json.loads(one.warnings or "[]")],
        error=_failure(one, person),
        created_at=one.created_at,
        created_by=(creator.full_name or creator.username) if creator else None,
        finished_at=one.finished_at,
        may_undo=own or person.role is Role.admin,
    )


def _failure(one: Import, person: Person) -> Failure | None:
    if one.error is None:
        return None
    said = json.loads(one.error)
    return Failure(
        status=said["status"],
        code=said["code"],
        message=languages.said(said["message"]) if person.role.includes(Role.editor) else None,
        details=speaking.details(said["details"]) if one.created_by == person.id else {},
    )
