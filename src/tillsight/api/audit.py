"""The audit log, for admins."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tillsight.accounts.audit import Action, Entry, Wanted, all_entries, entries, record
from tillsight.api.deps import LARGEST_ID, DatabaseDep, Day, OriginDep, PersonDep, SettingsDep
from tillsight.api.downloads import FILES, Format, download

router = APIRouter(prefix="/api/audit", tags=["People"])

COLUMNS = ("id", "at", "action", "user_id", "actor", "subject", "details", "address", "request_id")


class AuditEntry(BaseModel):
    """One thing that was done; `actor` is a login, `terminal` or `stranger`, `at` is UTC."""

    id: int
    at: datetime
    action: str
    user_id: int | None
    actor: str
    subject: str
    details: dict[str, Any]
    address: str | None
    request_id: str | None


class AuditLog(BaseModel):
    """Newest first; `next` is the `before` of the next page."""

    entries: list[AuditEntry]
    next: int | None


@router.get("", response_model=AuditLog, responses=FILES)
def audit_log(
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    origin: OriginDep,
    user: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only what this person did.")
    ] = None,
    action: Annotated[Action | None, Query(description="Only this.")] = None,
    start: Annotated[
        Day | None, Query(alias="from", description="First day, in the shop's time zone.")
    ] = None,
    end: Annotated[Day | None, Query(alias="to", description="Day after the last day.")] = None,
    text: Annotated[
        str, Query(max_length=200, description="Part of actor, subject, details or address.")
    ] = "",
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this id.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    format: Annotated[
        Format, Query(description="csv or xlsx: all entries as a download.")
    ] = Format.json,
) -> AuditLog | StreamingResponse:
    """Who did what, newest first: sign-ins and failures, people, circles, imports, exports."""
    zone = ZoneInfo(settings.timezone)
    wanted = Wanted(user, action, _midnight(start, zone), _midnight(end, zone), text)
    if format is not Format.json:
        with database.writing() as session:
            record(session, Action.exported, person, "audit log", None, origin)
        return download(format, COLUMNS, _rows(all_entries(database, wanted)), "audit")
    with database.reading() as session:
        found = entries(session, wanted, before, limit + 1)
    return AuditLog(
        entries=[AuditEntry.model_validate(asdict(one)) for one in found[:limit]],
        next=found[limit - 1].id if len(found) > limit else None,
    )


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def _rows(parts: Iterator[list[Entry]]) -> Iterator[list[list[object]]]:
    for part in parts:
        yield [[getattr(one, name) for name in COLUMNS] for one in part]
