"""Keeps a home of this release, so that the releases to come are tested to open it.

    python scripts/make_home.py

Makes a small shop by the program itself, and writes `tests/homes/VERSION.tar.gz`: its database, its
files of sales, and in `answers.json` what it says. Nobody in it has a password, and no secret is in
it. `tests/operating/test_upgrading.py` goes through all of them.
"""

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from tillsight import __version__
from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.circles import create_circle
from tillsight.accounts.models import Role, User
from tillsight.database import Database
from tillsight.demo_kpis import person_of
from tillsight.kpis.changes import Cause
from tillsight.kpis.definitions import create_kpi
from tillsight.kpis.holding import hold_one
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.terms import Definition
from tillsight.kpis.values import write
from tillsight.kpis.words import Direction, Periodicity, Why
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question
from tillsight.sales.choices import Choices, Locale, Overlap
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading
from tillsight.sales.purchase_checks import Item, Typed, checked
from tillsight.sales.purchase_entering import Entering, enter_purchases
from tillsight.sales.undo import undo
from tillsight.warehouse import Warehouse

HOMES = Path(__file__).parent.parent / "tests" / "homes"
ANSWERS = "answers.json"
SALES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
FILES = {
    "spring.csv": SALES
    + "".join(
        f"{day},p{day % 4},Pen {day % 4},{day % 5 - 1},2024-03-{day:02} 1{day % 9}:00,{day}.25,"
        f"{f'c{day % 6}' if day % 7 else ''},{('France', 'EIRE', '')[day % 3]}\n"
        for day in range(1, 29)
    ),
    "summer.csv": SALES
    + "27,p1,Pen 1,2,2024-06-01 10:00,27.25,c3,France\n"
    + "s1,p9,Cup,3,2024-06-02 11:00,4.50,c9,Peru\n",
    "mistake.csv": SALES + "m1,p1,Pen 1,99,2024-06-03 10:00,99,c1,France\n",
    "customers.csv": "customer_id,gender,age\nc1,female,34\nc3,other,65\n",
    "products.csv": "product_id,product_name,category,price\np1,Fountain pen,Pens,12.50\n",
}
MISTAKE = "mistake.csv"
MEASURES = ("revenue", "returns", "orders", "units", "lines", "customers", "products")
GROUPS: tuple[list[str], ...] = ([], ["month", "country"], ["customer"], ["category"], ["gender"])


def main() -> None:
    """Write the home of this release, in place of one that is there."""
    with TemporaryDirectory() as name:
        home = Path(name)
        with opened(home) as (database, warehouse):
            fill(home, database)
            told = answers(database, warehouse)
        (home / ANSWERS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        with sqlite3.connect(home / "tillsight.db") as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        HOMES.mkdir(exist_ok=True)
        with tarfile.open(HOMES / f"{__version__}.tar.gz", "w:gz") as archive:
            for kept in ("tillsight.db", "sales", ANSWERS):
                archive.add(home / kept, kept)


@contextmanager
def opened(home: Path) -> Iterator[tuple[Database, Warehouse]]:
    """The shop of a home, as every command opens it."""
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    try:
        database.upgrade()
        warehouse = Warehouse(home, database)
        try:
            yield database, warehouse
        finally:
            warehouse.close()
    finally:
        database.close()


def fill(home: Path, database: Database) -> None:
    """Sales from files, one of them undone, a purchase, and a KPI with values."""
    for name, text in FILES.items():
        path = home / name
        path.write_text(text, encoding="utf-8")
        loading = Loading(path, name, None, Choices(overlap=Overlap.supersede))
        loaded = load(database, Folders(home), Locale("UTC", "GBP"), loading).loaded
        if name == MISTAKE:
            undo(database, loaded.id, None)
    item = Item("p1", Decimal(2), Decimal("12.50"))
    typed = Typed("Ada", "Peru", "2024-07-01", None, [item])
    enter_purchases(database, [Entering(checked(typed, "UTC"), None)])
    with database.writing() as session:
        session.add(
            User(
                email="ada@example.com",
                username="ada",
                password_hash="",
                role=Role.admin,
                is_active=True,
                is_verified=True,
                created_at=datetime(2024, 1, 1, tzinfo=UTC),
            )
        )
        session.flush()
        ada = person_of(session.scalars(select(User)).one())
        visitors = Definition(
            name="Visitors",
            circle_id=create_circle(session, ada, "Shops", TERMINAL),
            periodicity=Periodicity.monthly,
            unit="amount",
            initial_value=Decimal(0),
            direction=Direction.increase,
        )
        kpi = hold_one(session, create_kpi(session, ada, visitors, Decimal(5000), TERMINAL))
        for month, value in ((3, "410"), (4, "432.5")):
            write(session, kpi, date(2024, month, 1), Decimal(value), "", Cause(Why.typed, ada.id))


def answers(database: Database, warehouse: Warehouse) -> dict[str, Any]:
    """What a shop says, however it is stored."""
    warehouse.catch_up(wait=120)
    asked = [answer(warehouse, Question(MEASURES, by=by)) for by in GROUPS]
    with database.reading() as session:
        values = session.execute(
            select(Kpi.name, KpiValue.period_start, KpiValue.value)
            .join(Kpi, Kpi.id == KpiValue.kpi_id)
            .order_by(KpiValue.period_start)
        ).all()
        people = session.scalars(select(User.username)).all()
    sales = [{"rows": one.rows, "totals": one.totals} for one in asked]
    told = {"sales": sales, "values": [[*row] for row in values], "people": [*people]}
    as_json: dict[str, Any] = json.loads(json.dumps(told, default=_plain))
    return as_json


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


if __name__ == "__main__":
    main()
