"""Loading files, the list of what was loaded, and taking it back."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Person
from tillsight.api.deps import (
    LARGEST_ID,
    DatabaseDep,
    Id,
    OriginDep,
    PersonDep,
    SettingsDep,
    WarehouseDep,
)
from tillsight.database import Database
from tillsight.errors import Forbidden, InvalidInput
from tillsight.sales.choices import Choices
from tillsight.sales.formats.limits import Limits
from tillsight.sales.imports import (
    Folders,
    Loading,
    Outcome,
    get_import,
    list_imports,
    load,
    rejects_file,
)
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import Import
from tillsight.sales.undo import redo, undo

router = APIRouter(prefix="/api/imports", tags=["Imports"])

LAID_OUT_WITHIN = 600.0
"""Seconds a change waits for this server's warehouse, so that whoever wrote sees their own."""


class Days(BaseModel):
    """First and last day with data."""

    first: date | None
    last: date | None


class ImportEntry(BaseModel):
    """One file that was loaded; only sales have a revenue and a period. It counts while its state
    is `done`; `may_undo` tells whether the person asking may undo and redo it.
    """

    id: int
    state: Literal["done", "undone"]
    file: str
    kind: str
    layout: str
    rows: int
    rejected_rows: int
    rejects: str | None
    revenue: float | None
    period: Days
    created_at: datetime
    created_by: str | None
    may_undo: bool


class Loaded(ImportEntry):
    """Outcome of an upload; `added` is false when the same content is loaded already."""

    added: bool
    rounded_rows: int
    message: str


class Imports(BaseModel):
    """Newest first; `next` is the `before` of the next page."""

    imports: list[ImportEntry]
    next: int | None


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


# Takes the request itself: a declared file would be read whole before anyone asks who sends it.
@router.post("", status_code=201, openapi_extra=_BODY)
async def upload(
    request: Request,
    response: Response,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
    skip_bad_rows: Annotated[
        bool, Query(description="Load the good rows and keep the others apart.")
    ] = False,
) -> Loaded:
    """Load sales or customers (CSV, plain or .gz): all rows, or none unless bad ones are skipped.

    201 when it was added, or redone because it had been undone; 200 when the same content is
    loaded already.
    """
    folders = Folders(settings.home)
    async with _received(request, folders) as (path, name):
        limits = Limits(settings.max_unpacked)
        choices = Choices(skip_bad_rows=skip_bad_rows)
        loading = Loading(path, name, person.id, choices, origin, limits)
        outcome = await run_in_threadpool(load, database, folders, settings.timezone, loading)
    if outcome.added:
        await run_in_threadpool(warehouse.catch_up, LAID_OUT_WITHIN)
    else:
        response.status_code = 200
    return Loaded(
        **_told(database, outcome.loaded.id, person).model_dump(),
        added=outcome.added,
        rounded_rows=outcome.rounded,
        message=_message(outcome),
    )


@router.get("")
def imports(
    person: PersonDep,
    database: DatabaseDep,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Imports:
    """What was loaded, newest first."""
    with database.reading() as session:
        found = [_entry(one, person) for one in list_imports(session, before, limit + 1)]
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
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> ImportEntry:
    """Undo an import: its rows no longer count, and every figure is what it was without it.

    Editors undo what they loaded themselves, an admin everything. 409 when it is undone already.
    """
    _require_right(database, import_id, person)
    undo(database, import_id, person.id, origin)
    warehouse.catch_up(LAID_OUT_WITHIN)
    return _told(database, import_id, person)


@router.post("/{import_id}/redo")
def redo_import(
    import_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> ImportEntry:
    """Have an undone import count again, at its old place.

    For those who may undo it. 409 when it counts already, or the same content does under another
    import.
    """
    _require_right(database, import_id, person)
    redo(database, import_id, person.id, origin)
    warehouse.catch_up(LAID_OUT_WITHIN)
    return _told(database, import_id, person)


@router.get("/{import_id}/rejects", response_class=FileResponse)
def rejects(
    import_id: Id,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
) -> FileResponse:
    """The rows that were skipped, as in the file, with line and reason: CSV."""
    with database.writing() as session:
        loaded = get_import(session, import_id)
        path = rejects_file(Folders(settings.home), loaded)
        subject = f"rejects of import {import_id}"
        record(session, Action.exported, person, subject, None, origin)
        name = f"{Path(loaded.file_name).name.split('.')[0]}-rejects.csv"
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=name)


@asynccontextmanager
async def _received(request: Request, folders: Folders) -> AsyncIterator[tuple[Path, str]]:
    """The uploaded file on disk, for as long as it is needed, and the name it came with."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput("Send the file as multipart/form-data, in the field “file”.")
    async with request.form(max_files=1, max_fields=0) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput("No file came with the request. Send it in the field “file”.")
        name = file.filename or "file"
        if not name.isprintable():
            raise InvalidInput("The file's name holds characters that cannot be shown. Rename it.")
        with TemporaryDirectory(dir=folders.incoming) as folder:
            path = Path(folder) / "upload"
            with path.open("wb") as kept:
                await run_in_threadpool(shutil.copyfileobj, file.file, kept, 1 << 20)
            yield path, name


def _require_right(database: Database, import_id: int, person: Person) -> None:
    if not _told(database, import_id, person).may_undo:
        raise Forbidden(
            f"Import {import_id} was loaded by somebody else. Only they or an admin may undo or"
            " redo it."
        )


def _told(database: Database, import_id: int, person: Person) -> ImportEntry:
    with database.reading() as session:
        return _entry(get_import(session, import_id), person)


def _message(outcome: Outcome) -> str:
    loaded = outcome.loaded
    if not outcome.added:
        return f"Loaded before, as import {loaded.id}. Nothing was added."
    if outcome.redone:
        return f"{loaded.rows:,} rows count again, as import {loaded.id}, which had been undone."
    return f"{loaded.rows:,} rows loaded."


def _entry(loaded: Import, person: Person) -> ImportEntry:
    creator = loaded.creator
    own = loaded.created_by == person.id and person.role.includes(Role.editor)
    return ImportEntry(
        id=loaded.id,
        state="undone" if loaded.is_undone else "done",
        file=loaded.file_name,
        kind=loaded.kind,
        layout=loaded.layout,
        rows=loaded.rows,
        rejected_rows=loaded.rejected_rows,
        rejects=f"/api/imports/{loaded.id}/rejects" if loaded.rejects else None,
        revenue=float(round(loaded.revenue, 2)) if loaded.kind == FileKind.sales else None,
        period=Days(first=loaded.first_day, last=loaded.last_day),
        created_at=loaded.created_at,
        created_by=(creator.full_name or creator.username) if creator else None,
        may_undo=own or person.role is Role.admin,
    )
