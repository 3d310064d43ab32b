"""What loading a file would do, before anything is loaded."""

from dataclasses import fields, replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from tillsight import languages
from tillsight.api import speaking
from tillsight.api.deps import DatabaseDep, KpiRoomDep, PersonDep, SettingsDep
from tillsight.api.imports import (
    FORM,
    DateOrderChoice,
    DecimalChoice,
    ProfileChoice,
    Token,
    require_profile,
)
from tillsight.api.received import Received, receive
from tillsight.database import Database
from tillsight.errors import TillsightError
from tillsight.sales.cautions import Caution
from tillsight.sales.choices import Choices, DecimalMark, Locale
from tillsight.sales.disk import full_disk_told
from tillsight.sales.folders import Folders
from tillsight.sales.formats.limits import Limits
from tillsight.sales.kpi_files import KpiRoom, Loader
from tillsight.sales.layouts import DateOrder, Field, FileKind
from tillsight.sales.opening import Rules
from tillsight.sales.preview import (
    Ambiguity,
    Column,
    FirstRow,
    KnownField,
    Preview,
    Written,
    preview,
)
from tillsight.sales.profiles import all_profiles
from tillsight.sales.unpack import unpack
from tillsight.sales.uploads import About
from tillsight.settings import Settings

router = APIRouter(prefix="/api/imports", tags=["Imports"])


class Previewed(BaseModel):
    """What is known of a file before it is loaded.

    `layout` is the layout that fits, `profile` the saved mapping that fits; without either the
    columns are a proposal. `decimal` and `date_order` are null where there is nothing to read by
    them, and where they are in doubt: then `ambiguous` says how. While fields are `missing`, there
    are no first rows and no warnings. With `upload` the file need not be
    sent again within the hour.
    """

    kind: FileKind
    layout: str | None
    profile: str | None
    format: str
    encoding: str
    delimiter: str | None
    decimal: DecimalMark | None
    date_order: DateOrder | None
    ambiguous: list[Ambiguity]
    rows: int
    columns: list[Column]
    fields: list[KnownField]
    missing: list[Field]
    first_rows: list[FirstRow]
    warnings: list[Caution]
    upload: str


# Takes the request itself, as the upload does.
@router.post("/preview", openapi_extra=FORM)
async def preview_file(
    request: Request,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    kpis: KpiRoomDep,
    upload: Token = None,
    date_order: DateOrderChoice = None,
    decimal: DecimalChoice = None,
    profile: ProfileChoice = None,
) -> Previewed:
    """Say what is in a file: kind, columns and what they probably hold, and its first rows as they
    would be loaded. Nothing is loaded; the file is kept for an hour.
    """
    await run_in_threadpool(require_profile, database, profile)
    received = await receive(request, Folders.of(settings).incoming, upload, person.id)
    mapping = received.mapping
    choices = Choices(date_order=date_order, decimal=decimal, mapping=mapping, profile=profile)
    loader = Loader(person.id, person.role)
    about = About(person.id, received.file_name, received.import_id)
    try:
        found = await run_in_threadpool(
            _previewed, settings, database, received, choices, kpis, loader
        )
    except BaseException as error:
        if isinstance(error, TillsightError) and upload is not None:
            received.upload.keep(about)  # another mapping may do
            received.upload.leave()
        else:
            received.upload.end()
        raise
    received.upload.keep(about)
    received.upload.leave()
    return Previewed(**_in_words(found), upload=received.upload.token)


def _in_words(found: Preview) -> dict[str, Any]:
    """What is known of the file; what is said of it is in the language of the reader."""
    known = {one.name: getattr(found, one.name) for one in fields(found)}
    return known | {
        "fields": [replace(one, label=languages.said(one.label)) for one in found.fields],
        "first_rows": [
            replace(one, problem=one.problem and speaking.problem(one.problem))
            for one in found.first_rows
        ],
        "ambiguous": [
            replace(
                one,
                readings=[replace(each, means=languages.part(each.means)) for each in one.readings],
            )
            for one in found.ambiguous
        ],
        "warnings": [replace(one, message=languages.said(one.message)) for one in found.warnings],
    }


def _previewed(
    settings: Settings,
    database: Database,
    received: Received,
    choices: Choices,
    kpis: KpiRoom,
    loader: Loader,
) -> Preview:
    work = received.upload.work
    locale = Locale(settings.timezone, settings.currency)
    with full_disk_told():
        unpacked = unpack(received.upload.file, work, Limits(settings.max_unpacked))
        rules = Rules(locale, choices, all_profiles(database), kpis, loader)
        written = Written(unpacked.format, unpacked.encoding, unpacked.numbering, unpacked.cautions)
        return preview(unpacked.path, written, rules, work)
