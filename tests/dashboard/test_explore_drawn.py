"""The table and the charts of Explore, and the tables of Orders, from what the API answers."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api_shop import Api, shared_api
from shop import HEADER
from tillsight import formats
from tillsight.dashboard import charts as common
from tillsight.dashboard.explore import charts, tables, texts
from tillsight.dashboard.explore.answers import Earlier, Table, place
from tillsight.dashboard.explore.matrix import Matrix
from tillsight.dashboard.explore.written import written
from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders import tables as order_tables
from tillsight.dashboard.periods import Compare, Grain, Span

SALES = HEADER + "".join(
    f"{day}{number},p{number},<b>{number}</b>,{number},2024-0{month}-{day:02} 10:00:00,"
    f"10,c{number},{country}\n"
    for month, day in ((4, 3), (5, 4), (5, 5))
    for number, country in ((1, "France"), (2, "EIRE"), (3, "France"))
)
MAY = Span(date(2024, 5, 1), date(2024, 6, 1))
CHOICE = Choice(MAY, Compare.previous_period, {}, Grain.month, {"days": ["mtd"]})
LINK = re.compile(r'<a href="([^"]+)"[^>]*>([^<]+)</a>')


@pytest.fixture(scope="module")
def shop() -> Iterator[Api]:
    with shared_api(SALES) as api:
        yield api


@pytest.fixture(scope="module")
def known(shop: Api) -> dict[str, Any]:
    catalogue = shop.get("/api/metrics")
    return {one["name"]: one for one in (*catalogue["dimensions"], *catalogue["measures"])}


def asked(api: Api, by: str, **more: Any) -> Any:
    days = {"from": "2024-05-01", "to": "2024-06-01"}
    measures = "revenue,customers,average_order_value"
    return api.get("/api/metrics/query", measures=measures, by=by, **(days | more))


def table(api: Api, dimensions: list[str], limit: int | None = None) -> Table:
    cut = {} if limit is None else {"limit": limit}
    answer = asked(api, ",".join(dimensions), order="-revenue", **cut)
    subtotals = asked(api, dimensions[0])["rows"]
    return Table(
        ["revenue", "customers", "average_order_value"],
        dimensions,
        answer["rows"],
        answer["totals"],
        {row[dimensions[0]]: row for row in subtotals},
        is_cut=limit is not None,
        start=MAY.start,
    )


def lines(html: str) -> list[list[str]]:
    """The texts of the cells of each row."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in rows
    ]


def test_subtotals_and_totals_are_the_apis_and_not_sums(shop: Api, known: dict[str, Any]) -> None:
    """Three customers bought from two countries; their average order is counted anew."""
    shown = tables.Shown(known, "GBP", CHOICE)
    assert lines(tables.html(table(shop, ["country", "product"]), shown)) == [
        ["Country", "Product", "Revenue", "Customers", "Average order value"],
        ["France", "£80.00", "2", "£20.00"],
        ["", "&lt;b&gt;3&lt;/b&gt;", "£60.00", "1", "£30.00"],
        ["", "&lt;b&gt;1&lt;/b&gt;", "£20.00", "1", "£10.00"],
        ["EIRE", "£40.00", "1", "£20.00"],
        ["", "&lt;b&gt;2&lt;/b&gt;", "£40.00", "1", "£20.00"],
        ["Total", "£120.00", "3", "£20.00"],
    ]


def test_what_a_limit_left_out_is_told_of_figures_that_add_up(
    shop: Api, known: dict[str, Any]
) -> None:
    shown = tables.Shown(known, "GBP", CHOICE)
    flat = lines(tables.html(table(shop, ["product"], 1), shown))
    assert flat[2:] == [[texts.OTHERS, "£60.00", "–", "–"], ["Total", "£120.00", "3", "£20.00"]]
    grouped = lines(tables.html(table(shop, ["country", "product"], 1), shown))
    assert grouped[3:] == [
        [texts.OTHERS_OF.format(where="France"), "£20.00", "–", "–"],
        [texts.OTHERS, "£40.00", "–", "–"],
        ["Total", "£120.00", "3", "£20.00"],
    ]


