"""The queue and the leases."""

import json
import multiprocessing
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select, update

from mail_server import wait_for
from prepared import READ
from shop import Shop
from tillsight import jobs
from tillsight.jobs import Hopeless, Job, Payload, Recurring, Worker
from worker import take_lease


def put(shop: Shop, kind: str = "greet", **payload: object) -> None:
    with shop.database.writing() as session:
        jobs.put(session, kind, payload)


def stored(shop: Shop) -> list[Job]:
    with shop.database.reading() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def change(shop: Shop, **values: object) -> None:
    with shop.database.writing() as session:
        session.execute(update(Job).values(**values))


def failing(error: Exception) -> dict[str, jobs.Handler]:
    def fail(_payload: Payload) -> None:
        raise error

    return {"greet": fail}


def test_a_job_is_done_once(shop: Shop) -> None:
    seen: list[Payload] = []
    put(shop, name="Ada")
    assert jobs.run_due(shop.database, {"greet": seen.append})
    assert not jobs.run_due(shop.database, {"greet": seen.append})
    assert seen == [{"name": "Ada"}]
    [job] = stored(shop)
    assert job.done_at is not None
    assert job.attempts == 1
    assert job.payload == "{}"


def test_a_job_exists_only_if_its_transaction_commits(shop: Shop) -> None:
    with shop.database.writing() as session:
        jobs.put(session, "greet", {})
        session.flush()
        session.rollback()
    assert stored(shop) == []


def test_others_kinds_and_later_jobs_are_left_alone(shop: Shop) -> None:
    put(shop, kind="of a newer version")
    with shop.database.writing() as session:
        jobs.put(session, "greet", {}, run_at=datetime.now(UTC) + timedelta(hours=1))
    assert not jobs.run_due(shop.database, {"greet": pytest.fail})


def test_what_fails_is_tried_again_later_and_later_and_then_given_up(shop: Shop) -> None:
    put(shop)
    handlers = failing(ConnectionError("secret@example.com refused"))
    delays = []
    for attempt in range(1, jobs.TRIES + 1):
        assert jobs.run_due(shop.database, handlers)
        assert not jobs.run_due(shop.database, handlers)
        [job] = stored(shop)
        assert (job.attempts, job.error) == (attempt, "ConnectionError")
        delays.append((job.run_at - datetime.now(UTC)).total_seconds())
        change(shop, run_at=datetime.now(UTC))
    assert job.failed_at is not None
    assert [round(one) for one in delays[:4]] == [5, 15, 45, 135]
    assert max(delays) <= 3600
    assert not jobs.run_due(shop.database, handlers)


def test_what_is_hopeless_is_given_up_at_once(shop: Shop) -> None:
    put(shop)
    jobs.run_due(shop.database, failing(Hopeless("The server refuses the address (550).")))
    [job] = stored(shop)
    assert job.failed_at is not None
    assert job.error == "The server refuses the address (550)."


def test_work_of_a_server_that_died_is_taken_up_when_its_claim_runs_out(shop: Shop) -> None:
    put(shop)
    lost = jobs.claim(shop.database, ["greet"])
    assert lost is not None
    assert jobs.claim(shop.database, ["greet"]) is None
    change(shop, claimed_until=datetime.now(UTC) - timedelta(seconds=1))
    again = jobs.claim(shop.database, ["greet"])
    assert again is not None
    assert again.attempts == 2
    jobs.retry(shop.database, lost, "too late")  # the one thought dead has nothing to say any more
    [job] = stored(shop)
    assert job.claimed_until is not None
    jobs.done(shop.database, again)
    assert stored(shop)[0].done_at is not None


def test_a_worker_begins_soon_after_the_commit_and_stops_quickly(shop: Shop) -> None:
    seen: list[Payload] = []
    worker = Worker(shop.database, {"greet": seen.append})
    worker.start()
    for number in range(5):
        put(shop, number=number)
        wait_for(lambda: len(seen) == number + 1, seconds=1)  # noqa: B023
    worker.stop()
    put(shop, number=5)
    assert [one["number"] for one in seen] == [0, 1, 2, 3, 4]
    another = Worker(shop.database, {"greet": seen.append})
    another.start()
    wait_for(lambda: len(seen) == 6)
    another.stop()


def test_a_worker_outlives_what_fails(shop: Shop) -> None:
    seen: list[Payload] = []
    handlers = failing(RuntimeError("no")) | {"cheer": seen.append}
    worker = Worker(shop.database, handlers)
    worker.start()
    put(shop)
    put(shop, kind="cheer")
    wait_for(lambda: len(seen) == 1, seconds=5)
    worker.stop()


