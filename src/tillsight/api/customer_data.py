"""What is held about one customer: told to the person themself, and forgotten."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from tillsight.accounts.audit import Action, record
from tillsight.api.deps import (
    DatabaseDep,
    OriginDep,
    PersonDep,
    SettingsDep,
    TodayDep,
    WarehouseDep,
)
from tillsight.errors import InvalidInput
from tillsight.operating.customer_data import erase_customer
from tillsight.operating.customer_export import as_json, export_customer
from tillsight.sales.folders import Folders

router = APIRouter(prefix="/api/customers", tags=["Customers"])

HELD: dict[int | str, dict[str, object]] = {
    200: {"description": "All that is held", "content": {"application/json": {}}}
}
SHOWN_WITHIN = 20.0
"""Seconds the answer is held back until this server's questions know of it."""


class Confirmation(BaseModel):
    """The id once more, as it cannot be taken back."""

    model_config = ConfigDict(extra="forbid")

    customer_id: Annotated[str, Field(min_length=1, max_length=1000)]


class ErasedCustomer(BaseModel):
    """The version of the data from which on nothing names the customer, and of how many imports and
    purchases that changed something.
    """

    data_version: int
    imports: int
    purchases: int


@router.get("/{customer_id:path}/export", response_class=Response, responses=HELD)
def export(
    customer_id: str,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    today: TodayDep,
    origin: OriginDep,
) -> Response:
    """Everything the shop holds about a customer, as a JSON file for the person themself."""
    held = export_customer(database, warehouse, Folders.of(settings), customer_id, today)
    with database.writing() as session:
        record(session, Action.customer_exported, person, "customer", None, origin)
    return Response(
        as_json(held),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="customer.json"'},
    )


@router.post("/{customer_id:path}/erase")
def erase(
    customer_id: str,
    confirmation: Confirmation,
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
) -> ErasedCustomer:
    """Forget who a customer is, for good: their sales stay and count, under a pseudonym.

    The body repeats the id of the path.
    """
    if confirmation.customer_id != customer_id:
        raise InvalidInput(
            "The id in the body is not that of the path, so nothing was changed. Repeat it exactly."
        )
    done = erase_customer(database, Folders.of(settings), customer_id, person, origin)
    warehouse.show_soon(SHOWN_WITHIN)
    return ErasedCustomer(data_version=done.version, imports=done.imports, purchases=done.purchases)