def test_every_number_of_a_row_leads_to_its_orders(shop: Api, known: dict[str, Any]) -> None:
    html = tables.html(table(shop, ["country", "product"]), tables.Shown(known, "GBP", CHOICE))
    found = [
        (parse_qs(urlsplit(way.replace("&amp;", "&")).query), text)
        for way, text in LINK.findall(html)
    ]
    assert len(found) == 3 * 5
    assert found[0] == ({"days": ["mtd"], "country": ["France"], "measure": ["revenue"]}, "£80.00")
    assert found[4][0] == {
        "days": ["mtd"],
        "country": ["France"],
        "product": ["p3"],
        "measure": ["customers"],
    }
    for place_of, (asks, text) in enumerate(found):
        del asks["days"]
        [measure] = asks.pop("measure")
        total = shop.get(
            "/api/metrics/query",
            **{"measures": measure, "from": "2024-05-01", "to": "2024-06-01", **asks},
        )["totals"][measure]
        assert text == written(known[measure], total, "GBP"), place_of


def test_what_was_before_stands_beside_and_leads_to_its_own_days(
    shop: Api, known: dict[str, Any]
) -> None:
    before = asked(
        shop, "country", **{"from": "2024-04-01", "to": "2024-05-01", "country": "France"}
    )
    start = date(2024, 4, 1)
    rows = {place(row, ["country"], start): row for row in before["rows"]}
    growth = {"revenue": 1.0, "customers": 0.0, "average_order_value": None}
    earlier = Earlier(start, date(2024, 5, 1), rows, {}, before["totals"], growth)
    compared = replace(table(shop, ["country"]), earlier=earlier)
    html = tables.html(compared, tables.Shown(known, "GBP", CHOICE))
    found = lines(html)
    assert found[1][:4] == ["France", "£80.00", "£40.00", "+100.0%"]
    assert found[2][:4] == ["EIRE", "£40.00", "–", texts.NEW]
    assert found[3][:4] == ["Total", "£120.00", "£40.00", "+100.0%"]
    assert "days=custom&amp;since=2024-04-01&amp;until=2024-04-30&amp;country=France" in html


def test_a_part_of_a_month_has_no_change_from_a_whole_one(known: dict[str, Any]) -> None:
    """The year up to 21 November beside as many days that end with the year before."""
    rows = [{"month": f"2026-{month}", "revenue": 90.0} for month in ("01", "02", "11")]
    before = {0: ("2025-02", 30.0), 1: ("2025-03", 60.0), 10: ("2025-12", 180.0)}
    comparison = {
        "this": {"start": "2026-01-01", "end": "2026-11-22"},
        "before": {"start": "2025-02-10", "end": "2026-01-01"},
    }
    earlier = Earlier(
        date(2025, 2, 10),
        date(2026, 1, 1),
        {(place,): {"month": month, "revenue": value} for place, (month, value) in before.items()},
        {},
        {"revenue": 270.0},
        {"revenue": 0.0},
    )
    uneven = Table(
        ["revenue"], ["month"], rows, {"revenue": 270.0}, {}, earlier,
        start=date(2026, 1, 1), comparison=comparison,
    )  # fmt: skip
    found = lines(tables.html(uneven, tables.Shown(known, "EUR", CHOICE)))
    assert [line[2:] for line in found[1:4]] == [
        ["€30.00", "–"],
        ["€60.00", "+50.0%"],
        ["€180.00", "–"],
    ]
    assert found[4][3] == "0.0%"
    assert uneven.is_uneven
    assert not replace(uneven, rows=rows[1:2]).is_uneven


def test_new_customers_by_two_kinds_of_time_lead_nowhere(known: dict[str, Any]) -> None:
    """No span of days would ask for that number."""
    row = {"year": "2024", "month": "2024-05", "new_customers": 2, "orders": 3}
    shown = tables.Shown(known, "GBP", CHOICE)
    both = Table(["new_customers", "orders"], ["year", "month"], [row], row, {"2024": row})
    assert [text for _, text in LINK.findall(tables.html(both, shown))] == ["3", "3"]
    one = Table(["new_customers"], ["month"], [row], row)
    assert [text for _, text in LINK.findall(tables.html(one, shown))] == ["2"]


