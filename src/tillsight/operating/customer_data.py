"""Erasing a customer, and doing it again after a restore.

Files, purchases and the journal are the business of `sales/erasing.py`; here is what else names
customers: notes, saved questions, KPIs and forecasts of one customer, and what was exported.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.audit import TERMINAL, Action, record
from tillsight.accounts.models import AuditEntry
from tillsight.accounts.sessions import Origin, Person
from tillsight.database import Database
from tillsight.errors import NotFound
from tillsight.forecasting.given import question_of, write_filters
from tillsight.forecasting.models import GivenForecast
from tillsight.kpis.models import Kpi, KpiComputation
from tillsight.metrics.models import DatedNote, SavedView
from tillsight.sales.candidates import named_customers
from tillsight.sales.erasing import Done, Erasing, Names, erase
from tillsight.sales.erasures import Erased, Key, add_erased, all_erased, erased_at, kept_key
from tillsight.sales.folders import Folders
from tillsight.sales.pseudonyms import renamed_in_words

CUSTOMER = "customer"
"""The dimension whose values are ids of customers."""


@dataclass(frozen=True)
class Applied:
    """What came of applying erasures again: customers who were named and are erased now, at which
    version of the journal, and of how many erasures nobody can tell whom they mean, because their
    key is not in the home folder.
    """

    customers: int
    version: int | None
    without_key: int


def erase_customer(
    database: Database,
    folders: Folders,
    customer_id: str,
    person: Person | None,
    origin: Origin = TERMINAL,
) -> Done:
    """Have a customer be nobody, for good; nobody is the terminal.

    Raises:
        NotFound: nothing names this customer.
        Unavailable: the file of an import is missing.
        NoSpace: the disk is full.
    """

    def also(session: Session, names: Names, version: int) -> None:
        _rename_elsewhere(session, names)
        record(session, Action.customer_erased, person, "customer", {"version": version}, origin)

    try:
        user_id = person.id if person else None
        return erase(database, folders, Erasing({customer_id: None}, also, user_id))
    except NotFound:
        raise _nobody(database, kept_key(folders.kept), customer_id) from None


def apply_erasures(database: Database, folders: Folders, more: Iterable[Erased] = ()) -> Applied:
    """Erase again whoever was erased and is named once more: after a restore of an older backup.

    `more` are erasures of another database, such as the one that was there before the restore
    (`sales.erasures.all_erased` lists them); they are remembered from now on.

    Raises:
        Unavailable: the file of an import is missing.
        NoSpace: the disk is full.
    """
    with database.writing() as session:
        add_erased(session, more)
    with database.reading() as session:
        erased = all_erased(session)
    key = kept_key(folders.kept)
    days = {
        one.customer_hash: one.erased_at for one in erased if key and one.key_check == key.check
    }
    found = named_customers(database, folders, key, days) if key and days else []

    def also(session: Session, names: Names, version: int) -> None:
        _rename_elsewhere(session, names)
        details = {"version": version, "again": len(found)}
        record(session, Action.customer_erased, None, "customers", details)

    version = None
    if key and found:
        when = {one: days[key.customer(one)] for one in found}
        version = erase(database, folders, Erasing(when, also)).version
    return Applied(len(found), version, len(erased) - len(days))


def _nobody(database: Database, key: Key | None, customer_id: str) -> NotFound:
    day = erased_at(database, key, customer_id) if key else None
    if day is not None:
        return NotFound(f"This customer was erased on {day:%Y-%m-%d}, and nothing names them now.")
    return NotFound(
        "Nothing names this customer: no import, no purchase, no rejected row. An id is written as"
        " in the file, with its capitals."
    )


def _rename_elsewhere(session: Session, names: Names) -> None:
    """Everything beside the sales that names one of them."""
    for note in session.scalars(select(DatedNote)):
        note.text = renamed_in_words(note.text, names)
    for view in session.scalars(select(SavedView)):
        view.question = _renamed_filters(view.question, names)
    for kpi in session.scalars(select(Kpi).where(Kpi.filters.contains(CUSTOMER))):
        kpi.filters = _renamed_filters(kpi.filters, names)
    computed = select(KpiComputation).where(KpiComputation.filters.contains(CUSTOMER))
    for one in session.scalars(computed):
        one.filters = _renamed_filters(one.filters, names)
    given = select(GivenForecast).where(GivenForecast.filters.contains(CUSTOMER))
    for forecast in session.scalars(given):
        forecast.filters = write_filters(json.loads(_renamed_filters(forecast.filters, names)))
        forecast.question = question_of(
            forecast.measure, forecast.grain, forecast.filters, forecast.model
        )
    _rename_in_audit(session, names)


def _rename_in_audit(session: Session, names: Names) -> None:
    """Who exported what is kept with what they asked for."""
    told = select(AuditEntry).where(
        AuditEntry.action == Action.exported, AuditEntry.details.contains(CUSTOMER)
    )
    for entry in session.scalars(told):
        details = json.loads(entry.details)
        pairs = parse_qsl(str(details.get("asked", "")), keep_blank_values=True)
        renamed = [(name, names.get(value, value)) for name, value in pairs]
        if renamed != pairs:
            details["asked"] = urlencode(renamed)
            entry.details = json.dumps(details, ensure_ascii=False)


def _renamed_filters(written: str, names: Names) -> str:
    filters: Mapping[str, Sequence[str]] = json.loads(written)
    theirs = filters.get(CUSTOMER, [])
    renamed = [names.get(one, one) for one in theirs]
    if renamed == list(theirs):
        return written
    return json.dumps({**filters, CUSTOMER: renamed})
