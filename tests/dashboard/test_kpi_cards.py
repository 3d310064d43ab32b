import re
from datetime import date

import pytest

from kpi_entries import NO_DATA, entry
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import cards as kpi_cards
from tillsight.dashboard.kpis import order as kpi_order
from tillsight.dashboard.kpis import tables as kpi_tables
from tillsight.dashboard.kpis.cards import Context

DAY = date(2026, 11, 22)
CONTEXT = Context(DAY, "Ahead: 105 % <of it>.", "period=last_year")
STATUSES = ["no_data", "ahead", "behind", "on_track"]


def words(html: str) -> str:
    """The text of it, with every kind of space as a plain one."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def board(*told: dict) -> list[dict]:
    return [entry(id=place, name=f"K{place}", **one) for place, one in enumerate(told)]


def test_a_card_says_all_of_a_kpi():
    html = kpi_cards.card(entry(owner="Anna", restated=2), CONTEXT)
    assert words(html) == (
        "Net revenue ▼ Behind Monthly · CHF · Anna CHF 38 200 October 2026 ↻ 2 restated"
        " CHF 412 300 in 2026 · target CHF 600 000 69% Expected by 22 November: CHF 535 890"
        " Likely (70%) to reach the target by 31 December"
        " The year comes to CHF 627 700; in 8 of 10 cases CHF 588 000 to CHF 671 250"
    )
    assert 'href="/kpi?id=7&amp;period=last_year"' in html
    assert "Ahead: 105 % &lt;of it&gt;." in html


def test_names_are_escaped():
    told = entry(name="<b>K</b>", owner="<i>O</i>", circle="<u>C</u>")
    html = kpi_cards.board([(told["circle"], [told])], CONTEXT)
    html += kpi_tables.board([told], CONTEXT, "worst")
    assert not re.search(r"<[biu]>[KOC]", html)
    assert "&lt;b&gt;K&lt;/b&gt;" in html


@pytest.mark.parametrize("status", STATUSES)
def test_colour_is_never_the_only_sign(status):
    html = kpi_cards.card(entry(status=status), CONTEXT)
    assert f"{texts.STATUS_SYMBOLS[status]} {texts.STATUSES[status]}" in html
    assert len(set(texts.STATUS_SYMBOLS.values())) == len(STATUSES)


def test_a_card_without_values_says_so():
    html = kpi_cards.card(entry(**NO_DATA), CONTEXT)
    assert "No value yet" in html
    assert "Too little history for an outlook: 0 of 6 values" in html
    assert "<svg" not in html


@pytest.mark.parametrize(
    ("progress", "expected", "done", "pace"),
    [(50.0, 300_000.0, "50.0", "50.0"), (118.0, 0.0, "100.0", "0.0"), (-12.0, 6e5, "0.0", "100.0")],
)
def test_the_bar_stays_inside_and_marks_the_pace(progress, expected, done, pace):
    html = kpi_cards.track(entry(progress=progress, expected=expected))
    assert f'class="done" style="width:{done}%"' in html
    assert f'class="pace" style="left:{pace}%"' in html


def test_the_little_line_is_broken_where_a_value_is_missing():
    values = [1.0, 2.0, None, 3.0]
    spark = [{"period": f"2026-0{n}", "value": v, "target": 9} for n, v in enumerate(values, 1)]
    html = kpi_cards.spark(entry(spark=spark, aggregation="last"))
    assert len(re.findall('class="course"', html)) == 1
    assert len(re.findall('class="lone"', html)) == 1
    assert len(re.findall('class="aim"', html)) == 1
    assert "from CHF 1 to CHF 3" in html.replace("\u00a0", " ")


def test_of_a_sum_the_line_to_reach_is_the_even_share_of_the_year():
    assert kpi_cards.aim(entry(), 600_000.0) == 50_000
    assert kpi_cards.aim(entry(direction="decrease", initial_value=9e5), 600_000.0) == 50_000
    assert kpi_cards.aim(entry(aggregation="last"), 600_000.0) == 600_000
    assert kpi_cards.aim(entry(direction="stay_above"), 600_000.0) == 600_000
    assert kpi_cards.aim(entry(), None) is None


def test_worst_first_goes_by_status_pace_and_chance():
    found = board(
        {"status": "ahead", "pace": 1.2},
        {"status": "behind", "pace": 0.8},
        NO_DATA,
        {"status": "behind", "pace": 0.1},
        {"status": "on_track", "pace": None, "progress": 96.0},
        {"status": "behind", "pace": 0.1, "outlook": {"probability": 0.1}},
        {"status": "behind", "pace": 0.1, "outlook": {"probability": None, "word": "unlikely"}},
    )
    assert [one["id"] for one in kpi_order.ordered(found, "worst")] == [5, 6, 3, 1, 4, 0, 2]
    assert [one["id"] for one in kpi_order.ordered(found, "best")] == [0, 4, 1, 3, 6, 5, 2]


@pytest.mark.parametrize("figure", ["progress", "performance"])
def test_what_has_no_figure_comes_last_either_way(figure):
    found = board({figure: 5.0}, {figure: None}, {figure: -1.0})
    assert [one["id"] for one in kpi_order.ordered(found, figure)] == [2, 0, 1]
    assert [one["id"] for one in kpi_order.ordered(found, f"-{figure}")] == [0, 2, 1]


def test_every_order_that_is_offered_keeps_all():
    found = board({}, NO_DATA, {"circle": "Care", "circle_id": 2})
    for order in texts.BOARD_SORTS:
        assert {one["id"] for one in kpi_order.ordered(found, order)} == {0, 1, 2}
    by_circle = kpi_order.grouped(found)
    assert [(name, [one["id"] for one in own]) for name, own in by_circle] == [
        ("Care", [2]),
        ("Sales", [0, 1]),
    ]


@pytest.mark.parametrize(
    ("statuses", "sentence"),
    [
        (["behind", "behind", "ahead"], "2 of 3 KPIs are behind"),
        (["behind", "on_track"], "1 of 2 KPIs is behind"),
        (["on_track", "no_data"], "No KPI is behind its pace"),
        (["no_data"], "No KPI has a value of the year yet"),
    ],
)
def test_the_counts_come_to_one_sentence(statuses, sentence):
    html = kpi_cards.counts([entry(status=one) for one in statuses])
    assert words(html).startswith(sentence)
    for status in STATUSES:
        assert f"<b>{statuses.count(status)}</b>" in html


def test_the_table_says_the_same_figures():
    html = kpi_tables.board([entry()], CONTEXT, "worst")
    for said in ("CHF 38 200", "October 2026", "CHF 412 300", "CHF 600 000", "69%", "71%", "70%"):
        assert said in words(html)
    assert "▼ Behind" in html
    assert kpi_tables.board([entry(**NO_DATA)], CONTEXT, "worst").count("–") >= 4


def test_headings_sort_and_then_turn_round():
    for order, heading, following in (
        ("worst", "Status", "best"),
        ("best", "Status", "worst"),
        ("worst", "Progress", "progress"),
        ("progress", "Progress", "-progress"),
        ("-progress", "Progress", "progress"),
        ("name", "KPI", "name"),
    ):
        html = kpi_tables.board([entry()], CONTEXT, order)
        assert re.search(rf'data-press="{following}"[^>]*>{heading}<', html)
        [arrow] = re.findall(r'aria-hidden="true">([▲▼])</span></button>', html)
        assert arrow == ("▼" if order in {"best", "-progress"} else "▲")
    assert set(kpi_tables.sorted_by().values()) < set(texts.BOARD_SORTS)
