"""What is removed by a purge, what stays, and what is told of an import whose rows are gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from api_shop import add_person, signed_in
from erased import rebuilt
from meaning import tables_of
from purchases import enter_all, purchase, somebody
from shop import HEADER, Shop
from tillsight.accounts.links import issue
from tillsight.accounts.models import AuditEntry, OneTimeToken, Purpose, Role, UserSession
from tillsight.errors import Conflict
from tillsight.operating.retention import Policy, Purged, Rounds, due, purge
from tillsight.sales.choices import Overlap
from tillsight.sales.models import DroppedFile, IdempotencyKey, Import, JournalEntry
from tillsight.sales.purchase_entering import Entering
from tillsight.sales.undo import redo, undo
from tillsight.settings import Settings

FIRST = f"{HEADER}1,p,Pen,2,2024-05-07,10,c1,France\n2,p,Pen,1,2024-05-08,10,c2,France\n"
SECOND = f"{HEADER}1,p,Pen,3,2024-05-07,10,c1,France\nx,p,Pen,bad,2024-05-07,10,c1,France\n"
POLICY = Policy(undone_days=30, audit_days=365)
NOTHING = Purged(0, 0, 0, 0, 0, 0)


@pytest.fixture
def old(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    """A shop of each database where something of everything is due."""
    shop = open_shop(settings.model_copy(update={"database_url": url}))
    shop.load_text(FIRST)
    shop.load_text(SECOND, overlap=Overlap.supersede, skip_bad_rows=True)
    shop.warehouse.catch_up(60)
    undo(shop.database, 2, None)
    long_ago = datetime.now(UTC) - timedelta(days=400)
    with shop.database.writing() as session:
        clerk = add_person(session, "clerk@example.com", Role.editor)
        signed_in(session, shop, clerk)
        issue(session, Purpose.invite, clerk.id)
        number = clerk.id
    bought = Entering(purchase(), somebody(number, Role.editor), key="key")
    enter_all(shop, [bought])
    with shop.database.writing() as session:
        session.execute(update(JournalEntry).values(at=long_ago))
        session.execute(update(UserSession).values(ended_at=long_ago))
        session.execute(update(OneTimeToken).values(expires_at=long_ago))
        session.execute(update(IdempotencyKey).values(created_at=long_ago))
        session.execute(update(AuditEntry).values(at=long_ago))
        signed_in(session, shop, session.get_one(type(clerk), number))
    return shop


def test_a_purge_removes_what_is_due_and_nothing_else(old: Shop) -> None:
    before = tables_of(old)
    with old.database.reading() as session:
        undone = session.get_one(Import, 2)
        audited = session.scalar(select(func.count()).select_from(AuditEntry))
        files = [old.folders.batches / undone.batch, old.folders.batches / undone.hidden]
        files.append(old.folders.rejects / undone.rejects)
    told = due(old.database, POLICY)
    assert told == Purged(1, files[0].stat().st_size, 1, 1, 1, audited - 1)
    assert all(file.exists() for file in files)
    assert purge(old.database, old.folders, POLICY) == told
    assert [file for file in files if file.exists()] == []
    assert due(old.database, POLICY) == purge(old.database, old.folders, POLICY) == NOTHING
    with old.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 1
        assert session.scalar(select(func.count()).select_from(DroppedFile)) == 0
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "purge"))
    assert '"imports": 1' in entry.details
    with pytest.raises(Conflict, match="its rows were removed on"):
        redo(old.database, 2, None)
    assert tables_of(old) == rebuilt(old) == before
    again = old.load_text(SECOND, overlap=Overlap.supersede, skip_bad_rows=True)
    assert (again.added, again.redone, again.loaded.id) == (True, False, 3)
    assert tables_of(old) == rebuilt(old)


def test_by_default_imports_and_the_audit_log_are_kept_for_ever(old: Shop) -> None:
    told = due(old.database, Policy.of(old.settings))
    assert (told.imports, told.bytes, told.audit_entries) == (0, 0, 0)
    assert (told.sign_ins, told.links, told.answers) == (1, 1, 1)


def test_what_was_undone_lately_can_be_redone(shop: Shop) -> None:
    number = shop.load_text(FIRST).loaded.id
    undo(shop.database, number, None)
    assert purge(shop.database, shop.folders, POLICY) == NOTHING
    redo(shop.database, number, None)
    assert shop.ask("revenue").totals == {"revenue": 30.0}


def test_a_warehouse_that_still_has_the_rows_follows(
    settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    shop = open_shop(settings)
    shop.load_text(FIRST)
    assert shop.ask("revenue").totals == {"revenue": 30.0}
    undo(shop.database, 1, None)
    redo(shop.database, 1, None)
    undo(shop.database, 1, None)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with shop.database.writing() as session:
        session.execute(update(JournalEntry).values(at=long_ago))
    assert purge(shop.database, shop.folders, POLICY).imports == 1
    assert shop.ask("revenue").totals == {"revenue": 0}
    assert tables_of(shop) == rebuilt(shop)


def test_servers_purge_once_a_day(shop: Shop) -> None:
    undo(shop.database, shop.load_text(FIRST).loaded.id, None)
    long_ago = datetime.now(UTC) - timedelta(days=2)
    with shop.database.writing() as session:
        session.execute(update(JournalEntry).values(at=long_ago))
    rounds = Rounds(shop.settings.model_copy(update={"keep_undone_days": 1}), shop.database)
    rounds.look()
    rounds.look()
    with shop.database.reading() as session:
        assert session.get_one(Import, 1).purged_at is not None
        done = select(func.count()).where(AuditEntry.action == "purge")
        assert session.scalar(done) == 1