MONTHS = Matrix(
    ["month", "country"],
    ["2024-04", "2024-05"],
    ["April 2024", "May 2024"],
    ["France", "<EIRE>", texts.OTHERS],
    [[10.0, 30.0], [None, 20.0], [1.0, 2.0]],
    has_others=True,
)


def test_lines_over_time_are_a_series_each_and_grey_for_what_is_left(known: dict[str, Any]) -> None:
    figure = charts.line(MONTHS, known["revenue"], "EUR")
    assert [one.name for one in figure.data] == ["France", "&lt;EIRE&gt;", texts.OTHERS]
    assert list(figure.data[0].x) == [date(2024, 4, 1), date(2024, 5, 1)]
    assert [list(one.y) for one in figure.data] == MONTHS.values
    assert figure.data[2].line.color == common.BEFORE
    assert figure.data[0].customdata[1] == "May 2024, France: <b>€30.00</b>"
    assert figure.layout.yaxis.title.text == "Revenue (EUR)"
    assert figure.layout.yaxis.range[1] >= 30


def test_one_line_stands_over_what_was_before(known: dict[str, Any]) -> None:
    alone = replace(
        MONTHS, dimensions=["month"], series_names=["Orders"], values=[[1, 2]], before=[3]
    )
    before, this = charts.line(alone, known["orders"], "EUR").data
    assert (list(before.y), list(this.y)) == ([3], [1, 2])
    assert this.customdata[0] == "April 2024: <b>1</b>"


def test_bars_stand_in_the_order_of_the_rows(known: dict[str, Any]) -> None:
    figure = charts.bars(MONTHS, known["return_rate"], "EUR")
    assert [list(one.x) for one in figure.data] == MONTHS.values
    assert list(figure.layout.yaxis.ticktext) == ["April 2024", "May 2024"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.data[0].customdata[0].endswith(f"<b>1{formats.GROUP}000.0%</b>")
    assert figure.layout.xaxis.title.text == "Return rate"


def test_a_heat_map_has_the_first_dimension_downwards(known: dict[str, Any]) -> None:
    figure = charts.heat(MONTHS, known["revenue"], "EUR")
    assert [list(one) for one in figure.data[0].z] == [[10.0, None, 1.0], [30.0, 20.0, 2.0]]
    assert list(figure.layout.xaxis.ticktext) == ["France", "&lt;EIRE&gt;", texts.OTHERS]
    assert figure.data[0].customdata[1][1] == "May 2024, &lt;EIRE&gt;: <b>€20.00</b>"


def test_a_chart_is_told_in_words_and_as_a_table(known: dict[str, Any]) -> None:
    alt = charts.alt("heat", MONTHS, known["revenue"], "Month and Country", "EUR")
    assert alt == (
        "Heat map of Revenue by Month and Country. The highest is €30.00: May 2024, France."
        " The lowest is €1.00: April 2024, All others."
    )
    assert lines(charts.values_table(MONTHS, known["revenue"], "EUR")) == [
        ["", "France", "&lt;EIRE&gt;", "All others"],
        ["April 2024", "€10.00", "–", "€1.00"],
        ["May 2024", "€30.00", "€20.00", "€2.00"],
    ]
    assert charts.tick(2500, known["orders"], "EUR") == "2.5k"
    assert charts.tick(0.25, known["return_rate"], "EUR") == "25.0%"


def test_orders_and_lines_are_listed_with_what_people_wrote_made_harmless(shop: Api) -> None:
    found = shop.get("/api/orders", product="p3")["orders"]
    html = order_tables.orders(found, "GBP", CHOICE, lambda key: f"/orders?order={key}")
    assert [row[0] for row in lines(html)[1:]] == ["53", "43", "33"]
    assert 'href="/orders?order=online-retail:53"' in html
    assert "/customers?days=mtd&amp;customer=c3" in html
    of_one = shop.get("/api/lines", key="online-retail:53")["lines"]
    html = order_tables.lines(of_one, "GBP", CHOICE)
    assert "&lt;b&gt;3&lt;/b&gt;" in html
    assert "<b>3" not in html
    assert html.endswith("Sum <b>£30.00</b></p>")
    assert order_tables.moment("2024-05-05T00:00:00") == "5 May 2024"
