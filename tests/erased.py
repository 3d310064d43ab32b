"""A customer who is known from everywhere, and ways to see whether they still are."""

from contextlib import suppress
from datetime import UTC, date, datetime

import duckdb
from sqlalchemy import insert, select

from api_shop import add_person
from meaning import tables_of
from promises import circle, kpi
from purchases import enter_all, purchase, somebody
from random_lines import MEASURES
from shop import HEADER, Shop
from tillsight.accounts.models import AuditEntry, Role
from tillsight.database import Base
from tillsight.errors import BadRows
from tillsight.forecasting.models import GivenForecast
from tillsight.forecasting.words import Grain, Method, Model
from tillsight.kpis.models import Kpi
from tillsight.metrics.models import DatedNote, SavedView
from tillsight.sales.choices import Overlap
from tillsight.sales.purchase_entering import Entering, Outcome
from tillsight.sales.undo import undo
from tillsight.warehouse import Warehouse

WHO = "anna-42"
NAME = "Anna Abel"
HM = (
    "t_dat,customer_id,article_id,price,sales_channel_id\n"
    f"2024-05-01,{WHO},p1,10,1\n2024-05-01,{WHO},p2,5,1\n2024-05-02,other,p1,7,1\n"
)
NAMED = (
    "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Billing Name\n"
    f"#1,{WHO},2024-06-01 10:00:00,1,Pen,4.50,{NAME}\n"
    "#2,other,2024-06-02 10:00:00,1,Pen,4.50,Otto\n"
)
PEOPLE = f"customer_id,gender,age\n{WHO},female,34\nother,male,50\n"
BAD = (
    f"{HEADER}1,p,Pen,two,2024-06-07,10,{WHO},France\n"
    "2,p,Pen,three,2024-06-07,10,other,\n3,p,Pen,2,2024-06-07,10,other,\n"
)
UNDONE = f"{HEADER}7,p,Pen,2,2024-06-08,10,{WHO},France\n"
BY = ([], ["month", "country"], ["product"], ["segment"])


def fill(shop: Shop) -> None:
    """Have the shop hear of the customer in every way there is."""
    shop.load_text(HM)
    shop.load_text(HM.replace(",10,1", ",12,1"), overlap=Overlap.supersede)
    shop.load_text(NAMED)
    shop.load_text(PEOPLE)
    shop.load_text(BAD, skip_bad_rows=True)
    undo(shop.database, shop.load_text(UNDONE).loaded.id, None)
    with suppress(BadRows):  # what was wrong with it is kept, and quotes them
        shop.load_text(BAD.replace("two", WHO))
    with shop.database.writing() as session:
        clerk = add_person(session, "clerk@example.com", Role.editor).id
        told = {"version": 1, "created_at": datetime.now(UTC), "created_by": clerk}
        note = f"{WHO} rang, {NAME} wrote"
        day = date(2024, 5, 1)
        session.execute(
            insert(DatedNote).values(
                first_day=day, last_day=day, text=note, is_ordinary=True, **told
            )
        )
        asked = f'{{"customer": ["{WHO}", "other"]}}'
        session.execute(
            insert(SavedView).values(
                name="Anna's", name_key="x", question=asked, is_shared=False, **told
            )
        )
        session.execute(
            insert(AuditEntry).values(
                at=datetime.now(UTC),
                action="export",
                actor="clerk",
                subject="sales",
                details=f'{{"asked": "by=month&customer={WHO}"}}',
            )
        )
        team = circle(session, "Team")
        session.get_one(Kpi, kpi(session, team, "Hers", measure="revenue")).filters = asked
        by = {"grain": Grain.month, "model": Model.blend, "method": Method.blend}
        session.execute(
            insert(GivenForecast).values(
                **by,
                measure="revenue",
                question="of before",
                filters=asked,
                horizon=1,
                journal="x",
                data_version=1,
                as_of=day,
                first_day=day,
                last_day=day,
                given_at=told["created_at"],
                steps="{}",
                forecast_total=1,
            )
        )
    buy(shop, clerk, "key")


def buy(shop: Shop, clerk: int | None, key: str | None) -> Outcome:
    """What comes of a purchase of theirs that the clerk enters."""
    bought = purchase(None, [("p1", "2", "3")], customer=WHO, when="2024-05-09")
    [outcome] = enter_all(shop, [Entering(bought, clerk and somebody(clerk, Role.editor), key=key)])
    return outcome


def figures(shop: Shop) -> list:
    """All numbers; customers are told from one another, and not named."""
    found = [shop.ask(*MEASURES, by=by) for by in BY]
    each = shop.ask(*MEASURES, by=["customer"]).rows
    nameless = [{name: row[name] for name in MEASURES} for row in each]
    return [*((one.rows, one.totals) for one in found), sorted(nameless, key=str)]


def rebuilt(shop: Shop) -> dict[str, list]:
    """What a warehouse says that is made from the files as they are now."""
    other = Shop(
        shop.settings,
        shop.database,
        Warehouse(shop.settings.home, shop.database, folders=shop.folders),
    )
    try:
        return tables_of(other)
    finally:
        other.warehouse.close()


def written(shop: Shop) -> str:
    """All that is kept: files of the home folder but the warehouse, and rows of the database."""
    home = shop.settings.home
    texts = []
    with duckdb.connect() as duck:
        for path in sorted(home.rglob("*")):
            kept = path.parent.name in {"sales", "rejects"} or "incoming" in path.parts
            if not kept or not path.is_file():
                continue
            if path.suffix == ".parquet":
                texts.append(str(duck.read_parquet(str(path)).fetchall()))
            else:
                texts.append(path.read_text(encoding="utf-8", errors="replace"))
    with shop.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            texts += [str(tuple(row)) for row in session.execute(select(table))]
    return "\n".join(texts)
