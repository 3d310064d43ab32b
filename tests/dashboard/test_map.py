"""Countries: names found on the map, outlines, classes, hover, and the small charts."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard.countries import courses, maps, outlines, parts, places, sales, texts
from tillsight.dashboard.countries.sales import Country


def country(name: str, revenue: float, before: float | None = None) -> Country:
    return Country(name, revenue, 2, 1, revenue / 2, before)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *[
            (name, "IE")
            for name in ("EIRE", "Ireland", "irland", "IE", "IRL", "Republic of Ireland")
        ],
        *[(name, "US") for name in ("USA", "U.S.A.", "United States of America (USA)", "us")],
        *[(name, "GB") for name in ("UK", "United  Kingdom ", "Great Britain", "England")],
        *[(name, "DE") for name in ("Deutschland", "GERMANY", "DEU")],
        *[("Österreich", "AT"), ("Oesterreich", "AT"), ("RSA", "ZA"), ("Channel Islands", "XC")],
        *[("Korea, Republic of", "KR"), ("Cote d'Ivoire", "CI"), ("St. Lucia", "LC")],
        *[("Trinidad & Tobago", "TT"), ("The Netherlands", "NL"), ("Türkiye", "TR")],
        *[(name, None) for name in ("Unspecified", "European Community", "", "Online", "--")],
    ],
)
def test_a_country_is_found_however_it_is_written(written: str, code: str | None) -> None:
    assert places.code_of(written) == code


def test_no_name_means_two_countries() -> None:
    lines = places.NAMES.read_text(encoding="utf-8").splitlines()
    meant: dict[str, str] = {}
    for line in lines:
        if line.startswith("#"):
            continue
        code, three, _, english, german, others, _ = line.split("|")
        for name in filter(None, (code, three, english, german, *others.split(";"))):
            assert meant.setdefault(places.plain(name), code) == code, name


def test_every_country_has_an_outline_or_a_place_for_its_dot() -> None:
    lines = places.NAMES.read_text(encoding="utf-8").splitlines()
    codes = {line.split("|")[0] for line in lines if not line.startswith("#")}
    assert codes == set(outlines.shapes()) | set(places.positions())
    for code in codes:
        assert outlines.WORLD.holds(outlines.middle(code)), code


def inside(point: tuple[float, float], rings) -> bool:
    """By counting how often a ray to the right crosses an edge."""
    x, y = point
    crossed = 0
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                crossed += 1
    return crossed % 2 == 1


@pytest.mark.parametrize(
    ("east", "north", "code"),
    [
        *[(13.4, 52.5, "DE"), (2.35, 48.86, "FR"), (-0.13, 51.5, "GB"), (-98.0, 39.0, "US")],
        *[(151.0, -33.0, "AU"), (28.5, -29.5, "LS"), (24.0, -29.0, "ZA"), (178.0, -17.8, "FJ")],
        *[(181.5, 67.5, "RU"), (37.6, 55.75, "RU"), (-150.0, 65.0, "US"), (139.5, 36.0, "JP")],
    ],
)
def test_cities_lie_in_their_country_and_in_no_other(east: float, north: float, code: str) -> None:
    at = outlines.projected(east, north)
    assert [one for one, rings in outlines.shapes().items() if inside(at, rings)] == [code]


def test_no_line_runs_across_the_map() -> None:
    for code, rings in outlines.shapes().items():
        for ring in rings:
            longest = max(math.dist(one, other) for one, other in pairwise(ring))
            assert longest < outlines.WORLD.width / 10, code
    assert len([ring for ring in outlines.shapes()["RU"] if len(ring) > 200]) == 1


def test_the_projection_keeps_its_published_corners() -> None:
    """Half the equator, the pole, and the length of the pole's line, as the paper has them."""
    assert outlines.projected(outlines.MIDDLE, 0) == (0, 0)
    east, _ = outlines.projected(outlines.MIDDLE + 180, 0)
    pole_east, pole = outlines.projected(outlines.MIDDLE + 180, 90)
    assert east == pytest.approx(1000 * 0.8707 * math.pi, abs=0.1)
    assert pole / east == pytest.approx(0.52, abs=0.005)
    assert pole_east / east == pytest.approx(0.538, abs=0.06)


