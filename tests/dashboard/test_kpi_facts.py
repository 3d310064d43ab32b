import re
from datetime import date

import pytest

from kpi_entries import NO_DATA, OUTLOOK, entry
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import facts as kpi_facts
from tillsight.dashboard.kpis import order as kpi_order
from tillsight.dashboard.kpis import restatements
from tillsight.dashboard.kpis.cards import Context
from tillsight.forecasting.reaching import Word
from tillsight.kpis.outlook import Method
from tillsight.kpis.period_names import PeriodName
from tillsight.kpis.words import Aggregation, Direction, Periodicity, Reason, Status, Why

CONTEXT = Context(date(2026, 11, 22), "Ahead: 105 %")
KPI = {
    "circle": "<i>Sales</i>",
    "owner": None,
    "periodicity": "monthly",
    "unit": "percentage",
    "minimum": 0.0,
    "maximum": 100.0,
    "direction": "decrease",
    "initial_value": 12.5,
    "target_value": 8.0,
    "aggregation": "last",
    "due_days": 10,
    "measure": None,
    "filters": {},
    "active": True,
    "archived": False,
}
AT = "2026-11-03T09:05:00+00:00"
CHANGE = {
    "at": AT,
    "period": "2026-10",
    "activity": "updated",
    "before": 10.0,
    "after": 12.5,
    "comment": "<b>Late</b>",
    "why": "typed",
    "user": "Anna <K>",
    "file": None,
}


