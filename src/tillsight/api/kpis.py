"""KPIs: what they are, their targets, and the units they may have."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.sessions import Person
from tillsight.api.auth import Message
from tillsight.api.deps import (
    LARGEST_ID,
    NOT_TRUTH,
    DatabaseDep,
    Day,
    Id,
    IdInBody,
    OriginDep,
    PersonDep,
    TodayDep,
)
from tillsight.api.downloads import FILES, Format, download
from tillsight.api.purchases import Number
from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.kpis import definitions
from tillsight.kpis.computed import NOT_TIME
from tillsight.kpis.definitions import Target
from tillsight.kpis.exact import LONGEST_TEXT
from tillsight.kpis.listing import (
    Order,
    Rights,
    Shown,
    Wanted,
    all_kpis,
    get_kpi,
    list_kpis,
    rights_of,
)
from tillsight.kpis.terms import (
    ENDS,
    LONGEST_NAME,
    MOST_DUE_DAYS,
    USUAL_DUE_DAYS,
    Definition,
    filters_of,
    range_with,
)
from tillsight.kpis.words import (
    AMOUNT,
    PERCENTAGE,
    SCORE,
    UNITS,
    Aggregation,
    Direction,
    Periodicity,
    usual_range,
)
from tillsight.metrics.catalogue import MEASURES

router = APIRouter(prefix="/api/kpis", tags=["KPIs"])

LABELS = {PERCENTAGE: "%", AMOUNT: "Amount", SCORE: "Score"}
COLUMNS = (
    *("id", "name", "description", "circle_id", "circle", "periodicity", "unit", "minimum"),
    *("maximum", "initial_value", "target_value", "direction", "aggregation", "owner_id", "owner"),
    *("due_days", "active", "archived", "measure", "filters", "computed_at", "computed_error"),
    "created_at",
)
# Not only spaces, and no control characters; the room says so in words.
_PRINTED = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NAME),
    Field(json_schema_extra={"pattern": _PRINTED}),
]
Unit = Annotated[str, Field(max_length=20, json_schema_extra={"enum": [*UNITS]})]
Measure = Annotated[
    str, Field(max_length=50, json_schema_extra={"enum": [one.name for one in MEASURES]})
]
LongText = Annotated[str, Field(max_length=LONGEST_TEXT)]
DueDays = Annotated[int, Field(ge=0, le=MOST_DUE_DAYS), NOT_TRUTH]
Filters = Annotated[
    dict[str, list[str]],
    Field(
        max_length=len(NOT_TIME),
        json_schema_extra={"propertyNames": {"enum": [*NOT_TIME]}},
    ),
]


class NewKpi(BaseModel):
    """A KPI to make. Without `aggregation`, `minimum` or `maximum` they are the unit's usual ones.

    A computed one has a `measure` of the catalogue, and `filters` such as {"country": ["EIRE"]}.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    circle_id: IdInBody
    periodicity: Periodicity
    unit: Unit
    target_value: Number
    initial_value: Number | None = None
    active: StrictBool = True
    direction: Direction = Direction.increase
    aggregation: Aggregation | None = None
    description: LongText = ""
    minimum: Number | None = None
    maximum: Number | None = None
    owner_id: IdInBody | None = None
    due_days: DueDays = USUAL_DUE_DAYS
    measure: Measure | None = None
    filters: Filters = Field(default_factory=dict)