def test_a_slow_job_does_not_hold_up_the_shutdown_nor_get_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STOP_SECONDS", 0.2)
    begun, go_on = Event(), Event()

    def slow(_payload: Payload) -> None:
        begun.set()
        go_on.wait(20)

    worker = Worker(shop.database, {"greet": slow})
    worker.start()
    put(shop)
    assert begun.wait(5)
    before = datetime.now(UTC)
    worker.stop()
    assert datetime.now(UTC) - before < timedelta(seconds=2)
    [job] = stored(shop)
    assert job.done_at is None
    go_on.set()
    wait_for(lambda: stored(shop)[0].done_at is not None)


def test_a_clock_that_was_ahead_keeps_nothing_from_being_done(shop: Shop) -> None:
    """A server put, claimed and leased with a clock ten years ahead, and was set right again."""
    ahead = datetime.now(UTC) + timedelta(days=3650)
    put(shop)
    change(shop, run_at=ahead, claimed_until=ahead, attempts=1)
    seen: list[Payload] = []
    assert jobs.run_due(shop.database, {"greet": seen.append})
    assert not jobs.run_due(shop.database, {"greet": seen.append})
    assert seen == [{}]
    span = timedelta(seconds=60)
    assert jobs.lease(shop.database, "rounds", span, holder="gone")
    assert not jobs.lease(shop.database, "rounds", span, holder="here")
    with shop.database.writing() as session:
        session.execute(update(jobs.Lease).values(until=ahead))
    assert jobs.lease(shop.database, "rounds", span, holder="here")
    assert not jobs.lease(shop.database, "rounds", span, holder="another")


def test_old_jobs_are_removed_and_waiting_ones_kept(shop: Shop) -> None:
    for _ in range(3):
        put(shop)
    jobs.run_due(shop.database, {"greet": print})
    jobs.run_due(shop.database, failing(Hopeless("no")))
    old = datetime.now(UTC) - timedelta(days=8)
    with shop.database.writing() as session:
        session.execute(update(Job).where(Job.done_at.is_not(None)).values(done_at=old))
        session.execute(update(Job).where(Job.failed_at.is_not(None)).values(failed_at=old))
    jobs.remove_old(shop.database)
    assert [job.done_at for job in stored(shop)] == [None]
    assert json.loads(stored(shop)[0].payload) == {}


def claims_once(shop: Shop) -> None:
    """Of many who claim at once, each job goes to one; of many leases, one is had."""
    for _ in range(6):
        put(shop)
    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda _: jobs.claim(shop.database, ["greet"]), range(16)))
        got = [one.id for one in claimed if one is not None]
        assert len(got) == len(set(got))
        while (one := jobs.claim(shop.database, ["greet"])) is not None:
            got.append(one.id)
        assert sorted(got) == sorted({job.id for job in stored(shop)})
        taken = pool.map(
            lambda holder: jobs.lease(shop.database, "sweep", timedelta(hours=1), holder),
            "abcdefgh",
        )
        assert sum(taken) == 1


def test_claims_and_leases_go_to_one(shop: Shop) -> None:
    claims_once(shop)


def test_recurring_work_goes_on_after_a_failure_and_ends_when_stopped(shop: Shop) -> None:
    rounds: list[int] = []

    def work() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise ConnectionError

    recurring = Recurring(shop.database, "sweep", timedelta(milliseconds=20), work)
    recurring.start()
    wait_for(lambda: len(rounds) >= 3)
    recurring.stop()
    assert not recurring._thread.is_alive()


def test_recurring_work_is_left_to_whoever_holds_the_lease(shop: Shop) -> None:
    rounds: list[int] = []
    assert jobs.lease(shop.database, "sweep", timedelta(hours=1), "another server")
    recurring = Recurring(
        shop.database, "sweep", timedelta(milliseconds=20), lambda: rounds.append(1)
    )
    recurring.start()
    time.sleep(0.2)
    assert rounds == []
    assert jobs.lease(shop.database, "sweep", timedelta(seconds=-1), "another server")
    wait_for(lambda: len(rounds) > 0)
    recurring.stop()


def test_a_lease_is_renewed_by_its_holder_and_runs_out_for_others(shop: Shop) -> None:
    hour = timedelta(hours=1)
    assert jobs.lease(shop.database, "sweep", hour, "a")
    assert jobs.lease(shop.database, "sweep", hour, "a")
    assert not jobs.lease(shop.database, "sweep", hour, "b")
    assert jobs.lease(shop.database, "else", hour, "b")
    assert jobs.lease(shop.database, "sweep", timedelta(seconds=-1), "a")
    assert jobs.lease(shop.database, "sweep", hour, "b")
    assert not jobs.lease(shop.database, "sweep", hour, "a")


def test_of_forked_processes_one_gets_a_lease(shop: Shop, tmp_path: Path) -> None:
    """They have all that their parent had read in, the module's own values among it."""
    assert "tillsight.server" in READ  # and with it what is tested here
    taken = tmp_path / "taken"
    processes = [
        forking.Process(target=take_lease, args=(shop.settings.resolved_database_url, taken))
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sorted(taken.read_text().split()) == ["False", "False", "False", "True"]


forking = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