def words(html: str) -> str:
    """The text of it, with every kind of space as a plain one."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_figures_of_one_kpi():
    assert words(kpi_facts.summary(entry(restated=1), CONTEXT)) == (
        "Latest value CHF 38 200 October 2026 ↻ 1 restated"
        " Progress 69% CHF 412 300 in 2026 · target CHF 600 000"
        " Status ▼ Behind Expected by 22 November: CHF 535 890"
        " Performance 71%: its place between its worst and its best so far"
        " Outlook 70% Likely to reach the target by 31 December"
    )
    empty = words(kpi_facts.summary(entry(**NO_DATA), CONTEXT))
    assert empty.startswith("Latest value – No value yet Progress –")
    assert empty.endswith("Outlook – Too little history for an outlook: 0 of 6 values")
    settled = entry(outlook={"probability": 0, "method": "settled"})
    assert words(kpi_facts.summary(settled, CONTEXT)).endswith(
        "Missed Settled: the target is missed"
    )


@pytest.mark.parametrize(
    ("told", "outlook", "said"),
    [
        (
            {},
            {},
            (
                "The year comes to CHF 627 700; in 8 of 10 cases CHF 588 000 to CHF 671 250"
                " Still to come CHF 215 400 in 2 months"
                " Needed on average CHF 93 850 a month; the forecast is CHF 107 700"
                " How often right before"
                " Such a range for 2 months, made at earlier points, held 30 of 36 times"
                " Method A forecast of what is still to come, and how far off such forecasts were"
                " before"
            ),
        ),
        (
            {"direction": "decrease", "record": None},
            {"probability": None, "periods_to_come": 1},
            (
                "Needed on average at most CHF 93 850 a month; the forecast is CHF 215 400"
                " How often right before Could not be tried yet: too little history before"
                " Method A forecast of what is still to come, and how far off such forecasts were"
                " before. A word and no number, as there is a year of history or less"
            ),
        ),
        (
            {"direction": "stay_above"},
            {"method": "past_changes", "forecast": None, "needed_per_period": None}
            | {"low": 75.0, "year_end": 91.7, "high": 100.0},
            (
                "Periods kept by then 92%; in 8 of 10 cases 75% to 100% Still to come 2 months"
                " How often right before"
                " Such a range for 2 months, made at earlier points, held 30 of 36 times"
                " Method Past changes over 2 months: a rough method, not measured on real KPIs"
            ),
        ),
        (
            {},
            {"method": "settled", "word": None, "needed_per_period": None, "probability": 1},
            (
                "Still to come CHF 215 400 in 2 months"
                " Method Nothing that is still to come decides otherwise"
            ),
        ),
    ],
)
def test_what_an_outlook_rests_on(told, outlook, said):
    told = {"record": {"held": 30, "of": 36}} | told
    html = kpi_facts.outlook(entry(**told, outlook=OUTLOOK | outlook))
    assert words(html).endswith(said)


def test_an_outlook_that_says_nothing_rests_on_nothing():
    assert kpi_facts.outlook(entry(**NO_DATA, record=None)) == ""
    over = OUTLOOK | {"method": "settled", "periods_to_come": 0}
    assert kpi_facts.outlook(entry(outlook=over, record=None)) == ""


def test_what_a_kpi_is():
    said = words(kpi_facts.facts(KPI, ""))
    assert said.startswith("Circle &lt;i&gt;Sales&lt;/i&gt; Owner Nobody Periodicity Monthly Unit")
    for one in (
        "Percentage, from 0 to 100",
        "Decrease to the target Start 12.5% Target 8%",
        "The last value of the year counts",
        "10 days after the period ended",
        "Entered by the members of the circle",
    ):
        assert one in said


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (texts.STATUSES, Status),
        (texts.STATUS_SYMBOLS, Status),
        (texts.PERIODICITIES, Periodicity),
        (texts.DIRECTIONS, Direction),
        (texts.TARGETS, Direction),
        (texts.TARGET_LABELS, Direction),
        (texts.AGGREGATIONS, Aggregation),
        (texts.PANEL_VALUES, Periodicity),
        (texts.PERIOD_WORDS, Periodicity),
        (texts.LIKELY, Word),
        (texts.LIKELY_KEPT, Word),
        (texts.WORDS, Word),
        (kpi_order.WORDS, Word),
        (texts.METHODS, Method),
        (texts.YEAR_ENDS, [*Aggregation, "kept"]),
        (texts.WHYS, Why),
        (texts.CAUSES, Reason),
        (texts.BOARD_PERIODS, [*PeriodName, ""]),
    ],
)
def test_every_word_of_the_api_is_said_in_english(said, known):
    assert set(said) == {str(one) for one in known}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"minimum": None}, "Percentage, 100 or less"),
        ({"maximum": None}, "Percentage, 0 or more"),
        ({"minimum": None, "maximum": None, "unit": "usd"}, "Unit USD Direction"),
        (
            {"measure": "net_revenue", "filters": {"country": ["EIRE", ""]}},
            "Computed from the sales: Net revenue · country: EIRE, Unknown",
        ),
    ],
)
def test_unit_and_origin_of_values(told, said):
    assert said in words(kpi_facts.facts({**KPI, **told}, "Net revenue"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "<i>Sales</i> · Monthly · Percentage"),
        ({"owner": "Anna", "active": False}, "… · owner Anna · not active"),
        ({"measure": "orders", "archived": True, "active": False}, "… · computed · archived"),
    ],
)
def test_the_line_below_the_name(told, said):
    assert kpi_facts.lead({**KPI, **told}) == said.replace(
        "…", "<i>Sales</i> · Monthly · Percentage"
    )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "October 2026 10% → 12.5% Typed"),
        ({"before": None}, "October 2026 12.5% Typed"),
        ({"after": None}, "October 2026 10% deleted Typed"),
        ({"before": 12.5}, "October 2026 12.5% only the comment Typed"),
        ({"why": "import", "file": "<a>.csv"}, "12.5% Import &lt;a&gt;.csv"),
        ({"user": None, "why": "recomputed"}, "10:05 computed October 2026 10% → 12.5% Recomputed"),
        ({"why": "moved", "before": None}, "2026 changed to 12.5% Moved from an older product"),
        (
            {"why": "moved", "before": None, "after": None, "activity": "created", "user": None},
            "10:05 somebody October 2026 entered, value not known Moved",
        ),
    ],
)
def test_a_change_tells_who_when_before_after_why(told, said):
    html = kpi_facts.changes([{**CHANGE, **told}], "percentage", "Europe/Zurich")
    assert said in words(html)
    assert "3 November 2026, 10:05" in words(html)
    assert "&lt;b&gt;Late&lt;/b&gt;" in html


def test_a_restated_value_stands_beside_what_was_reported():
    value = {"period": "2026-10", "value": 10.0, "restated": 11.0, "comment": ""}
    value |= {"created_at": AT, "created_by_name": None, "updated_at": None}
    html = kpi_facts.values([value], {"unit": "amount", "measure": "orders"}, "UTC")
    assert "10 ◇ now 11 – 3 November 2026, 09:05 computed" in words(html)
    one = {"period": "2026-10", "reported": 10.0, "restated": None, "cause": "undo", "at": AT}
    kpi = {"unit": "amount", "may_define": False}
    html = restatements.table([{**one, "id": 1, "file": "<x>.csv"}], kpi, "UTC")
    assert "October 2026 10 ◇ – Undo of an import &lt;x&gt;.csv 3 November 2026" in words(html)
    assert "<button" not in html
    html = restatements.table([{**one, "id": 1, "file": ""}], {**kpi, "may_define": True}, "UTC")
    assert 'data-press="1" aria-label="Accept – for October 2026"' in html
