from datetime import date

import pytest

from kpi_entries import NO_DATA, OUTLOOK, entry
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis import words as kpi_words

DAY = date(2026, 11, 22)
STAYING = {"direction": "stay_below", "progress": 90.0, "expected": None, "pace": None}


def spaced(text: str) -> str:
    """The text with every kind of space, and a minus, as on a keyboard."""
    return text.translate({0x202F: " ", 0xA0: " ", 0x2212: "-"})


@pytest.mark.parametrize(
    ("period", "first", "last", "name"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2024"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "Q4 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31), "December 2025"),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3), "Week 53 of 2026"),
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5), "Week 1 of 2025"),
        ("2026-03-05", date(2026, 3, 5), date(2026, 3, 5), "5 March 2026"),
    ],
)
def test_a_period_has_its_days_and_a_name(period, first, last, name):
    assert kpi_periods.first_day(period) == first
    assert kpi_periods.last_day(period) == last
    assert kpi_periods.name(period) == name
    assert kpi_periods.year_of(period) == int(period[:4])


@pytest.mark.parametrize(
    ("amount", "unit", "exact", "rounded", "short"),
    [
        (412_300.5, "chf", "CHF 412 300.50", "CHF 412 300", "CHF 412k"),
        (-1_250_000, "eur", "-€1 250 000", "-€1 250 000", "-€1.25M"),
        (12.3456, "chf", "CHF 12.3456", "CHF 12.35", "CHF 12.3"),
        (93.25, "percentage", "93.25%", "93.25%", "93.2%"),
        (0, "percentage", "0%", "0%", "0%"),
        (100, "percentage", "100%", "100%", "100%"),
        (4.5, "score", "4.5 points", "4.5 points", "4.5 points"),
        (1250, "amount", "1 250", "1 250", "1.25k"),
        (-0.001, "amount", "-0.001", "0", "0"),
    ],
)
def test_a_value_never_stands_without_its_unit(amount, unit, exact, rounded, short):
    assert spaced(kpi_formats.value(amount, unit)) == exact
    assert spaced(kpi_formats.rounded(amount, unit)) == rounded
    assert spaced(kpi_formats.short(amount, unit)) == short


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "CHF 412 300 in 2026 · target CHF 600 000"),
        ({"aggregation": "last"}, "Target CHF 600 000"),
        (
            {"aggregation": "average", "direction": "decrease"},
            "CHF 412 300 on average in 2026 · target CHF 600 000 or less",
        ),
        (STAYING, "Stays below CHF 600 000"),
        (NO_DATA, "Target CHF 600 000"),
    ],
)
def test_how_far_it_is_in_words(told, said):
    assert spaced(kpi_words.reach(entry(**told), DAY)) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Expected by 22 November: CHF 535 890"),
        (STAYING, "On track while 95% of the periods are kept"),
        ({"progress": None, "pace": None}, "Target and start are the same: on track while it is"),
        (NO_DATA, "Status and outlook begin with the first value of 2026"),
    ],
)
def test_what_the_pace_asks_for_in_words(told, said):
    assert spaced(kpi_words.expected(entry(**told), DAY)).startswith(said)


@pytest.mark.parametrize(
    ("told", "said", "short"),
    [
        ({}, "Likely (70%) to reach the target by 31 December", "70%"),
        (
            {"probability": 0.5, "word": "open"},
            "Open (50%) whether the target is reached by 31 December",
            "50%",
        ),
        (
            {"probability": None, "word": "unlikely"},
            "Unlikely to reach the target by 31 December",
            "Unlikely",
        ),
        (
            {"method": "past_changes"},
            "Likely (70%) to reach the target by 31 December · by past changes",
            "70%",
        ),
    ],
)
def test_a_chance_is_a_word_and_a_number_where_there_is_one(told, said, short):
    told = entry(outlook=OUTLOOK | told)
    assert kpi_words.outlook(told, DAY) == said
    assert kpi_words.chance(told["outlook"]) == short


@pytest.mark.parametrize(("probability", "said"), [(1, "kept"), (0, "missed")])
def test_what_nothing_can_change_is_no_chance(probability, said):
    told = entry(outlook={"probability": probability, "method": "settled"})
    assert kpi_words.outlook(told, DAY) == f"Settled: the target is {said}"
    assert kpi_words.chance(told["outlook"]) == said.capitalize()


def test_an_outlook_says_what_it_misses():
    told = entry(outlook={"probability": None, "needed": 6, "have": 4})
    assert kpi_words.outlook(told, DAY) == "Too little history for an outlook: 4 of 6 values"
    told = entry(outlook={"probability": None, "forecast": -3.0})
    assert kpi_words.outlook(told, DAY).startswith("No outlook: the forecast for the rest of")
    assert kpi_words.chance(told["outlook"]) == "–"
    assert kpi_words.outlook(entry(**STAYING), DAY).endswith("keep the target until 31 December")


@pytest.mark.parametrize(
    ("told", "mark"),
    [
        ({}, 89.3151),
        ({"initial_value": 12.0, "target_value": 8.0, "expected": 9.0}, 75),
        (STAYING, 95),
        ({"progress": None}, None),
        (NO_DATA, None),
    ],
)
def test_where_the_mark_of_the_pace_is(told, mark):
    assert kpi_words.pace_mark(entry(**told)) == (None if mark is None else pytest.approx(mark))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Behind: on 22 November CHF 123 590 short of the pace"),
        ({"x": 540_000.0, "status": "on_track"}, "On track: on 22 November CHF 4 110 better"),
        (
            {"unit": "percentage", "direction": "decrease", "initial_value": 12.0}
            | {"target_value": 8.0, "expected": 9.0, "x": 10.5},
            "Behind: on 22 November 1.5 percentage points short of the pace",
        ),
        ({"x": 535_890.41, "status": "on_track"}, "On track: on 22 November just at the pace"),
        (STAYING, "Behind: 90% of the periods of 2026 were kept"),
        ({"progress": None, "status": "on_track"}, "On track: CHF 412 300, and the target is"),
        (NO_DATA, "No values in 2026 yet"),
    ],
)
def test_the_title_of_the_chart_states_what_it_shows(told, said):
    assert spaced(kpi_words.finding(entry(**told), DAY)).startswith(said)
