"""Mails about KPIs, through a real mail server: who gets which, when, and that each comes once."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api_shop import Api
from mail_server import Inbox, mail_server, parts, wait_for
from promises import circle, day, kpi, person, value
from rounds import with_short_rounds
from serving import started
from shop import Shop
from test_mail import given, smtp
from tillsight import jobs
from tillsight.accounts.models import CircleMember, Role, User
from tillsight.database import Database
from tillsight.jobs import Job, Lease
from tillsight.kpis.mail_choices import MailKind, choose_mails, mail_choices
from tillsight.kpis.mails import Rounds, handlers, mail_day, put_mails
from tillsight.kpis.models import KpiMail
from tillsight.settings import Settings

ZURICH = ZoneInfo("Europe/Zurich")
DAY = timedelta(days=1)
JANUARY = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as started:
        yield started


@pytest.fixture
def mailing(shop: Shop, inbox: Inbox) -> Settings:
    """Settings of the shop that send to the inbox."""
    return given(shop.settings, inbox.port, TIMEZONE="Europe/Zurich", URL="https://kpi.example")


def sent(shop: Shop, mailing: Settings, today: str) -> int:
    """Put and send the mails of a day; says how many were new."""
    put = put_mails(shop.database, day(today), ZURICH)
    send(shop, mailing)
    return put


def send(shop: Shop, mailing: Settings) -> None:
    while jobs.run_due(shop.database, handlers(mailing, shop.database)):
        pass


def told(inbox: Inbox, number: int = -1) -> list[str]:
    """The lines of a mail that begin with a dash, which have to stand in both of its parts."""
    text, html = parts(inbox.mails[number])
    lines = re.findall(r"^- (.*)$", text, re.MULTILINE)
    assert re.findall(r"<li>(.*)</li>", html) == lines
    return lines


@pytest.mark.parametrize(
    ("utc", "told_on"),
    [
        ("2026-03-23T06:59:59", None),
        ("2026-03-23T07:00:00", "2026-03-23"),
        ("2026-03-29T05:59:59", None),  # the night that is an hour shorter is over
        ("2026-03-29T06:00:00", "2026-03-29"),
        ("2026-10-25T06:59:59", None),  # and the one that is an hour longer
        ("2026-10-25T07:00:00", "2026-10-25"),
        ("2026-12-31T22:59:59", "2026-12-31"),
        ("2026-12-31T23:00:00", None),
    ],
)
def test_mails_are_sent_from_eight_by_the_shops_clock(utc: str, told_on: str | None) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert mail_day(at, ZURICH) == (None if told_on is None else day(told_on))


def editor(session: Session, name: str, *circles: int, **more) -> int:
    """Somebody who enters values, and wants reminders alone."""
    added = person(session, name, more.pop("role", Role.editor), *circles, **more)
    choose_mails(session, added, {MailKind.digest: False})
    return added


def test_a_mail_comes_three_days_before_and_one_the_day_after(
    shop: Shop, mailing: Settings, inbox: Inbox
) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        editor(session, "ada", sales)
        kpi(session, sales, "Revenue", unit="chf", created_at=JANUARY)
    came = {}
    for one in range(28):
        today = f"{day('2026-02-01') + one * DAY}"
        if sent(shop, mailing, today):
            came[today] = str(inbox.mails[-1]["Subject"]), told(inbox)
    assert came == {
        "2026-02-07": (
            "KPI values: 1 due soon",
            ["Revenue, 2026-01: due on 10 February 2026, in 3 days"],
        ),
        "2026-02-11": (
            "KPI values: 1 overdue",
            ["Revenue, 2026-01: was due on 10 February 2026, 1 day ago"],
        ),
    }
    assert [one["To"] for one in inbox.mails] == ["ada@example.com"] * 2


@pytest.mark.parametrize(
    ("periodicity", "due_days", "from_to", "days"),
    [
        ("weekly", 3, ("2026-02-02", "2026-02-09"), ["2026-02-03", "2026-02-05"]),
        ("weekly", 0, ("2026-02-02", "2026-02-08"), ["2026-02-02", "2026-02-08"]),
        ("daily", 2, ("2026-02-01", "2026-02-02"), ["2026-02-01", "2026-02-02"]),
        ("monthly", 1, ("2026-02-01", "2026-02-20"), ["2026-02-01", "2026-02-02"]),
        ("monthly", 0, ("2026-02-01", "2026-03-02"), ["2026-02-01", "2026-02-28", "2026-03-01"]),
        ("quarterly", 30, ("2026-04-01", "2026-06-30"), ["2026-04-27", "2026-05-01"]),
        ("yearly", 59, ("2027-02-01", "2027-03-15"), ["2027-02-25", "2027-03-01"]),
    ],
)
def test_nobody_is_asked_before_a_period_is_over_unless_it_is_due_by_then(
    shop: Shop, periodicity: str, due_days: int, from_to: tuple[str, str], days: list[str]
) -> None:
    first, last = map(day, from_to)
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        editor(session, "ada", sales)
        made = {"daily": first - DAY, "weekly": first - 7 * DAY}.get(periodicity, JANUARY)
        made = datetime(made.year, made.month, made.day, 12, tzinfo=ZURICH)
        kpi(session, sales, "Revenue", periodicity, created_at=made, due_days=due_days)
    span = [first + one * DAY for one in range((last - first).days + 1)]
    assert [f"{one}" for one in span if put_mails(shop.database, one, ZURICH)] == days


def test_one_mail_a_day_tells_everything_by_circle(
    shop: Shop, mailing: Settings, inbox: Inbox
) -> None:
    with shop.database.writing() as session:
        store, sales = circle(session, "Store <b>"), circle(session, "Sales & more")
        editor(session, "ada", store, sales, first_name="Ada")
        editor(session, "bob", store)
        kpi(session, sales, "Late", created_at=JANUARY, due_days=6)
        kpi(session, sales, "Soon", created_at=JANUARY)
        kpi(session, store, "Due", created_at=JANUARY, due_days=7)
        done = kpi(session, store, "Done", created_at=JANUARY)
        value(session, done, "2026-01")
    assert sent(shop, mailing, "2026-02-07") == 2
    assert sent(shop, mailing, "2026-02-07") == 0
    to_ada, to_bob = sorted(inbox.mails, key=lambda one: str(one["To"]))
    assert to_ada["Subject"] == "KPI values: 2 due soon, 1 overdue"
    assert to_bob["Subject"] == "KPI values: 1 due soon"
    text, html = parts(to_ada)
    assert (
        text
        == """Hello Ada,

