"""The course of revenue, split by groups, and its growth, as functions."""

import re
from datetime import date

import pytest

from tillsight import formats
from tillsight.dashboard import charts as common
from tillsight.dashboard.revenue import charts, tables, texts

FIGURES = [
    {"month": "2024-01", "revenue": 100.1, "net_revenue": 90.0, "returns": 10.1},
    {"month": "2024-02", "revenue": 50.0, "net_revenue": -20.0, "returns": 70.0},
]
BEFORE = [{"month": "2023-01", "revenue": 80.0, "net_revenue": 80.0, "returns": 0.0}]
GROUPS = [
    {"month": "2024-01", "country": "France", "revenue": 60.05},
    {"month": "2024-01", "country": None, "revenue": 20.0},
    {"month": "2024-02", "country": "France", "revenue": 50.0},
]
NAMES = {"France": "France", None: "Unknown"}
ASKED = ("revenue", "month", "country")


def growth(bucket: str, growth: float | None, year: float | None, **days: str) -> dict[str, object]:
    return {
        "bucket": bucket,
        "first_day": f"{bucket}-01",
        "last_day": f"{bucket}-28",
        "value": 10.0,
        "before": 8.0,
        "growth": growth,
        "year_before": 5.0,
        "year_growth": year,
        **days,
    }


ROWS = [
    growth("2023-02", None, None, first_day="2023-02-20"),
    growth("2023-03", 900.0, None, last_day="2023-03-31"),
    growth("2023-04", -12.3, 4.0, last_day="2023-04-09"),
]
WRITTEN = {
    f"{row['bucket']}/{name}": f"€{row[name]}"
    for row in ROWS
    for name in ("value", "before", "year_before")
}


def test_the_course_of_a_measure_below_zero_has_ticks_there() -> None:
    figure = charts.trend(FIGURES, BEFORE, "month", "net_revenue", "EUR")
    earlier, this = figure.data
    assert list(this.y) == [90.0, -20.0]
    assert list(earlier.y) == [80.0]
    assert figure.layout.yaxis.title.text == "Net revenue (EUR)"
    assert list(figure.layout.yaxis.ticktext) == [
        f"{formats.MINUS}€25",
        "€0",
        "€25",
        "€50",
        "€75",
        "€100",
    ]
    assert figure.layout.yaxis.range[0] < -20 < 90 < figure.layout.yaxis.range[1]


def test_groups_and_the_rest_add_up_to_the_total() -> None:
    parts = charts.split(FIGURES, GROUPS, NAMES, ASKED)
    assert list(parts.series) == ["France", "Unknown", texts.REST]
    assert parts.series["Unknown"] == [20.0, 0]
    assert parts.series[texts.REST] == [20.05, 0.0]
    sums = [sum(values[at] for values in parts.series.values()) for at in range(2)]
    assert sums == pytest.approx([row["revenue"] for row in FIGURES])
    assert parts.total("France") == 110.05


def test_without_a_rest_none_is_drawn() -> None:
    whole = [*GROUPS, {"month": "2024-01", "country": "EIRE", "revenue": 20.05}]
    parts = charts.split(FIGURES, whole, NAMES | {"EIRE": "EIRE"}, ASKED)
    assert list(parts.series) == ["France", "Unknown", "EIRE"]


@pytest.mark.parametrize(("form", "kind"), [("stacked", "bar"), ("lines", "scatter")])
def test_each_group_has_its_colour_and_the_rest_is_grey(form: str, kind: str) -> None:
    parts = charts.split(FIGURES, GROUPS, NAMES, ASKED)
    figure = charts.by_group(parts, form, "revenue", "EUR")
    assert [one.type for one in figure.data] == [kind] * 3
    colours = [one.marker.color if kind == "bar" else one.line.color for one in figure.data]
    assert colours == [*common.SERIES[:2], common.BEFORE]
    assert list(figure.data[0].x) == [date(2024, 1, 1), date(2024, 2, 1)]
    assert figure.data[0].customdata[0] == "January 2024<br>France: <b>€60.05</b>"
    assert figure.data[1].customdata[0] == "Unknown: <b>€20.00</b>"
    assert figure.layout.yaxis.title.text == "Revenue (EUR)"
    highest = 60.05 if form == "lines" else 100.1
    assert figure.layout.yaxis.range[1] >= highest


