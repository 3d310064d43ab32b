"""Charts and tables of all customers: series, labels, units and order."""

import pytest

from tillsight.dashboard import charts as common
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.customers import charts, cohorts, tables, texts
from tillsight.metrics.customer_groups import SEGMENTS

COURSE = [
    {"month": "2024-01", "new_customers": 3, "returning_customers": 0},
    {"month": "2024-02", "new_customers": 1, "returning_customers": 1},
]
SCORES = [
    {"code": "113", "segment": "Cannot lose them", "customers": 2, "revenue": 25.0},
    {"code": "111", "segment": "Lost", "customers": 1, "revenue": 1.5},
    {"code": "545", "segment": "Champions", "customers": 1200, "revenue": 9000.0},
]


def month(cohort: str, number: int, customers: int, *, complete: bool = True) -> dict:
    size = {"2024-01": 10, "2024-02": 30, "2024-03": 5}[cohort]
    return {
        "cohort": cohort,
        "month": number,
        "customers": customers,
        "retention": customers / size,
        "complete": complete,
    }


COHORTS = [
    month("2024-01", 0, 10),
    month("2024-01", 1, 4),
    month("2024-01", 2, 3, complete=False),
    month("2024-02", 0, 30),
    month("2024-02", 1, 6, complete=False),
    month("2024-03", 0, 5, complete=False),
]


def test_new_customers_stand_on_returning_ones() -> None:
    figure = charts.new_and_returning(COURSE, "month")
    returning, new = figure.data
    assert (returning.name, list(returning.y)) == (texts.RETURNING, [0, 1])
    assert (new.name, list(new.y)) == (texts.NEW, [3, 1])
    assert figure.layout.barmode == "stack"
    assert new.customdata[0] == "January 2024: <b>3</b> new"
    assert returning.customdata[1] == "<b>1</b> returning, <b>50.0%</b> of all"
    assert figure.layout.xaxis.title.text == "Month"
    table = tables.course(COURSE, "month")
    one = '<td class="number">1</td>'
    assert f'<th scope="row">February 2024</th>{one}{one}' in table


@pytest.mark.parametrize("most", [0, 1, 2, 3, 9, 13])
def test_there_are_no_ticks_between_people(most: int) -> None:
    rows = [{"month": "2024-01", "new_customers": most, "returning_customers": 0}]
    axis = charts.new_and_returning(rows, "month").layout.yaxis
    assert all(tick == int(tick) for tick in axis.tickvals)
    assert axis.range[1] >= most


def test_groups_keep_their_order_and_the_unknown_is_grey() -> None:
    rows = [
        {"gender": "<i>x</i>", "customers": 3, "revenue_per_customer": 10.0},
        {"gender": None, "customers": 1, "revenue_per_customer": None},
    ]
    figure = charts.by_group(rows, "gender", 4, "EUR")
    [bars] = figure.data
    assert list(bars.x) == [3, 1]
    assert list(bars.marker.color) == [common.THIS, common.BEFORE]
    assert list(bars.text) == ["75.0%", "25.0%"]
    assert bars.customdata[0] == "&lt;i&gt;x&lt;/i&gt;: <b>3</b> customers, 75.0%; €10.00 each"
    assert list(figure.layout.yaxis.ticktext) == ["&lt;i&gt;x&lt;/i&gt;", common_texts.UNKNOWN]
    table = tables.groups(rows, "gender", 4, "EUR")
    assert "&lt;i&gt;x&lt;/i&gt;" in table
    assert "€10.00" in table


def test_the_grid_has_recency_upwards_and_names_the_segment_of_most() -> None:
    found = charts.cells(SCORES)
    assert len(found) == 25
    assert sum(one.customers for one in found) == 1203
    figure = charts.rfm_grid(found, "EUR")
    heat, names = figure.data
    assert heat.z[0][0] == 3
    assert heat.z[4][3] == 1200
    assert sum(map(sum, heat.z)) == 1203
    assert heat.customdata[0][0].split("<br>") == [
        "Recency 1, frequency 1: <b>3</b> customers, €26.50",
        "Cannot lose them: 2",
        "Lost: 1",
    ]
    assert heat.customdata[0][1] == "Recency 1, frequency 2: nobody"
    text = {(x, y): said for x, y, said in zip(names.x, names.y, names.text, strict=True)}
    assert text[1, 1] == "<b>3</b><br>Cannot<br>lose them"
    assert text[4, 5] == "<b>1\u202f200</b><br>Champions"
    assert text[5, 5] == ""
    table = tables.grid(found, "EUR")
    assert table.index("Champions 1") < table.index("Cannot lose them 2; Lost 1")
    assert table.count("<tr>") == 3