def answer() -> dict:
    rows = [
        {"country": "United Kingdom", "revenue": 8000.0},
        {"country": "EIRE", "revenue": 300.0},
        {"country": "Ireland", "revenue": 100.0},
        {"country": "Malta", "revenue": 50.0},
        {"country": "Atlantis", "revenue": 7.0},
        {"country": None, "revenue": 5.0},
    ]
    more = {"orders": 3, "customers": 2, "average_order_value": 12.5}
    before = [
        {"country": "United Kingdom", "revenue": 10000.0},
        {"country": "Ireland", "revenue": 200.0},
        {"country": "France", "revenue": 40.0},
    ]
    return {"rows": [row | more for row in rows], "comparison": {"rows": before}}


def test_rows_are_joined_with_those_before_and_none_is_lost() -> None:
    rows = sales.countries(answer())
    assert [one.name for one in rows] == [
        *("United Kingdom", "EIRE", "Ireland", "Malta", "Atlantis", "", "France"),
    ]
    changes = {one.name: one.change for one in rows}
    assert changes["United Kingdom"] == pytest.approx(-0.2)
    assert changes["EIRE"] is None
    assert changes["France"] == -1
    assert [one.name for one in sales.ordered(rows, "change")][:3] == [
        *("United Kingdom", "Ireland", "France"),
    ]
    assert sales.ordered(rows, "name")[-1].name == "", "unknown stands last"
    alone = sales.countries({**answer(), "comparison": None})
    assert {one.before for one in alone} == {None}


def test_names_of_one_country_are_added_and_strangers_told() -> None:
    shown, lost = sales.on_the_map(sales.countries(answer()))
    assert [(one.code, one.revenue, one.names) for one in shown] == [
        ("GB", 8000.0, ["United Kingdom"]),
        ("IE", 400.0, ["EIRE", "Ireland"]),
        ("MT", 50.0, ["Malta"]),
    ]
    assert shown[1].before == 200.0
    assert [one.name for one in lost] == ["Atlantis", ""]
    said = parts.said_below(shown, lost, "europe", 8462.0, "EUR")
    assert said == [
        "Not found on the map: Atlantis (€7.00), Unknown (€5.00). The table has all of them."
    ]


def test_the_part_of_the_world_with_most_of_the_revenue_comes_first() -> None:
    shown, _ = sales.on_the_map([country("France", 10), country("Japan", 9)])
    assert sales.usual_focus(shown) == "europe"
    shown, lost = sales.on_the_map([country("France", 10), country("Japan", 11)])
    assert sales.usual_focus(shown) == "world"
    said = parts.said_below(shown, lost, "europe", 21, "EUR")
    assert said == ["Outside of this part: €11.00, 52.4% of revenue."]
    assert sales.usual_focus([]) == "world"


@pytest.mark.parametrize("values", [[1, 2, 3], [5] * 40, [0.03, 7], range(1, 200), [9e6, 1]])
def test_classes_have_round_limits_and_each_holds_somebody(values) -> None:
    limits = maps.steps([float(one) for one in values])
    for limit in limits:
        assert f"{limit:.6e}"[:8] in {"1.000000", "2.000000", "5.000000"}
    held = {maps.class_of(value, limits) for value in values}
    assert held == set(range(len(limits) + 1))
    assert len(maps.labels(limits, "EUR")) == len(limits) + 1 == len(maps.shades(len(limits) + 1))


def test_legend_says_what_each_colour_means() -> None:
    assert maps.labels([1000, 5000], "EUR") == ["under €1k", "€1k – €5k", "€5k and more"]
    assert maps.steps([]) == []
    assert maps.shades(3)[-1] == "rgba(35,122,98,1.00)"