class KpiChange(BaseModel):
    """What to change; what is left out stays. Null opens a range, or takes owner or measure away.

    `target_value` holds from the current period on, with `target_from` from that day on, and with
    `target_from` null for all periods.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    circle_id: IdInBody | None = None
    periodicity: Periodicity | None = None
    unit: Unit | None = None
    target_value: Number | None = None
    target_from: Day | None = None
    initial_value: Number | None = None
    active: StrictBool | None = None
    archived: StrictBool | None = None
    direction: Direction | None = None
    aggregation: Aggregation | None = None
    description: LongText | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    owner_id: IdInBody | None = None
    due_days: DueDays | None = None
    measure: Measure | None = None
    filters: Filters | None = None


class Kpi(BaseModel):
    """A KPI; `target_value` is the target in force today. Values lie from `minimum` to `maximum`,
    null is open. `may_define` and `may_enter` are about whoever asks, now.

    The values of a computed one were what the sales said at `computed_at`; where they could not be
    computed then, `computed_error` tells why, and they are those of before.
    """

    id: int
    name: str
    description: str
    circle_id: int
    circle: str
    periodicity: Periodicity
    unit: str
    minimum: float | None
    maximum: float | None
    initial_value: float
    target_value: float
    direction: Direction
    aggregation: Aggregation
    owner_id: int | None
    owner: str | None
    due_days: int
    active: bool
    archived: bool
    measure: str | None
    filters: dict[str, list[str]]
    computed_at: datetime | None
    computed_error: str | None
    created_at: datetime
    may_define: bool
    may_enter: bool


class Kpis(BaseModel):
    """One page of KPIs; `next` is the `after` of the next page."""

    kpis: list[Kpi]
    next: int | None


class UnitEntry(BaseModel):
    """A unit by its code, and what to show for it."""

    code: str
    label: str


class Units(BaseModel):
    """Units a KPI may have."""

    units: list[UnitEntry]


@router.get("", response_model=Kpis, responses=FILES)
def kpis(
    person: PersonDep,
    database: DatabaseDep,
    today: TodayDep,
    origin: OriginDep,
    circle: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Only of this circle.")
    ] = None,
    active: Annotated[bool | None, Query(description="Only those in use, or not.")] = None,
    archived: Annotated[bool | None, Query(description="Only archived ones, or not.")] = None,
    search: Annotated[
        str, Query(max_length=200, description="Part of the name or description.")
    ] = "",
    periodicity: Annotated[Periodicity | None, Query(description="Only these.")] = None,
    sort: Annotated[Order, Query(description="With - the other way round.")] = Order.name,
    after: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="Go on after this KPI.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> Kpis | StreamingResponse:
    """KPIs of all circles, with the target in force today."""
    wanted = Wanted(circle, active, archived, periodicity, search, sort)
    if format is not Format.json:
        with database.writing() as session:
            record(session, Action.exported, person, "KPIs", None, origin)
        return download(format, COLUMNS, _rows(database, wanted, today), "kpis")
    with database.reading() as session:
        found = list_kpis(session, wanted, today, after, limit + 1)
        rights = rights_of(session, person)
    following = found[limit - 1].kpi.id if len(found) > limit else None
    return Kpis(kpis=[_entry(one, rights) for one in found[:limit]], next=following)


@router.post("", status_code=201)
def create(
    person: PersonDep, database: DatabaseDep, today: TodayDep, origin: OriginDep, new: NewKpi
) -> Kpi:
    """Make a KPI; for managers who belong to its circle or made it, and admins.

    409 where there is one of this name, in any case.
    """
    given = new.model_dump(exclude_unset=True, exclude={"target_value"})
    bounds = range_with(usual_range(new.unit), given) if given.keys() & set(ENDS) else None
    said = {name: value for name, value in given.items() if value is not None and name not in ENDS}
    definition = Definition(**said, bounds=bounds)
    target = new.target_value
    kpi_id = database.changing(
        lambda session: definitions.create_kpi(session, person, definition, target, origin)
    )
    return _told(database, kpi_id, person, today)


@router.get("/units")
def units(_person: PersonDep) -> Units:
    """The units a KPI may have: currencies by their codes, percentage, amount and score."""
    return Units(units=[UnitEntry(code=one, label=LABELS.get(one, one.upper())) for one in UNITS])


@router.get("/{kpi_id}")
def one_kpi(kpi_id: Id, person: PersonDep, database: DatabaseDep, today: TodayDep) -> Kpi:
    """One KPI with the target in force today."""
    return _told(database, kpi_id, person, today)


@router.patch("/{kpi_id}")
def change(
    kpi_id: Id,
    person: PersonDep,
    database: DatabaseDep,
    today: TodayDep,
    origin: OriginDep,
    wanted: KpiChange,
) -> Kpi:
    """Change a KPI or its target, put it into the archive, or take it out again.

    For managers who belong to its circle or made it, and admins. The periodicity changes only while
    the KPI has no values (409).
    """
    changes, target = _changes(wanted), _target(wanted)

    def do(session: Session) -> None:
        definitions.change_kpi(session, person, kpi_id, changes, origin)
        if target is not None:
            definitions.set_target(session, person, kpi_id, target, today, origin)
        if wanted.archived is True:
            definitions.archive_kpi(session, person, kpi_id, origin)
        elif wanted.archived is False:
            definitions.restore_kpi(session, person, kpi_id, origin)

    database.changing(do)
    return _told(database, kpi_id, person, today)


@router.delete("/{kpi_id}")
def delete(kpi_id: Id, person: PersonDep, database: DatabaseDep, origin: OriginDep) -> Message:
    """Delete a KPI that never had a value, for those who may change it; else 409: archive it."""
    database.changing(lambda session: definitions.delete_kpi(session, person, kpi_id, origin))
    return Message(message="The KPI was deleted.")


_MAY_BE_NULL = frozenset({*ENDS, "owner_id", "measure"})
_NOT_OF_DEFINITION = {"target_value", "target_from", "archived"}


def _changes(wanted: KpiChange) -> dict[str, Any]:
    given: Mapping[str, Any] = wanted.model_dump(exclude_unset=True, exclude=_NOT_OF_DEFINITION)
    changes = {
        name: value for name, value in given.items() if value is not None or name in _MAY_BE_NULL
    }
    if "measure" in changes and changes["measure"] is None:
        changes.setdefault("filters", {})
    return changes


def _target(wanted: KpiChange) -> Target | None:
    says_from = "target_from" in wanted.model_fields_set
    if wanted.target_value is None:
        if says_from:
            raise InvalidInput("`target_from` needs a `target_value` that holds from then on.")
        return None
    for_all = says_from and wanted.target_from is None
    return Target(wanted.target_value, wanted.target_from, for_all)


def _told(database: Database, kpi_id: int, person: Person, today: date) -> Kpi:
    with database.reading() as session:
        return _entry(get_kpi(session, kpi_id, today), rights_of(session, person))


def _entry(found: Shown, rights: Rights) -> Kpi:
    return Kpi(
        **_said(found),
        may_define=rights.may_define(found.kpi.circle_id),
        may_enter=found.takes_values and rights.may_enter(found.kpi.circle_id),
    )


def _said(found: Shown) -> dict[str, Any]:
    """What is the same for whoever asks, by the names of `COLUMNS`."""
    own = {name: getattr(found.kpi, name) for name in COLUMNS if hasattr(found.kpi, name)}
    return own | {
        "circle": found.circle.name,
        "owner": found.owner and found.owner.name,
        "target_value": found.target,
        "archived": found.kpi.archived_at is not None,
        "filters": filters_of(found.kpi),
        "computed_at": found.computation and found.computation.at,
        "computed_error": found.computation and found.computation.error,
    }


def _rows(database: Database, wanted: Wanted, today: date) -> Iterator[list[list[Any]]]:
    for part in all_kpis(database, wanted, today):
        yield [[_said(one)[name] for name in COLUMNS] for one in part]
