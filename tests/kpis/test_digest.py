"""The weekly digest: to whom, of which week, and what it says."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from mail_server import Inbox, mail_server, parts
from promises import circle, day, kpi, person, value
from shop import Shop
from test_mail import given
from tillsight import jobs
from tillsight.accounts.models import Circle, CircleMember, Role
from tillsight.formats import window as days
from tillsight.kpis.board import Asked, KeptFigures, board
from tillsight.kpis.digest import Digest, digest, told_week
from tillsight.kpis.mail_choices import MailKind, choose_mails
from tillsight.kpis.mails import handlers, pass_over_mails, put_mails
from tillsight.kpis.models import KpiChange, KpiTarget
from tillsight.kpis.outlook import Chance
from tillsight.kpis.words import Activity, Aggregation, Direction, Why
from tillsight.kpis.written import figure
from tillsight.settings import Settings

ZURICH = ZoneInfo("Europe/Zurich")
WEEK = day("2026-02-02")
"""Its last day is the 39th of the year."""
THIS_YEAR = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as started:
        yield started


@pytest.fixture
def mailing(shop: Shop, inbox: Inbox) -> Settings:
    return given(shop.settings, inbox.port, TIMEZONE="Europe/Zurich", URL="https://kpi.example")


def told(session: Session, circle_id: int, week: date = WEEK) -> Digest:
    found = digest(session, KeptFigures(), circle_id, week, ZURICH)
    assert found is not None
    return found


def plain(text: str) -> str:
    """With narrow spaces and true minus signs as a keyboard has them."""
    return re.sub("[\u00a0\u202f]", " ", text).replace("\u2212", "-")


def lines(found: Digest) -> dict[str, list[str]]:
    """What each part tells."""
    return {one.heading: [plain(line) for line in one.lines] for one in found.parts if one.lines}


@pytest.mark.parametrize(
    ("today", "week"),
    [
        ("2026-02-08", None),
        ("2026-02-09", "2026-02-02"),
        ("2026-02-12", "2026-02-02"),
        ("2026-02-13", None),
        ("2026-02-16", "2026-02-09"),
        ("2027-01-04", "2026-12-28"),
    ],
)
def test_a_digest_is_of_the_week_before_and_caught_up_until_thursday(
    today: str, week: str | None
) -> None:
    assert told_week(day(today)) == (None if week is None else day(week))


def test_where_each_kpi_stands_at_the_end_of_the_week(shop: Shop) -> None:
    with shop.database.reading() as session:
        sales = circle(session, "Sales")
        new = {"created_at": THIS_YEAR}
        behind = kpi(session, sales, "Revenue", unit="chf", target=Decimal(36500), **new)
        value(session, behind, "2026-01", "3000.5")
        value(session, behind, "2026-02", "100")
        ahead = kpi(session, sales, "Visits", "weekly", target=Decimal(365), **new)
        value(session, ahead, "2026-W01", "20")  # begins in the year before
        value(session, ahead, "2026-W06", "21.5")
        value(session, ahead, "2026-W07", "500")  # begins after the week
        value(session, ahead, "2025-W52", "500")
        less = {"direction": Direction.decrease, "aggregation": Aggregation.last}
        down = kpi(
            session, sales, "Debts", initial_value=Decimal(0), target=Decimal(-365), **less, **new
        )
        value(session, down, "2026-01", "-39")
        kept = kpi(
            session,
            sales,
            "Returns",
            unit="percentage",
            direction=Direction.stay_below,
            aggregation=Aggregation.last,
            target=Decimal(5),
            **new,
        )
        value(session, kept, "2026-01", "4.25")
        kpi(session, sales, "Score", unit="score", target=Decimal(8), **new)
        kpi(session, sales, "Computed", unit="eur", measure="net_revenue", **new)
        kpi(session, sales, "Inactive", active=False)
        kpi(session, sales, "Archived", archived_at=THIS_YEAR)
        kpi(session, circle(session, "Others"), "Not ours")
        found = lines(told(session, sales))
    assert found == {
        "Behind": [
            "Revenue: CHF 3 100.50 of CHF 36 500.00, 8% of the way; CHF 3 900.00 expected by now"
        ],
        "On track": [
            "Debts: -39 of -365, 11% of the way; -39 expected by now",
            "Returns: 4.25%, to stay below 5%; kept in 100% of the year's periods",
        ],
        "Ahead": ["Visits: 41.5 of 365, 11% of the way; 39 expected by now"],
        "No value this year": ["Computed: target EUR 1 200.00", "Score: target 8"],
        "What is missing": [
            "Visits: 2026-W02, 2026-W03, 2026-W04 and 1 more, was due on 21 January 2026",
            "Score: 2026-01, due on 10 February 2026",
        ],
    }


def test_the_target_is_that_of_the_weeks_last_day(shop: Shop) -> None:
    with shop.database.reading() as session:
        sales = circle(session, "Sales")
        score = kpi(session, sales, "Score", target=Decimal(365), created_at=THIS_YEAR)
        value(session, score, "2026-01", "39")
        for at, target in (("2026-02-08", 780), ("2026-02-09", 1)):
            more = {"valid_from": day(at), "value": Decimal(target), "set_at": THIS_YEAR}
            session.add(KpiTarget(kpi_id=score, **more))
        session.flush()
        found = lines(told(session, sales))
    assert found["Behind"] == ["Score: 39 of 780, 5% of the way; 83.34 expected by now"]


def test_the_chance_is_told_where_there_is_enough_history(shop: Shop) -> None:
    with shop.database.reading() as session:
        sales = circle(session, "Sales")
        score = kpi(session, sales, "Score", target=Decimal(120))
        for month in range(1, 13):
            value(session, score, f"2025-{month:02}", f"{10 + (month % 3)}")
        value(session, score, "2026-01", "12.5")
        [on_board] = board(session, KeptFigures(), Asked(sales), day("2026-02-08"))
        [line] = lines(told(session, sales))["On track"]
    told_there = on_board.outlook
    assert isinstance(told_there, Chance)
    low, high = (f"{round(end, 2):g}" for end in (told_there.low, told_there.high))
    assert line == (
        "Score: 12.5 of 120, 10% of the way; 12.82 expected by now; "
        f"likely to reach it this year ({100 * told_there.probability:.0f}%), the year ends "
        f"between {low} and {high} in 8 of 10 cases"
    )


def change(session: Session, kpi_id: int, at: str, before: int | None, after: int | None, **more):
    activity = Activity.updated
    if before is None or after is None:
        activity = Activity.created if before is None else Activity.deleted
    session.add(
        KpiChange(
            at=datetime.fromisoformat(at).replace(tzinfo=UTC),
            kpi_id=kpi_id,
            value_id=1,
            period_start=day("2026-01-01"),
            activity=activity,
            before=None if before is None else Decimal(before),
            after=None if after is None else Decimal(after),
            comment="",
            **{"why": Why.typed, **more},
        )
    )
    session.flush()


def test_what_changed_in_the_week_and_who_did_it(shop: Shop) -> None:
    with shop.database.reading() as session:
        sales = circle(session, "Sales")
        ada = person(session, "ada", Role.editor, sales, first_name="Ada", last_name="Love")
        score = kpi(session, sales, "Score", created_at=THIS_YEAR)
        value(session, score, "2026-01")
        other = kpi(session, circle(session, "Others"), "Not ours")
        change(session, other, "2026-02-03T12:00:00", None, 1, user_id=ada)
        change(session, score, "2026-02-02T12:00:00", None, None, why=Why.moved)
        change(session, score, "2026-02-03T12:00:00", None, 1000, user_id=ada)
        change(session, score, "2026-02-04T12:00:00", 1000, 5)
        change(session, score, "2026-02-04T13:00:00", 5, 5, user_id=ada)
        change(session, score, "2026-02-05T12:00:00", 5, None, user_id=ada)
        found = lines(told(session, sales))["What changed"]
    assert found == [
        "Score, 2026-01: 5 was deleted, by Ada Love",
        "Score, 2026-01: 5, with a new comment, by Ada Love",
        "Score, 2026-01: 1 000 became 5, from the sales",
        "Score, 2026-01: 1 000, by Ada Love",
        "Score, 2026-01: created, value not known, by somebody",
    ]


@pytest.mark.parametrize(
    ("week", "first", "last"),
    [
        ("2026-02-02", "2026-02-01T23:00:00", "2026-02-08T22:59:59"),
        # An hour shorter, and an hour longer.
        ("2026-03-23", "2026-03-22T23:00:00", "2026-03-29T21:59:59"),
        ("2026-10-19", "2026-10-18T22:00:00", "2026-10-25T22:59:59"),
        ("2026-12-28", "2026-12-27T23:00:00", "2027-01-03T22:59:59"),
    ],
)
def test_a_week_begins_and_ends_by_the_shops_clock(
    shop: Shop, week: str, first: str, last: str
) -> None:
    second = timedelta(seconds=1)
    with shop.database.reading() as session:
        sales = circle(session, "Sales")
        score = kpi(session, sales, "Score")
        change(session, score, f"{datetime.fromisoformat(first) - second}", None, 1)
        change(session, score, first, None, 2)
        change(session, score, last, None, 3)
        change(session, score, f"{datetime.fromisoformat(last) + second}", None, 4)
        found = lines(told(session, sales, day(week)))["What changed"]
    assert [re.findall(r": (\d)", one) for one in found] == [["3"], ["2"]]


def test_no_part_is_endless(shop: Shop) -> None:
    with shop.database.reading() as session:
        sales = circle(session, "Sales")
        for number in range(25):
            one = kpi(session, sales, f"KPI {number:02}")
            change(session, one, "2026-02-03T12:00:00", None, 1)
        found = {one.heading: one for one in told(session, sales).parts}
    for heading in ("No value this year", "What changed", "What is missing"):
        assert (len(found[heading].lines), found[heading].more) == (20, 5)
    assert found["What is missing"].lines[0] == (
        "KPI 00: 2025-02, 2025-03, 2025-04 and 9 more, was due on 10 March 2025"
    )


def test_everybody_of_a_circle_gets_its_digest_once(
    shop: Shop, mailing: Settings, inbox: Inbox
) -> None:
    with shop.database.writing() as session:
        sales, empty = circle(session, "Sales & more"), circle(session, "Empty")
        old = circle(session, "Old", archived_at=THIS_YEAR)
        for here in (sales, old):
            value(session, kpi(session, here, f"KPI {here}", created_at=THIS_YEAR), "2026-01")
        kpi(session, empty, "Inactive", active=False)
        person(session, "ada", Role.viewer, sales, empty, old)
        person(session, "bob", Role.admin, sales)
        person(session, "stranger", Role.admin)
        person(session, "unverified", Role.editor, sales, is_verified=False)
        person(session, "inactive", Role.editor, sales, is_active=False)
        person(session, "without_mail", Role.editor, sales, email=None)
        quiet = person(session, "quiet", Role.editor, sales)
        choose_mails(session, quiet, {MailKind.digest: False})
    put = [put_mails(shop.database, WEEK + timedelta(days=one), ZURICH) for one in range(6, 11)]
    assert put == [0, 2, 0, 0, 0]
    while jobs.run_due(shop.database, handlers(mailing, shop.database)):
        pass
    assert sorted(str(one["To"]) for one in inbox.mails) == ["ada@example.com", "bob@example.com"]
    [mail, _] = sorted(inbox.mails, key=lambda one: str(one["To"]))
    assert mail["Subject"] == "Sales & more: KPIs of week 2026-W06"
    text, html = parts(mail)
    assert (
        re.sub("[\u00a0\u202f]", " ", text)
        == f"""Hello ada,