def test_each_country_can_be_pointed_at_and_the_small_ones_are_dots() -> None:
    shown, _ = sales.on_the_map(sales.countries(answer()))
    figure = maps.revenue_map(shown, "world", 8462.0, "EUR")
    traces = {one.name: one for one in figure.data}
    assert traces["IE"].text == (
        "EIRE, Ireland: <b>€400.00</b><br>4.7% of revenue<br>+100.0% from €200.00"
    )
    assert traces["IE"].hoveron == "fills"
    assert traces["GB"].fillcolor == "rgba(35,122,98,1.00)"
    assert traces["land"].hoverinfo == "skip"
    malta = outlines.projected(14.4, 35.9)
    assert len(traces["dots"].x) == 1
    assert math.dist((traces["dots"].x[0], traces["dots"].y[0]), malta) < 5
    assert "Malta: <b>€50.00</b>" in traces["dots"].customdata[0]
    gaps = np.isnan(np.asarray(traces["land"].x, dtype=float))
    drawn = {one.code for one in shown}
    rings = sum(len(one) for code, one in outlines.shapes().items() if code not in drawn)
    assert gaps.sum() == rings, "between two rings the pen is lifted"


def test_each_country_leads_to_its_address() -> None:
    shown, _ = sales.on_the_map([country("EIRE", 60.0), country("Malta", 8.0)])
    figure = maps.revenue_map(shown, "europe", 68.0, "EUR")
    maps.lead(figure, shown, lambda one: f"/countries?country={one.names[0]}")
    [dots] = figure.select_traces({"name": "dots"})
    assert [address for _, address in dots.customdata] == ["/countries?country=Malta"]
    [filled] = figure.select_traces({"name": shown[0].code})
    assert filled.meta == "/countries?country=EIRE"


def test_names_are_escaped_and_the_figure_is_small() -> None:
    everybody = [country(name, 10.0 * place) for place, name in enumerate(outlines.shapes(), 1)]
    shown, lost = sales.on_the_map(everybody)
    assert not lost
    sent = maps.revenue_map(shown, "world", 1.0, "EUR").to_json()
    assert len(sent) < 400_000
    assert "&lt;b&gt;" in maps.told(sales.Place("FR", ["<b>"], 1, None), 1, "EUR")
    assert json.loads(sent)["layout"]["xaxis"]["fixedrange"]


def test_words_say_what_the_map_shows() -> None:
    shown, _ = sales.on_the_map(sales.countries(answer()))
    said = parts.map_alt(shown, "May 2024", 8462.0, "EUR")
    assert "United Kingdom: €8\u202f000.00, 94.5% of revenue" in said
    assert parts.map_alt([], "May 2024", 0, "EUR") == texts.MAP_ALT_NOTHING.format(
        period="May 2024"
    )


def test_small_charts_have_one_scale_or_each_its_own() -> None:
    shown = [country("France", 90.0, 60.0), country("EIRE", 9.0), country("", 3.0)]
    rows = [
        {"country": one.name or None, "day": f"2024-05-0{day}", "revenue": one.revenue * day / 6}
        for day in (1, 2, 3)
        for one in shown
    ]
    own = courses.side_by_side(shown, rows, "day", "own", "EUR")
    same = courses.side_by_side(shown, rows, "day", "same", "EUR")
    assert [list(one.y) for one in own.data] == [[15, 30, 45], [1.5, 3, 4.5], [0.5, 1, 1.5]]
    assert own.data[1].customdata[2] == "Fri 3 May 2024: <b>€4.50</b>"
    heights = [own.layout[f"yaxis{number}"].range[1] for number in ("", 2, 3)]
    assert heights[0] > heights[1] > heights[2] > 1.5
    assert len({same.layout[f"yaxis{number}"].range[1] for number in ("", 2, 3)}) == 1
    said = [one.text for one in own.layout.annotations]
    assert said[0] == "<b>France</b><br>€90 +50.0%"
    assert said[2] == "<b>Unknown</b><br>€3"
    assert own.layout.yaxis.ticktext[1] == formats.short_money(charts.round_ticks(45)[-1], "EUR")
    table = courses.values_table(shown, rows, "day", "EUR")
    assert table.count("<tr>") == 4
    assert "€45.00" in table


def test_boxes_of_small_charts_do_not_overlap() -> None:
    for lines in (1, 2, 3, 4):
        boxes = [courses._box(place, lines) for place in range(lines * courses.COLUMNS)]
        for place, ((left, right), (low, high)) in enumerate(boxes):
            assert 0 <= left < right <= 1 + 1e-9
            assert 0 <= low < high <= 1 + 1e-9
            for (other_left, _), (_, other_high) in boxes[place + 1 :]:
                assert other_left >= right or other_high <= low + 1e-9