def test_every_segment_has_a_meaning_and_an_advice() -> None:
    assert list(texts.SEGMENT_MEANS) == list(SEGMENTS)
    assert list(texts.SEGMENT_DO) == list(SEGMENTS)
    rows = [
        {"segment": "At risk", "customers": 3, "revenue": 75.0, "share": 0.75},
        {"segment": "Lost", "customers": 0, "revenue": 0.0, "share": None},
    ]
    html = tables.segments(rows, 4, "EUR", lambda segment: f'/x?s={segment}&"')
    assert '<a href="/x?s=At risk&amp;&quot;" target="_self">At risk</a>' in html
    assert html.count("<a ") == 1  # an empty one leads nowhere
    assert texts.SEGMENT_DO["At risk"] in html
    assert html.count("75.0%") == 2


def test_cohorts_are_percent_or_customers() -> None:
    found = charts.cohorts_of(COHORTS)
    assert [(one.name, one.size, len(one.months)) for one in found] == [
        ("2024-01", 10, 2),
        ("2024-02", 30, 1),
        ("2024-03", 5, 0),
    ]
    percent = charts.triangle(found, "percent")
    heat, open_ones = percent.data
    assert [list(row) for row in heat.z] == [[0.4, 0.3], [0.2, None], [None, None]]
    assert list(zip(open_ones.x, open_ones.y, strict=True)) == [(2, 0), (1, 1)]
    assert heat.customdata[0][0] == (
        "First purchase in January 2024, 10 customers<br>1 months after: <b>40.0%</b>, 4 customers"
    )
    assert heat.customdata[0][1].endswith("That month is not over in the data.")
    assert list(percent.layout.yaxis.ticktext) == ["Jan 2024 · 10", "Feb 2024 · 30", "Mar 2024 · 5"]
    assert heat.zmax == 0.4
    counts = charts.triangle(found, "customers").data[0]
    assert [list(row) for row in counts.z] == [[4, 3], [6, None], [None, None]]


def test_a_few_cells_do_not_take_the_colours_of_all_others() -> None:
    rows = [
        {"cohort": "2020-01", "month": place, "customers": 100 if place < 3 else 1}
        | {"retention": 1.0 if place < 3 else 0.01, "complete": True}
        for place in range(120)
    ]
    assert charts.triangle(charts.cohorts_of(rows), "percent").data[0].zmax == 0.01


def test_who_came_again_counts_months_that_are_over() -> None:
    found = charts.cohorts_of(COHORTS)
    assert charts.retention_after(found, 1) == 0.4
    assert charts.retention_after(found, 2) is None
    alt = cohorts.alt(found)
    assert "a row for each of 3 months" in alt
    assert alt.endswith("In the month after the first purchase 40.0% of the customers bought.")
    table = tables.triangle(found, "percent")
    assert ">30.0%*</td>" in table
    everybody = table[table.index(texts.COHORTS_ALL) :].split("</tr>")[0]
    assert [cell.split("</td>")[0] for cell in everybody.split('"number">')[1:]] == [
        "45",
        "40.0%",
        "",
    ]
    counts = tables.triangle(found, "customers")
    assert ">6*</td>" in counts
    assert texts.COHORTS_ALL not in counts


ORDER = {
    "source": "plain",
    "order_id": "<7>",
    "time": "2024-05-07T10:00:00",
    "country": "France",
    "channel": None,
    "lines": 2,
    "units": 3.0,
    "revenue": 12.5,
    "returned": 2.0,
}
LINE = {
    "source": "plain",
    "order_id": "<7>",
    "product_id": "p1",
    "product_name": "<b>Pen</b>",
    "category": None,
    "quantity": 2.0,
    "price": 5.0,
    "amount": 10.0,
}


def test_orders_have_their_own_lines() -> None:
    other = {**ORDER, "order_id": None, "lines": 1, "returned": 0.0}
    stranger = {**LINE, "order_id": "8", "product_name": "Not theirs"}
    html = tables.orders([ORDER, other], [LINE, stranger], "EUR")
    assert html.count("<details") == 1
    assert "Order &lt;7&gt;" in html
    assert "2 lines · France · €2.00 taken back" in html
    assert "&lt;b&gt;Pen&lt;/b&gt;" in html
    assert "Not theirs" not in html
    assert texts.ORDER_WITHOUT_ID in html
    assert "1 line · France<" in html


def test_long_courses_keep_the_latest() -> None:
    rows = [
        {"month": f"{2000 + n // 12}-{n % 12 + 1:02}", "revenue": n, "orders": 1}
        for n in range(130)
    ]
    html = tables.months(rows, "EUR")
    assert html.count("<tr>") == 1 + tables.MOST_ROWS
    assert "October 2010" in html
