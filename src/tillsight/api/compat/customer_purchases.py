"""The contract customer-purchases: purchases one by one and in bulk, their list, KPIs, forecast."""

import codecs
import csv
import json
import shutil
from asyncio import wrap_future
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from tillsight import data_version
from tillsight.api.asking import SourcesDep, told
from tillsight.api.compat.product import Product, refusals
from tillsight.api.deps import (
    NOT_TRUTH,
    AnybodyDep,
    DatabaseDep,
    Day,
    OriginDep,
    PurchasesDep,
    SettingsDep,
    WarehouseDep,
)
from tillsight.api.errors import plain_json
from tillsight.api.forecast_shapes import ahead
from tillsight.errors import AmbiguousDates, BadRows, InvalidInput
from tillsight.forecasting.asked import Asked, forecast_of
from tillsight.forecasting.words import Grain
from tillsight.metrics.order_totals import OrderTotal, clients, order_totals
from tillsight.sales.choices import Choices, DecimalMark, Locale
from tillsight.sales.folders import Folders
from tillsight.sales.formats.limits import Limits
from tillsight.sales.imports import load
from tillsight.sales.layouts.purchases import PURCHASES
from tillsight.sales.loading import Loading
from tillsight.sales.purchase_checks import EXACT, Checked, Typed, checked
from tillsight.sales.purchase_entering import Entering
from tillsight.settings import Contract

ENVELOPE = "detail"
REQUIRED = ("customer_name", "country", "purchase_date", "amount")
FIELDS = {"customer": "customer_name", "date": "purchase_date"}
"""Our fields by their names here; the others are called the same."""
CSV_TYPES = frozenset({"text/csv", "application/vnd.ms-excel"})
NOT_CSV = "Invalid file format. Only CSV files are allowed"
NO_COLUMNS = f"Invalid CSV format. Required columns: {{{', '.join(map(repr, REQUIRED))}}}"
BAD_ROW = "Error processing row: {row}. Invalid data format: {reason}"
EMPTY = "The file is empty."
FLOATS = Choices(decimal=DecimalMark.point, layout=PURCHASES.name)
"""How that product read numbers, so that nobody has to be asked; other columns are extra."""
HEADER_BYTES = 1 << 20
LAID_OUT_WITHIN = 600.0
"""Seconds an upload waits for this server's warehouse, so that whoever sent it sees it."""

router = APIRouter()


class PurchaseRow(BaseModel):
    """One purchase; customer or country are empty where they are unknown."""

    customer_name: str
    country: str
    purchase_date: date
    amount: float


class PurchaseSent(BaseModel):
    """A purchase to add; an amount below 0 is a return. Other keys are ignored."""

    customer_name: str
    country: str
    purchase_date: Day
    amount: Annotated[float, Field(allow_inf_nan=False), NOT_TRUTH]


class Added(BaseModel):
    """How many rows of a file were added: none if it had been loaded before."""

    added: int


class Kpis(BaseModel):
    """What a client spends on average, and how many clients each country has."""

    mean_per_client: float
    clients_per_country: dict[str, int]


