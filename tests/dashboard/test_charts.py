from datetime import date

import pytest

from tillsight.dashboard import charts, texts

ROWS = [
    {"day": "2024-05-06", "revenue": 1200.5},
    {"day": "2024-05-07", "revenue": 0.0},
    {"day": "2024-05-08", "revenue": 2100.0},
]
BEFORE = [
    {"day": "2024-05-03", "revenue": 900.0},
    {"day": "2024-05-04", "revenue": 950.0},
    {"day": "2024-05-05", "revenue": 1000.0},
]


def test_revenue_is_drawn_in_order_of_time_over_the_period_before():
    earlier, this = charts.revenue_over_time(ROWS, BEFORE, "day", "EUR").data
    assert (earlier.name, this.name) == (texts.EARLIER_PERIOD, texts.THIS_PERIOD)
    assert list(this.y) == [1200.5, 0.0, 2100.0]
    assert list(earlier.y) == [900.0, 950.0, 1000.0]
    days = [date(2024, 5, 6), date(2024, 5, 7), date(2024, 5, 8)]
    assert list(this.x) == days
    assert list(earlier.x) == days, "the period before lies in the places of this one"


def test_hover_says_each_line_own_day_and_amount():
    earlier, this = charts.revenue_over_time(ROWS, BEFORE, "day", "EUR").data
    assert this.customdata[0] == "Mon 6 May 2024: <b>€1\u202f200.50</b>"
    assert earlier.customdata[0] == "Fri 3 May 2024: <b>€900.00</b>"


@pytest.mark.parametrize(
    ("grain", "bucket", "axis", "name"),
    [
        ("day", "2024-05-07", "Day", "Tue 7 May 2024"),
        ("week", "2024-W19", "Week beginning", "Week of 6 May 2024"),
        ("month", "2024-05", "Month", "May 2024"),
    ],
)
def test_axes_say_what_they_measure(grain, bucket, axis, name):
    figure = charts.revenue_over_time([{grain: bucket, "revenue": 10.0}], [], grain, "CHF")
    assert figure.layout.xaxis.title.text == axis
    assert figure.layout.yaxis.title.text == "Revenue (CHF)"
    assert figure.layout.yaxis.ticktext[-1] == "CHF\u00a010"
    assert charts.bucket_name(grain, bucket) == name


def test_without_a_period_before_there_is_one_line_and_no_legend():
    figure = charts.revenue_over_time(ROWS, [], "day", "EUR")
    assert [line.name for line in figure.data] == [texts.THIS_PERIOD]
    assert figure.layout.showlegend is False


def test_a_longer_period_before_is_cut_to_the_places_there_are():
    earlier, this = charts.revenue_over_time(ROWS[:2], BEFORE, "day", "EUR").data
    assert len(earlier.x) == len(this.x) == 2


def test_the_ground_shows_through_and_the_lines_differ_without_colour():
    figure = charts.revenue_over_time(ROWS, BEFORE, "day", "EUR")
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    earlier, this = figure.data
    assert earlier.line.dash == "dot"
    assert this.line.dash is None


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 0.25, 0.5, 0.75, 1]),
        (950, [0, 250, 500, 750, 1000]),
        (2_100, [0, 1000, 2000, 3000]),
        (10_666_684.54, [0, 5_000_000, 10_000_000, 15_000_000]),
    ],
)
def test_ticks_are_round_and_reach_the_top(top, ticks):
    assert charts.round_ticks(top) == ticks