def test_many_buckets_are_areas_unless_something_lies_below_zero() -> None:
    days = [{"day": f"{date.fromordinal(738000 + one)}", "revenue": 1.0} for one in range(300)]
    rows = [{**row, "channel": "shop"} for row in days]
    parts = charts.split(days, rows, {"shop": "Shop"}, ("revenue", "day", "channel"))
    [area] = charts.by_group(parts, "stacked", "revenue", "EUR").data
    assert (area.type, area.stackgroup) == ("scatter", "one")
    rows[0]["revenue"] = days[0]["revenue"] = -1.0
    parts = charts.split(days, rows, {"shop": "Shop"}, ("revenue", "day", "channel"))
    [bars] = charts.by_group(parts, "stacked", "revenue", "EUR").data
    assert bars.type == "bar"


def test_names_of_groups_are_no_markup() -> None:
    parts = charts.split(FIGURES, GROUPS, {"France": "<b>x</b>"}, ASKED)
    figure = charts.by_group(parts, "lines", "revenue", "EUR")
    assert figure.data[0].name == "&lt;b&gt;x&lt;/b&gt;"
    assert "<b>x" not in figure.data[0].customdata[0]
    assert "<b>x" not in tables.by_group(parts, "EUR")


def test_growth_in_bars_that_end_where_the_others_would_vanish() -> None:
    figure = charts.growth(ROWS, "month", WRITTEN)
    before, year = figure.data
    assert list(before.y) == [None, charts.MOST_GROWTH, -12.3]
    assert list(year.y) == [None, None, 4.0]
    assert before.customdata[1] == "March 2023: <b>+900.0%</b>, €10.0 from €8.0"
    assert (before.name, year.name) == (texts.FROM_BEFORE["month"], texts.FROM_YEAR)
    assert figure.layout.yaxis.title.text == texts.GROWTH_AXIS
    assert figure.layout.xaxis.ticktext[-1] == "Apr<br>2023"
    assert charts.is_capped(ROWS)
    assert not charts.is_capped(ROWS[2:])


def test_quarters_have_names() -> None:
    rows = [growth("2024-Q2", 1.0, None, first_day="2024-04-01", last_day="2024-06-30")]
    written = {f"2024-Q2/{name}": "1" for name in ("value", "before", "year_before")}
    assert charts.growth(rows, "quarter", written).data[0].customdata[0].startswith("Q2 2024: ")
    assert tables.part_of(rows[0], "quarter") == ""
    assert not tables.is_under_way(rows[0], "quarter")


def test_a_table_of_growth_newest_first_says_which_months_are_not_whole() -> None:
    orders = {row["bucket"]: f"/orders?month={row['bucket']}&a=b" for row in ROWS}
    table = tables.growth(ROWS, "month", "revenue", WRITTEN, orders)
    assert table.count('href="/orders?month=2023-03&amp;a=b"') == 1
    names = re.findall(r'<th scope="row">(\w+ \d+)', table)
    assert names == ["April 2023", "March 2023", "February 2023"]
    assert "up to 9 April 2023" in table
    assert "from 20 February 2023" in table
    assert '<b class="good">▲ +900.0%</b>' in table
    assert f'<b class="bad">▼ {formats.MINUS}12.3%</b>' in table


def test_a_table_of_the_course_has_the_last_hundred_and_says_so() -> None:
    rows = [{"day": f"{date.fromordinal(738000 + one)}", "revenue": one} for one in range(120)]
    table = tables.trend(rows, rows[:1], "day", "revenue", "EUR")
    assert table.count("<tr>") == 101
    assert "100" in table.partition("</table>")[2]
    assert "€119.00" in table
    assert "€19.00" not in table


def test_a_few_buckets_are_each_named() -> None:
    figure = charts.trend(FIGURES, [], "month", "revenue", "EUR")
    assert list(figure.layout.xaxis.tickvals) == [date(2024, 1, 1), date(2024, 2, 1)]
