"""What Explore's and Orders' addresses ask, and what can be drawn of it."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.explore.answers import place
from tillsight.dashboard.explore.pinned import choice_of
from tillsight.dashboard.explore.question import Question, cannot, proposed, read
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders.narrowing import Narrowing
from tillsight.dashboard.orders.values import in_short, in_words, span_of
from tillsight.dashboard.periods import Compare, Grain, Span
from tillsight.metrics.catalogue import DIMENSIONS, MEASURES
from tillsight.metrics.periods import BUCKETS

NAMES = [one.name for one in MEASURES], [one.name for one in DIMENSIONS]
MAY = Span(date(2024, 5, 1), date(2024, 6, 1))
KNOWN = Coverage(date(2023, 1, 1), date(2024, 5, 31))


def choice(span: Span = MAY, grain: Grain = Grain.day, **filters: list[str]) -> Choice:
    return Choice(span, Compare.previous_period, filters, grain, {"days": ["mtd"], **filters})


def test_a_question_is_read_back_as_it_was_written() -> None:
    asked = Question(["orders", "returns"], ["time", "product"], "bar", "-returns", 20)
    written = {name: value for name, [value] in asked.written().items()}
    assert written == {
        "measures": "orders,returns",
        "by": "time,product",
        "chart": "bar",
        "sort": "-returns",
        "top": "20",
    }
    assert read(written, *NAMES) == (asked, [])
    assert Question().written() == {"measures": ["revenue"], "by": ["time"]}
    nothing = Question([], []).written()
    assert read({name: value for name, [value] in nothing.items()}, *NAMES)[0].by == []


def test_nonsense_in_an_address_is_told_or_passed_over() -> None:
    question, gone = read(
        {"measures": "revenue,footfall", "by": "moon,time", "chart": "pie", "top": "7"}, *NAMES
    )
    assert (question, gone) == (Question(["revenue"], ["time"]), ["footfall", "moon"])
    assert read({}, *NAMES) == (Question(["revenue"], ["time"]), [])


@pytest.mark.parametrize(
    ("dimensions", "chart", "refused"),
    [
        ([], "table", {"line": "NO_DIMENSION", "bar": "NO_DIMENSION", "heat": "NO_DIMENSION"}),
        (["month"], "line", {"heat": "HEAT_NEEDS_TWO"}),
        (["product"], "bar", {"line": "LINE_NEEDS_TIME", "heat": "HEAT_NEEDS_TWO"}),
        (["weekday", "hour"], "heat", {"line": "LINE_NEEDS_TIME"}),
        (["country", "week"], "line", {}),
        (["year", "month"], "heat", {"line": "LINE_NEEDS_TIME"}),
        (
            ["day", "country", "channel"],
            "table",
            dict.fromkeys(("line", "bar", "heat"), "THREE_DIMENSIONS"),
        ),
    ],
)
def test_the_chart_that_fits_and_why_others_do_not(
    dimensions: list[str], chart: str, refused: dict[str, str]
) -> None:
    assert proposed(dimensions) == chart
    found = {one: cannot(one, dimensions) for one in ("line", "bar", "heat", "table")}
    assert {one: why for one, why in found.items() if why} == refused


def test_order_and_limit_are_usual_until_they_are_chosen() -> None:
    """Time goes by itself and whole; groups stand by the first figure."""
    assert Question().dimensions(choice(grain=Grain.week)) == ["week"]
    assert Question(by=["time", "week"]).dimensions(choice(grain=Grain.week)) == ["week"]
    orders = [
        (Question(), ["day"], "", None),
        (Question(sort="-revenue", top=10), ["day"], "-revenue", 10),
        (Question(["units", "revenue"]), ["product"], "-units", 50),
        (Question(sort="-returns"), ["product"], "-revenue", 50),
        (Question(sort="product"), ["product"], "product", 50),
        (Question(), ["month", "country"], "", 50),
    ]
    for question, dimensions, order, limit in orders:
        assert (question.order(dimensions), question.limit(dimensions)) == (order, limit)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2024, 12, 30), date(2021, 1, 1)])
def test_buckets_are_the_days_the_api_means(bucket: str, day: date) -> None:
    one = BUCKETS[bucket]
    start = one.start(day)
    text = one.write(start)
    assert span_of(bucket, text) == Span(start, one.following(start))


def test_places_of_buckets_count_from_the_first_of_their_period() -> None:
    start = date(2024, 11, 14)
    for bucket, text, steps in (
        ("day", "2024-12-01", 17),
        ("week", "2025-W01", 7),
        ("month", "2025-02", 3),
        ("quarter", "2025-Q1", 1),
        ("year", "2025", 1),
    ):
        assert place({bucket: text, "country": None}, [bucket, "country"], start) == (steps, None)


def test_values_in_words() -> None:
    assert in_words("weekday", 1) == "Monday"
    assert in_words("hour", 9) == "09:00 – 09:59"
    assert in_words("quarter", "2024-Q2") == "Quarter 2 of 2024"
    assert in_words("year", "2024") == "2024"
    assert in_words("product", "p1", "Pen") == "Pen"
    assert in_words("country", None) == in_words("customer", "") == "Unknown"
    assert [in_short("hour", 0), in_short("weekday", 7), in_short("hour", None)] == [
        "00:00",
        "Sun",
        "Unknown",
    ]
    assert [in_short("month", "2026-09"), in_short("week", "2024-W19")] == ["Sep 2026", "6 May"]


def test_a_bucket_narrows_the_days_and_other_values_are_filters() -> None:
    """What no span of days can say is left to the API."""
    narrowed = Narrowing({"week": ["2024-W22"], "weekday": ["1"], "product": [""]})
    assert narrowed.parameters(choice(country=["EIRE"])) == {
        "country": ["EIRE"],
        "weekday": ["1"],
        "product": [""],
        "from": "2024-05-27",
        "to": "2024-06-01",
    }
    for week in (["2024-W30"], ["2024-W18", "2024-W19"], ["soon"]):
        asked = Narrowing({"week": week}).parameters(choice())
        assert asked == {"week": week, "from": "2024-05-01", "to": "2024-06-01"}
    assert Narrowing({"year": ["2024"]}).parameters(choice(Span())) == {
        "from": "2024-01-01",
        "to": "2025-01-01",
    }


def test_what_orders_are_narrowed_to_can_be_taken_away_one_by_one() -> None:
    narrowing = Narrowing({"product": ["p1", "p2"], "hour": ["9"]}, "orders", "some:order")
    assert narrowing.own(without=("product", "p1")) == {
        "product": ["p2"],
        "hour": ["9"],
        "measure": ["orders"],
    }
    assert narrowing.own(without=("hour", "9")) == {"product": ["p1", "p2"], "measure": ["orders"]}


def test_the_way_to_the_orders_says_what_this_page_asks_and_nothing_else() -> None:
    """A gender that was picked on another page does not count on a page that lacks it."""
    chosen = Choice(
        MAY,
        Compare.nothing,
        {"country": ["EIRE"]},
        Grain.day,
        {"compare": ["nothing"], "country": ["EIRE"], "gender": ["female"]},
    )
    address = urlsplit(chosen.drill(country="", product="p1", measure="orders"))
    assert (address.path, parse_qs(address.query, keep_blank_values=True)) == (
        "/orders",
        {
            "days": ["30d"],
            "compare": ["nothing"],
            "country": [""],
            "product": ["p1"],
            "measure": ["orders"],
        },
    )


def test_a_view_brings_its_own_period_and_filters() -> None:
    asked = {
        "days": ["custom"],
        "since": ["2024-02-01"],
        "until": ["2024-02-29"],
        "compare": ["previous_year"],
        "gender": ["female", ""],
        "measures": ["revenue"],
    }
    found = choice_of(asked, KNOWN)
    assert (found.span, found.grain) == (Span(date(2024, 2, 1), date(2024, 3, 1)), Grain.day)
    assert (found.compare, found.filters) == (Compare.previous_year, {"gender": ["female", ""]})
    assert found.written == {name: asked[name] for name in asked if name != "measures"}
    usual = choice_of({"days": ["90d"]}, KNOWN)
    assert usual.span == Span(date(2024, 3, 3), date(2024, 6, 1))
    assert choice_of({"days": ["all"]}, KNOWN).grain is Grain.month