_FILE = {
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


@router.post("/purchase/", responses=refusals(ENVELOPE, s403="The API key may only read"))
async def add_purchase(
    sent: PurchaseSent,
    person: AnybodyDep,
    settings: SettingsDep,
    purchases: PurchasesDep,
    origin: OriginDep,
) -> PurchaseRow:
    """Add one purchase; the answer is what was stored. It is on disk, and counts, by then."""
    purchase = _checked(sent, settings.timezone)
    entering = Entering(purchase, person, origin, source=Contract.customer_purchases)
    entered = await wrap_future(purchases.add(entering))
    data_version.tell(entered.version)
    return PurchaseRow(
        customer_name=purchase.customer,
        country=purchase.country or "",
        purchase_date=purchase.day,
        amount=float(purchase.amount),
    )


@router.post(
    "/purchase/bulk/",
    openapi_extra=_FILE,
    responses=refusals(ENVELOPE, s400="The file cannot be used", s403="The API key may only read"),
)
async def add_purchases(
    request: Request,
    person: AnybodyDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> Added:
    """Add the purchases of a CSV file: all of them, or none if a row cannot be used."""
    folders = Folders.of(settings)
    async with _received(request, folders) as (path, name):
        _check_header(path)
        limits = Limits(settings.max_unpacked)
        user_id = person.id if person else None
        loading = Loading(path, name, user_id, FLOATS, origin, limits)
        locale = Locale(settings.timezone, settings.currency)
        try:
            outcome = await run_in_threadpool(load, database, folders, locale, loading)
        except BadRows as error:
            raise HTTPException(400, _bad_row(error)) from None
        except AmbiguousDates as error:
            raise HTTPException(400, _not_iso(error)) from None
    await run_in_threadpool(warehouse.catch_up, LAID_OUT_WITHIN)
    return Added(added=outcome.loaded.rows if outcome.added else 0)


@router.get("/purchases/", response_model=list[PurchaseRow])
def list_purchases(
    _person: AnybodyDep,
    warehouse: WarehouseDep,
    country: Annotated[str, Query(description="However it is written.")] = "",
    start_date: Annotated[Day | None, Query(description="First day.")] = None,
    end_date: Annotated[Day | None, Query(description="Last day.")] = None,
) -> StreamingResponse:
    """All purchases and orders of files, one row each, by date."""
    rows = order_totals(warehouse, country, start_date, end_date)
    first = next(rows, [])  # what has to be refused is refused before the answer begins
    return StreamingResponse(_as_json(chain([first], rows)), media_type="application/json")


@router.get("/kpis/")
def kpis(_person: AnybodyDep, warehouse: WarehouseDep) -> Kpis:
    """Mean amount per client, and the number of clients by country, over everything."""
    found = clients(warehouse)
    counts = {country or "": count for country, count in found.by_country.items()}
    return Kpis(mean_per_client=found.mean, clients_per_country=counts)


@router.get("/forecast/")
def forecast(
    person: AnybodyDep,
    sources: SourcesDep,
    periods: Annotated[int, Query(ge=1, le=365, description="Days ahead.")] = 12,
) -> dict[date, float]:
    """What purchases less returns will sum to on the days after the last one; `{}` without any."""
    tell = told if person else forecast_of  # what strangers asked for is not kept
    found = tell(sources, Asked("net_revenue", Grain.day, periods))
    if found.steps is None or found.forecast is None:
        return {}
    return {one.start: one.value for one in ahead(found.steps, found.forecast)}


def _checked(sent: PurchaseSent, timezone: str) -> Checked:
    # The shortest text that means the number: what a client computed, without its last digits.
    amount = Decimal(repr(sent.amount)).quantize(EXACT) if abs(sent.amount) < 1e15 else None
    typed = Typed(
        sent.customer_name,
        sent.country,
        sent.purchase_date.isoformat(),
        Decimal(sent.amount) if amount is None else amount,
    )
    try:
        return checked(typed, timezone)
    except InvalidInput as error:
        name = str(error.details["field"])
        name = FIELDS.get(name, name)
        value = getattr(sent, name)
        problem = {"type": "value_error", "loc": ("body", name), "msg": error.message}
        raise RequestValidationError([{**problem, "input": value}]) from None


@asynccontextmanager
async def _received(request: Request, folders: Folders) -> AsyncIterator[tuple[Path, str]]:
    """The uploaded file on disk, for as long as it is needed, and the name it came with."""
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            problem = {"type": "missing", "loc": ("body", "file"), "msg": "Field required"}
            raise RequestValidationError([{**problem, "input": None}])
        kind = (file.content_type or "").partition(";")[0].strip().lower()
        if kind not in CSV_TYPES:
            raise HTTPException(400, NOT_CSV)
        name = file.filename or "file"
        with TemporaryDirectory(dir=folders.incoming) as folder:
            path = Path(folder) / "upload"
            with path.open("wb") as kept:
                await run_in_threadpool(shutil.copyfileobj, file.file, kept, 1 << 20)
            yield path, name if name.isprintable() else "file"


def _check_header(path: Path) -> None:
    """Refuse a file without the four columns, whatever else the import would make of it."""
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
    if not start.strip():
        raise HTTPException(400, EMPTY)
    utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = start.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t|", key=first.count)
    names = {name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])}
    if not names.issuperset(REQUIRED):
        raise HTTPException(400, NO_COLUMNS)


def _bad_row(error: BadRows) -> str:
    problems: Any = error.details["problems"]
    first = problems[0]
    row = {"line": first["line"], first["column"] or "row": first["value"]}
    reason = f"{first['column']} {first['reason']}".strip()
    return BAD_ROW.format(row=row, reason=reason)


def _not_iso(error: AmbiguousDates) -> str:
    """That product took ISO dates alone, so there is nobody to ask for another reading."""
    values: Any = error.details["values"]
    column = error.details["column"]
    reason = f"{column} is not a date such as 2024-05-31"
    return BAD_ROW.format(row={column: values[0]}, reason=reason)


def _as_json(parts: Iterator[list[OrderTotal]]) -> Iterator[str]:
    """The bare list, written part by part."""
    between = "["
    for part in parts:
        if part:
            yield between + ",".join(map(_row_as_json, part))
            between = ","
    yield "[]" if between == "[" else "]"


def _row_as_json(one: OrderTotal) -> str:
    row = {
        "customer_name": one.customer or "",
        "country": one.country or "",
        "purchase_date": one.day.isoformat(),
        "amount": one.amount,
    }
    return json.dumps(row, ensure_ascii=False)


def _invalid(error: RequestValidationError) -> Response:
    return plain_json({"detail": error.errors()}, 422)


PRODUCT = Product(
    contract=Contract.customer_purchases,
    envelope=ENVELOPE,
    no_token="Not authenticated",  # noqa: S106
    bad_token="Could not validate credentials",  # noqa: S106
    router=router,
    invalid=_invalid,
    unusable=422,
)
