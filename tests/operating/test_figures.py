"""Figures of the operational database, on each kind of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete

from tillsight import jobs
from tillsight.database import Database
from tillsight.operating import figures
from tillsight.sales.models import ImportState
from tillsight.warehouse import Warehouse

KIND = "of these figures"


def test_figures_of_each_database(tables: Database, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, tables)
    due = datetime.now(UTC) - timedelta(minutes=10)
    with tables.writing() as session:
        jobs.put(session, KIND, {}, due)
    found = figures.looker(tables, warehouse, tmp_path, lambda: 0)()
    with tables.writing() as session:
        session.execute(delete(jobs.Job).where(jobs.Job.kind == KIND))
    warehouse.close()
    assert found.keys() == set(figures.GAUGES)
    assert found[figures.DATABASE_UP] == {(): 1.0}
    assert found[figures.JOBS_WAITING][KIND,] == 1
    assert found[figures.JOBS_LATE][()] >= 600
    assert found[figures.IMPORTS].keys() == {(str(one),) for one in ImportState}
