"""Loading files and the list of what was loaded."""

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

from tillsight.api.deps import DatabaseDep, EditorDep, PersonDep, SettingsDep, WarehouseDep
from tillsight.errors import InvalidInput
from tillsight.sales.imports import Folders, Loading, get_import, list_imports, load, rejects_file
from tillsight.sales.models import Import

router = APIRouter(prefix="/api/imports", tags=["Imports"])

LAID_OUT_WITHIN = 600.0
"""Seconds an upload waits for this server's warehouse, so that whoever wrote sees their own."""


class Days(BaseModel):
    """First and last day with data."""

    first: date | None
    last: date | None


class ImportEntry(BaseModel):
    """One file that was loaded."""

    id: int
    state: Literal["done"] = "done"
    file: str
    kind: str
    layout: str
    rows: int
    rejected_rows: int
    rejects: str | None
    revenue: float
    period: Days
    created_at: datetime


class Loaded(ImportEntry):
    """Outcome of an upload; `added` is false when the same content was loaded before."""

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
    person: EditorDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    skip_bad_rows: Annotated[
        bool, Query(description="Load the good rows and keep the others apart.")
    ] = False,
) -> Loaded:
    """Load a sales file (CSV, plain or .gz): wholly, or not at all unless bad rows are skipped.

    201 when it was added; 200 when the same content had been loaded before.
    """
    folders = Folders(settings.home)
    async with _received(request, folders) as (path, name):
        loading = Loading(path, name, person.id, skip_bad_rows)
        outcome = await run_in_threadpool(load, database, folders, settings.timezone, loading)
    if outcome.added:
        await run_in_threadpool(warehouse.catch_up, LAID_OUT_WITHIN)
    else:
        response.status_code = 200
    message = (
        f"{outcome.loaded.rows:,} rows loaded."
        if outcome.added
        else f"Loaded before, as import {outcome.loaded.id}. Nothing was added."
    )
    return Loaded(
        **_entry(outcome.loaded).model_dump(),
        added=outcome.added,
        rounded_rows=outcome.rounded,
        message=message,
    )


@router.get("")
def imports(
    _person: PersonDep,
    database: DatabaseDep,
    before: Annotated[int | None, Query(description="Go on after this id.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Imports:
    """What was loaded, newest first."""
    with database.reading() as session:
        found = [_entry(one) for one in list_imports(session, before, limit + 1)]
    return Imports(imports=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


@router.get("/{import_id}")
def one_import(import_id: int, _person: PersonDep, database: DatabaseDep) -> ImportEntry:
    """One import."""
    with database.reading() as session:
        return _entry(get_import(session, import_id))


@router.get("/{import_id}/rejects", response_class=FileResponse)
def rejects(
    import_id: int, _person: EditorDep, settings: SettingsDep, database: DatabaseDep
) -> FileResponse:
    """The rows that were skipped, as in the file, with line and reason: CSV."""
    with database.reading() as session:
        loaded = get_import(session, import_id)
        path = rejects_file(Folders(settings.home), loaded)
        name = f"{Path(loaded.file_name).name.split('.')[0]}-rejects.csv"
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=name)


@asynccontextmanager
async def _received(request: Request, folders: Folders) -> AsyncIterator[tuple[Path, str]]:
    """The uploaded file on disk, for as long as it is needed, and the name it came with."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput("Send the file as multipart/form-data, in the field “file”.")
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput("No file came with the request. Send it in the field “file”.")
        with TemporaryDirectory(dir=folders.incoming) as folder:
            path = Path(folder) / "upload"
            with path.open("wb") as kept:
                await run_in_threadpool(shutil.copyfileobj, file.file, kept, 1 << 20)
            yield path, file.filename or "file"


def _entry(loaded: Import) -> ImportEntry:
    return ImportEntry(
        id=loaded.id,
        file=loaded.file_name,
        kind=loaded.kind,
        layout=loaded.layout,
        rows=loaded.rows,
        rejected_rows=loaded.rejected_rows,
        rejects=f"/api/imports/{loaded.id}/rejects" if loaded.rejects else None,
        revenue=float(round(loaded.revenue, 2)),
        period=Days(first=loaded.first_day, last=loaded.last_day),
        created_at=loaded.created_at,
    )
