"""Which mails about KPIs you get."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tillsight.api.deps import DatabaseDep, PersonDep
from tillsight.database import Database
from tillsight.kpis.mail_choices import MailKind, choose_mails, mail_choices

router = APIRouter(prefix="/api/users/me", tags=["KPIs"])

Reminders = Annotated[
    StrictBool, Field(description="A mail before values you enter are due, and one after.")
]
Weekly = Annotated[
    StrictBool, Field(description="Every Monday, where the KPIs of each of your circles stand.")
]


class MailChoices(BaseModel):
    """Which mails about KPIs you get."""

    kpi_reminders: Reminders
    kpi_digest: Weekly


class MailChoicesChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    kpi_reminders: Reminders | None = None
    kpi_digest: Weekly | None = None


@router.get("/mails")
def my_mails(person: PersonDep, database: DatabaseDep) -> MailChoices:
    """Which mails about KPIs you get; both until you say otherwise."""
    return _told(database, person.id)


@router.patch("/mails")
def choose(body: MailChoicesChange, person: PersonDep, database: DatabaseDep) -> MailChoices:
    """Have or stop mails about KPIs; only what is sent changes."""
    person.own_session()
    said = {MailKind.reminders: body.kpi_reminders, MailKind.digest: body.kpi_digest}
    wanted = {kind: wish for kind, wish in said.items() if wish is not None}
    with database.writing() as session:
        choose_mails(session, person.id, wanted)
    return _told(database, person.id)


def _told(database: Database, user_id: int) -> MailChoices:
    with database.reading() as session:
        choices = mail_choices(session, user_id)
    return MailChoices(
        kpi_reminders=choices[MailKind.reminders], kpi_digest=choices[MailKind.digest]
    )
