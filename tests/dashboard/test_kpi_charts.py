from datetime import date

import pytest

from kpi_entries import entry
from tillsight.dashboard.kpis import charts as kpi_charts
from tillsight.dashboard.kpis.charts import Course

DAY = date(2026, 4, 20)
TARGETS = [{"valid_from": None, "value": 1200.0}, {"valid_from": "2026-01-01", "value": 2400.0}]
BANDS = [
    {"period": "2026-04", "p10": 600.0, "p50": 700.0, "p90": 800.0},
    {"period": "2026-12", "p10": 2000.0, "p50": 2300.0, "p90": 2600.0},
]


def series(*values: tuple[str, float, float], target: float = 2400.0) -> list[dict]:
    return [
        {"period": period, "value": value, "x": x, "target": target, "restated": None}
        for period, value, x in values
    ]


TWO_YEARS = series(
    ("2025-11", 100.0, 900.0),
    ("2025-12", 110.0, 1010.0),
    ("2026-01", 200.0, 200.0),
    ("2026-03", 300.0, 500.0),
)


def course(since: date = date(2025, 1, 1), **told) -> Course:
    kpi = {"unit": "amount", "target_value": 2400.0, "x": 500.0, "bands": BANDS}
    kpi |= {"series": TWO_YEARS}
    return Course(entry(**kpi) | told, TARGETS, DAY, since)


def lines(figure) -> dict:
    return {trace.name: trace for trace in figure.data}


def test_values_that_add_up_are_drawn_as_the_year_to_date_over_their_bars():
    drawn = lines(kpi_charts.evolution(course()))
    assert list(drawn["2026"].x) == [date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 31)]
    assert list(drawn["2026"].y) == [0, 200, 500]
    assert list(drawn["2025"].y) == [900, 1010], "what came before November is not known here"
    assert drawn["2025"].line.color != drawn["2026"].line.color
    assert list(drawn["values"].y) == [100, 110, 200, 300]
    assert drawn["values"].yaxis == drawn["share"].yaxis == "y2"


def test_the_target_goes_in_steps_to_the_end_of_the_year():
    drawn = lines(kpi_charts.evolution(course()))
    days = [date(2025, 1, 1), date(2026, 1, 1), date(2026, 12, 31)]
    assert list(drawn["target"].x) == list(drawn["share"].x) == days
    assert list(drawn["target"].y) == [1200, 2400, 2400]
    assert list(drawn["share"].y) == [100, 200, 200]
    assert drawn["target"].line.shape == "hv"
    assert list(drawn["pace"].x) == [date(2026, 1, 1), date(2026, 12, 31)]
    assert list(drawn["pace"].y) == [0, 2400]


def test_a_target_that_is_still_to_come_is_not_drawn():
    later = [*TARGETS, {"valid_from": "2027-01-01", "value": 9.0}]
    shown = course()
    drawn = lines(kpi_charts.evolution(Course(shown.told, later, DAY, shown.since)))
    assert list(drawn["target"].y) == [1200, 2400, 2400]


def test_what_may_come_goes_on_from_the_last_value_to_the_end_of_the_year():
    drawn = lines(kpi_charts.evolution(course()))
    assert list(drawn["low"].x) == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 12, 31)]
    assert list(drawn["low"].y) == [500, 600, 2000]
    assert list(drawn["median"].y) == [500, 700, 2300]
    assert list(drawn["band"].y) == [500, 800, 2600]
    assert drawn["band"].fill == "tonexty"
    assert not {"low", "band", "median"} & lines(kpi_charts.evolution(course(bands=[]))).keys()


@pytest.mark.parametrize("aggregation", ["last", "average"])
def test_values_that_do_not_add_up_are_a_line_that_a_missing_period_breaks(aggregation):
    drawn = lines(kpi_charts.evolution(course(aggregation=aggregation)))
    assert list(drawn["values"].y) == [100, 110, 200, None, 300]
    assert ("mean" in drawn) == (aggregation == "average")
    assert "share" not in drawn


@pytest.mark.parametrize(
    ("direction", "missed"), [("stay_above", [100, 110]), ("stay_below", [300])]
)
def test_periods_that_were_not_kept_have_a_cross(direction, missed):
    kept = course(direction=direction, series=[{**one, "target": 200.0} for one in TWO_YEARS])
    drawn = lines(kpi_charts.evolution(kept))
    assert list(drawn["missed"].y) == missed
    assert drawn["missed"].marker.symbol == "x"
    assert not {"pace", "band"} & drawn.keys()


def test_restated_values_are_hollow_marks_beside_what_was_reported():
    told = [*TWO_YEARS[:-1], {**TWO_YEARS[-1], "restated": 320.0}]
    for aggregation in ("sum", "last"):
        drawn = lines(kpi_charts.evolution(course(series=told, aggregation=aggregation)))
        assert list(drawn["restated"].y) == [320]
        assert drawn["restated"].marker.symbol == "diamond-open"
        assert drawn["values"].y[-1] == 300
    assert "restated" not in lines(kpi_charts.evolution(course()))


def test_years_before_the_first_day_shown_are_left_out():
    drawn = lines(kpi_charts.evolution(course(since=date(2026, 1, 1))))
    assert "2025" not in drawn
    assert list(drawn["values"].y) == [200, 300]
    assert list(drawn["target"].y) == [2400, 2400]


def test_a_period_that_is_not_over_stands_on_the_day_the_figures_are_of():
    yearly = course(series=series(("2025", 9.0, 9.0), ("2026", 8.0, 8.0)), periodicity="yearly")
    drawn = lines(
        kpi_charts.evolution(
            Course({**yearly.told, "aggregation": "last"}, TARGETS, DAY, yearly.since)
        )
    )
    assert list(drawn["values"].x) == [date(2025, 12, 31), DAY]


@pytest.mark.parametrize("periodicity", ["daily", "weekly", "monthly", "quarterly", "yearly"])
def test_axes_say_the_unit_and_lines_are_named_where_they_are(periodicity):
    shown = course(periodicity=periodicity, unit="chf")
    figure = kpi_charts.evolution(shown)
    assert figure.layout.yaxis.ticktext[-1] == "CHF\u00a03k"
    assert figure.layout.showlegend is False
    said = [one.text for one in figure.layout.annotations]
    assert {"Pace", "Target CHF\u00a02.4k", "2025: CHF\u00a01.01k", "<b>CHF\u00a0500</b>"} <= {
        *said
    }
    assert ("share" in lines(figure)) == (periodicity != "yearly")


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0, 950], [0, 250, 500, 750, 1000]),
        ([80, 95], [80, 85, 90, 95]),
        ([-30, 20], [-40, -20, 0, 20]),
        ([5], [2, 4, 6, 8]),
        ([0], [-0.5, -0.25, 0, 0.25, 0.5]),
        ([], [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_ticks_are_round_and_hold_every_value(values, ticks):
    assert kpi_charts.ticks(values) == ticks