these values of your KPIs are still to be entered:

Sales & more
- Late, 2026-01: was due on 6 February 2026, 1 day ago
- Soon, 2026-01: due on 10 February 2026, in 3 days

Store <b>
- Due, 2026-01: due today

Enter them here:

https://kpi.example/enter_values

You get this mail because you enter values of these circles at
Tillsight. To stop it, change which mails you get in your profile:

https://kpi.example/profile
"""
    )
    assert "Store &lt;b&gt;" in html
    assert "<b>" not in html
    assert set(re.findall(r'href="([^"]+)"', html)) == {
        "https://kpi.example/enter_values",
        "https://kpi.example/profile",
    }


def test_who_gets_no_reminder(shop: Shop, mailing: Settings, inbox: Inbox) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        kpi(session, sales, "Revenue", created_at=JANUARY)
        editor(session, "stranger", role=Role.admin)
        editor(session, "viewer", sales, role=Role.viewer)
        editor(session, "unverified", sales, is_verified=False)
        editor(session, "inactive", sales, is_active=False)
        editor(session, "without_mail", sales, email=None)
        quiet = editor(session, "quiet", sales)
        choose_mails(session, quiet, {MailKind.reminders: False})
        editor(session, "ada", sales)
    assert sent(shop, mailing, "2026-02-07") == 1
    assert [one["To"] for one in inbox.mails] == ["ada@example.com"]


@pytest.mark.parametrize("change", ["entered", "inactive", "left", "quiet"])
def test_what_is_true_when_a_mail_is_sent_counts(
    shop: Shop, mailing: Settings, inbox: Inbox, change: str
) -> None:
    """Such as after hours in which the mail server could not be reached."""
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        revenue = kpi(session, sales, "Revenue", created_at=JANUARY)
        ada = editor(session, "ada", sales)
    assert put_mails(shop.database, day("2026-02-07"), ZURICH) == 1
    with shop.database.writing() as session:
        if change == "entered":
            value(session, revenue, "2026-01")
        elif change == "inactive":
            session.execute(update(User).values(is_active=False))
        elif change == "left":
            session.delete(session.get_one(CircleMember, (sales, ada)))
        else:
            choose_mails(session, ada, {MailKind.reminders: False})
    send(shop, mailing)
    assert inbox.mails == []
    with shop.database.reading() as session:
        assert session.scalars(select(Job)).one().done_at is not None


def test_days_without_a_server_are_caught_up_once_but_not_weeks(
    shop: Shop, mailing: Settings, inbox: Inbox
) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        editor(session, "ada", sales)
        for due_days in (4, 8, 12):
            new = kpi(session, sales, f"Due {due_days}", created_at=JANUARY, due_days=due_days)
            assert new
    # In January's wake: reminders on the 1st, 5th and 9th, and on the 5th, 9th and 13th after.
    assert sent(shop, mailing, "2026-02-08") == 1
    assert told(inbox) == [
        "Due 4, 2026-01: was due on 4 February 2026, 4 days ago",
        "Due 8, 2026-01: due today",
    ]
    assert [sent(shop, mailing, f"2026-02-{one:02}") for one in (8, 9)] == [0, 1]
    assert told(inbox) == [
        "Due 8, 2026-01: was due on 8 February 2026, 1 day ago",
        "Due 12, 2026-01: due on 12 February 2026, in 3 days",
    ]
    assert sent(shop, mailing, "2026-02-17") == 0
    assert len(inbox.mails) == 2


def test_a_mail_that_is_sent_again_is_known_as_the_same(
    shop: Shop, mailing: Settings, inbox: Inbox
) -> None:
    """A server may die after the mail server took it and before it could say so."""
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        kpi(session, sales, "Revenue", created_at=JANUARY)
        editor(session, "ada", sales)
        editor(session, "bob", sales)
    put_mails(shop.database, day("2026-02-07"), ZURICH)
    with shop.database.reading() as session:
        before = {job.id: job.payload for job in session.scalars(select(Job))}
    send(shop, mailing)
    with shop.database.writing() as session:
        for number, payload in before.items():
            again = {"done_at": None, "payload": payload, "run_at": datetime.now(UTC)}
            session.execute(update(Job).where(Job.id == number).values(**again))
    send(shop, mailing)
    numbers = [one["Message-ID"] for one in inbox.mails]
    assert len(numbers) == 4
    assert len(set(numbers)) == 2


def test_a_server_without_mail_looks_for_none(shop: Shop) -> None:
    rounds = Rounds(shop.settings, shop.database)
    rounds.start()
    rounds.stop()
    with shop.database.reading() as session:
        assert session.scalars(select(Lease)).all() == []


def test_old_notes_of_mails_are_removed(shop: Shop) -> None:
    with shop.database.writing() as session:
        ada = person(session, "ada")
        for days in (59, 61):
            at = datetime.now(UTC) - days * DAY
            session.add(KpiMail(user_id=ada, about=f"{days} days old", at=at))
    put_mails(shop.database, day("2026-02-07"), ZURICH)
    with shop.database.reading() as session:
        assert session.scalars(select(KpiMail.about)).all() == ["59 days old"]


@pytest.fixture
def shop_on(url: str, settings: Settings, open_shop: Callable[[Settings], Shop]) -> Shop:
    return open_shop(settings.model_copy(update={"database_url": url}))


def test_of_two_servers_that_look_at_once_each_mail_is_sent_by_one(
    shop_on: Shop, inbox: Inbox
) -> None:
    """Without the lease, which keeps them from looking at once in all but bad moments."""
    url = shop_on.settings.resolved_database_url
    with shop_on.database.writing() as session:
        for name in ("Sales", "Store"):
            here = circle(session, name)
            kpi(session, here, f"{name} revenue", created_at=JANUARY, due_days=12)
            for one in range(5):
                person(session, f"{name.lower()}{one}", Role.editor, here)
    settings = given(shop_on.settings, inbox.port, TIMEZONE="Europe/Zurich")
    monday, together = day("2026-02-09"), Barrier(2)
    servers = [Database(url), Database(url)]

    def serve(database: Database) -> int:
        worker = jobs.Worker(database, handlers(settings, database))
        worker.start()
        together.wait(20)
        put = put_mails(database, monday, ZURICH)
        wait_for(lambda: len(inbox.mails) >= 20, seconds=60)
        worker.stop()
        return put

    with ThreadPoolExecutor(2) as pool:
        put = [*pool.map(serve, servers)]
    assert sum(put) == 20
    got = sorted((str(one["To"]), str(one["Subject"])) for one in inbox.mails)
    assert len(got) == len(set(got)) == 20
    with shop_on.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 20
        assert session.scalar(select(func.count()).where(Job.done_at.is_(None))) == 0
    for one in servers:
        one.close()


def afternoon() -> str:
    """A time zone in which mails are sent by now, and no day begins soon."""
    ahead = 14 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+}"


def test_mails_come_once_from_two_servers_and_after_one_was_killed(tmp_path: Path) -> None:
    with mail_server() as inbox:
        pass  # now its port is known, and nobody listens there
    settings = {**smtp(inbox.port), "TIMEZONE": afternoon()}
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    database.upgrade()
    with_something_overdue(database, "a")
    with started(tmp_path, **settings) as first:
        wait_for(lambda: [one.attempts > 0 for one in stored(database)] == [True], seconds=60)
        first.process.kill()
        first.process.wait()
    with_something_overdue(database, "b")
    hand_on(database)
    with mail_server(inbox), started(tmp_path, **settings):
        wait_until_sent(database, 2)
        with_something_overdue(database, "c")
        hand_on(database)
        with started(tmp_path, **settings):  # two servers, and the second one looks through all
            wait_until_sent(database, 3)
    came = sorted(str(one["To"]) for one in inbox.mails)
    assert came == ["a@example.com", "b@example.com", "c@example.com"]
    assert len(stored(database)) == 3
    database.close()


def test_of_three_servers_one_sends_and_another_when_that_one_is_killed(
    postgres: Callable[[str], str], tmp_path: Path, inbox: Inbox
) -> None:
    """On one PostgreSQL; rounds are short, and so are leases, which run out by themselves."""
    url = postgres(f"m{uuid4().hex[:12]}")
    settings = {**smtp(inbox.port), "TIMEZONE": afternoon(), "DATABASE_URL": url}
    with closing(Database(url)) as database, ExitStack() as stack:
        database.upgrade()
        with_something_overdue(database, "a")
        servers = [
            stack.enter_context(started(tmp_path / f"{one}", run=with_short_rounds, **settings))
            for one in range(3)
        ]
        alive = {one.process.pid: one.process for one in servers}
        for name in "bc":
            wait_until_sent(database, len(inbox.wait(ord(name) - ord("a"))))
            holder = holder_of_mails(database)
            with_something_overdue(database, name)
            alive[holder].kill()
            alive.pop(holder).wait(20)
            wait_for(lambda: holder_of_mails(database) in alive, seconds=60)
        wait_until_sent(database, 3)
    # The last one looked through all that is due today, not only through what was new.
    came = sorted(str(one["To"]) for one in inbox.mails)
    assert came == ["a@example.com", "b@example.com", "c@example.com"]


def holder_of_mails(database: Database) -> int:
    """The process that holds the lease."""
    with database.reading() as session:
        holder = session.scalars(select(Lease.holder).where(Lease.name == "kpi-mails")).one()
    return int(holder.split("-")[0])


def with_something_overdue(database: Database, name: str) -> None:
    """Add somebody with a circle, and a KPI whose value of yesterday was due then."""
    with database.writing() as session:
        here = circle(session, name)
        editor(session, name, here)
        yesterday = datetime.now(ZoneInfo(afternoon())) - DAY
        kpi(session, here, f"KPI {name}", "daily", created_at=yesterday, due_days=0)


def wait_until_sent(database: Database, count: int) -> None:
    wait_for(lambda: [bool(one.done_at) for one in stored(database)] == [True] * count, seconds=60)


def stored(database: Database) -> list[Job]:
    with database.reading() as session:
        return [*session.scalars(select(Job).where(Job.kind.startswith("mail.kpi")))]


def hand_on(database: Database) -> None:
    """As if the lease, and the claims of one that was killed, had run out since."""
    with database.writing() as session:
        session.execute(update(Lease).values(until=datetime.now(UTC) - DAY))
        waits = update(Job).where(Job.done_at.is_(None))
        session.execute(waits.values(claimed_until=None, run_at=datetime.now(UTC)))


def test_mails_are_chosen_over_the_api(api: Api) -> None:
    assert api.get("/api/users/me/mails") == {"kpi_reminders": True, "kpi_digest": True}
    assert chosen(api, {"kpi_digest": False}) == {"kpi_reminders": True, "kpi_digest": False}
    assert chosen(api, {}) == {"kpi_reminders": True, "kpi_digest": False}
    assert chosen(api, {"kpi_reminders": False, "kpi_digest": True}) == {
        "kpi_reminders": False,
        "kpi_digest": True,
    }
    assert api.get("/api/users/me/mails", "editor") == {"kpi_reminders": True, "kpi_digest": True}


def chosen(api: Api, body: object, status: int = 200) -> dict[str, bool]:
    answer = api.client.patch("/api/users/me/mails", json=body, headers=api.as_("viewer"))
    assert answer.status_code == status
    return answer.json()


def test_what_is_no_choice_of_mails_is_422(api: Api) -> None:
    for body in ({"kpi_digest": "no"}, {"kpi_digest": 0}, {"digest": False}, [], None):
        chosen(api, body, 422)
    assert api.get("/api/users/me/mails") == {"kpi_reminders": True, "kpi_digest": True}


def test_a_key_cannot_choose_mails(api: Api) -> None:
    made = api.client.post("/api/users/me/keys", json={"name": "script"}, headers=api.as_("editor"))
    key = {"X-API-Key": made.json()["key"]}
    body = {"kpi_digest": False}
    assert api.client.patch("/api/users/me/mails", json=body, headers=key).status_code == 403
    assert api.client.get("/api/users/me/mails", headers=key).status_code == 200


def test_two_choices_at_once_are_both_kept(shop_on: Shop) -> None:
    with shop_on.database.writing() as session:
        ada = person(session, "ada")
    together = Barrier(2)

    def choose(kind: MailKind) -> None:
        together.wait(20)
        with shop_on.database.writing() as session:
            choose_mails(session, ada, {kind: False})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(choose, MailKind))
    with shop_on.database.reading() as session:
        assert mail_choices(session, ada) == {MailKind.reminders: False, MailKind.digest: False}
