"""What one server does for all: once while several run, and by another when that one is killed."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select, update

from computed_kpis import changes_of, restatements_of, team_of
from given_forecasts import DAY, START, amounts, between, file_of, give, stored
from mail_server import wait_for
from rounds import with_short_rounds_and_long_leases
from serving import Server, started
from shop import HEADER, Shop
from tillsight.accounts.models import AuditEntry
from tillsight.forecasting import scoring
from tillsight.jobs import Lease
from tillsight.kpis import follower
from tillsight.operating import retention
from tillsight.sales.models import Import, JournalEntry
from tillsight.sales.undo import undo
from tillsight.settings import Settings

SOLD = amounts(160)
GIVEN = date(2024, 4, 29)
FIRST = GIVEN + DAY
"""The first day of a forecast, a Tuesday."""
ROUNDS = (follower.LEASE, scoring.LEASE, retention.LEASE)


def sell(shop: Shop, first: int, end: int) -> None:
    """Load days that there is a forecast of, by their numbers in it."""
    shop.load_text(file_of(between(SOLD, FIRST + first * DAY, FIRST + end * DAY)))


def undone(shop: Shop, name: str) -> int:
    """An import that counts no more, for a moment only."""
    number = shop.load_text(f"{HEADER}{name},p,Pen,1,2024-01-05,1,c,Peru\n").loaded.id
    undo(shop.database, number, None)
    return number


def make_due(shop: Shop, number: int) -> None:
    """As if an import had been undone long ago."""
    then = datetime.now(UTC) - timedelta(days=2)
    with shop.database.writing() as session:
        session.execute(
            update(JournalEntry).where(JournalEntry.import_id == number).values(at=then)
        )


def is_purged(shop: Shop, number: int) -> bool:
    with shop.database.reading() as session:
        return session.get_one(Import, number).purged_at is not None


def purges(shop: Shop) -> int:
    with shop.database.reading() as session:
        return session.scalar(select(func.count()).where(AuditEntry.action == "purge")) or 0


def holders(shop: Shop, *names: str) -> set[int]:
    """The processes that hold some leases."""
    with shop.database.reading() as session:
        held = session.scalars(select(Lease.holder).where(Lease.name.in_(names)))
        return {int(one.split("-")[0]) for one in held}


def let_run_out(shop: Shop, process: int) -> None:
    """As if the time of the leases of a process that was killed were over."""
    with shop.database.writing() as session:
        theirs = update(Lease).where(Lease.holder.startswith(f"{process}-"))
        session.execute(theirs.values(until=datetime.now(UTC) - DAY))


def test_works_are_done_once_and_taken_over_from_a_server_that_is_killed(
    postgres: Callable[[str], str], settings: Settings, open_shop: Callable[[Settings], Shop]
) -> None:
    """Values of a KPI, scores of a forecast, and purges, on one PostgreSQL."""
    url = postgres(f"w{uuid4().hex[:12]}")
    shop = open_shop(settings.model_copy(update={"database_url": url}))
    shop.load_text(file_of(between(SOLD, START, FIRST)))
    give(shop, GIVEN)
    kpi = team_of(shop).kpi()
    first, second = (undone(shop, name) for name in ("a", "b"))
    make_due(shop, first)
    sell(shop, 0, 3)

    def serve() -> AbstractContextManager[Server]:
        given = {"DATABASE_URL": url, "KEEP_UNDONE_DAYS": "1"}
        return started(settings.home, run=with_short_rounds_and_long_leases, **given)

    def is_done(steps: int, restated: int) -> bool:
        scored = stored(shop)[0].steps_scored >= steps
        return (
            scored and bool(changes_of(shop, kpi)) and len(restatements_of(shop, kpi)) >= restated
        )

    with ExitStack() as stack:
        one = stack.enter_context(serve())
        wait_for(lambda: is_done(3, 0) and is_purged(shop, first), 60)
        other = stack.enter_context(serve())
        make_due(shop, second)
        sell(shop, 3, 5)
        wait_for(lambda: is_done(5, 1), 60)
        assert holders(shop, scoring.LEASE, retention.LEASE) == {one.process.pid}
        assert (purges(shop), is_purged(shop, second)) == (1, False)  # once a day
        one.process.kill()
        one.process.wait(20)
        let_run_out(shop, one.process.pid)
        sell(shop, 5, 9)
        wait_for(lambda: is_done(9, 2) and is_purged(shop, second), 60)
        assert holders(shop, *ROUNDS) == {other.process.pid}
    assert purges(shop) == 2
    assert len(restatements_of(shop, kpi)) == 2
    assert {*Counter(one.period_start for one in changes_of(shop, kpi)).values()} == {1}