this is how the KPIs of Sales & more stood as of 8 February 2026 (week
2026-W06, 2 – 8 February 2026).

Behind
- KPI {sales}: 1 of 1 200, 0% of the way; 128.22 expected by now

The board has it all:

https://kpi.example/board?circle=Sales+%26+more

You get this mail every week because you belong to Sales & more at
Tillsight. To stop it, change which mails you get in your profile:

https://kpi.example/profile
"""
    )
    assert "Sales &amp; more" in html
    assert set(re.findall(r'href="([^"]+)"', html)) == {
        "https://kpi.example/board?circle=Sales+%26+more",
        "https://kpi.example/profile",
    }


def test_mails_that_are_passed_over_are_not_sent_and_those_of_later_days_are(shop: Shop) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        kpi(session, sales, "Revenue")
        person(session, "ada", Role.viewer, sales)
    monday = WEEK + timedelta(days=7)
    pass_over_mails(shop.database, monday, ZURICH)
    put = [put_mails(shop.database, monday + timedelta(days=one), ZURICH) for one in (0, 1, 7)]
    assert put == [0, 0, 1]


@pytest.mark.parametrize("change", ["left", "archived"])
def test_who_left_meanwhile_gets_no_digest(
    shop: Shop, mailing: Settings, inbox: Inbox, change: str
) -> None:
    with shop.database.writing() as session:
        sales = circle(session, "Sales")
        kpi(session, sales, "Revenue")
        ada = person(session, "ada", Role.viewer, sales)
    assert put_mails(shop.database, WEEK + timedelta(days=7), ZURICH) == 1
    with shop.database.writing() as session:
        if change == "left":
            session.delete(session.get_one(CircleMember, (sales, ada)))
        else:
            session.get_one(Circle, sales).archived_at = THIS_YEAR
    assert jobs.run_due(shop.database, handlers(mailing, shop.database))
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        ("12345.6", "chf", "CHF 12 345.60"),
        ("-0.5", "eur", "-EUR 0.50"),
        ("45.5", "percentage", "45.5%"),
        ("100", "percentage", "100%"),
        ("12345", "amount", "12 345"),
        ("0.1234", "score", "0.1234"),
        ("-7.1", "score", "-7.1"),
        ("0", "amount", "0"),
    ],
)
def test_figures_are_written_with_their_unit(number: str, unit: str, text: str) -> None:
    assert plain(figure(Decimal(number), unit)) == text


@pytest.mark.parametrize(
    ("first", "end", "text"),
    [
        ("2026-02-02", "2026-02-09", "2 – 8 February 2026"),
        ("2026-03-30", "2026-04-06", "30 March – 5 April 2026"),
        ("2026-12-28", "2027-01-04", "28 December 2026 – 3 January 2027"),
    ],
)
def test_days_are_written_with_their_month_said_once(first: str, end: str, text: str) -> None:
    assert days(day(first), day(end)) == text
