"""What the Forecast page draws and says, from answers of the API."""

import re
from datetime import date, datetime

import pytest

from forecast_answers import FIRST, ahead, calendar_day, day, forecast, note, past
from tillsight import languages
from tillsight.dashboard import note_marks
from tillsight.dashboard.forecast import charts as forecast_charts
from tillsight.dashboard.forecast import days as forecast_days
from tillsight.dashboard.forecast import facts as forecast_facts
from tillsight.dashboard.forecast import steps as forecast_steps
from tillsight.dashboard.forecast import texts
from tillsight.dashboard.forecast import tiles as forecast_tiles
from tillsight.dashboard.forecast import words as forecast_words
from tillsight.dashboard.forecast.charts import Picture
from tillsight.dashboard.forecast.facts import Before


def lines(figure) -> dict:
    return {trace.name: trace for trace in figure.data}


def course(notes=(), **said):
    return lines(forecast_charts.course(Picture(forecast(**said), "gbp", notes)))


def test_history_and_forecast_are_drawn_in_order_of_time_and_joined():
    drawn = course()
    assert list(drawn["history"].y) == [100, 101, 102, 103, 104, 105]
    assert list(drawn["forecast"].x) == [date(2026, 5, 11 + place) for place in range(4)]
    assert list(drawn["join"].y) == [105, 110]
    assert drawn["history"].line.color != drawn["forecast"].line.color


def test_closed_days_are_ticks_at_the_foot_and_no_dips():
    drawn = course()
    assert list(drawn["closed"].x) == [date(2026, 5, 10)]
    assert 0 not in drawn["history"].y
    assert None not in drawn["history"].y, "a day off does not break the line"


def test_longer_closures_break_the_line_and_the_intervals_and_are_grey_columns():
    history = [
        past(0, 10.0),
        *(past(place, 0.0, open=False) for place in range(1, 6)),
        past(6, 9.0),
    ]
    coming = [ahead(7, 5.0, 80), *(ahead(p, 0.0, 80, is_open=False) for p in range(8, 12))]
    told = forecast(history=history, forecast=[*coming, ahead(12, 6.0, 80)])
    figure = forecast_charts.course(Picture(told, "gbp"))
    drawn = lines(figure)
    assert list(drawn["history"].y) == [10, None, 9]
    assert list(drawn["band80"].y).count(None) == 1
    columns = [(one.x0, one.x1) for one in figure.layout.shapes if one.type == "rect"]
    assert columns == [
        (datetime(2026, 5, 4, 12), datetime(2026, 5, 9, 12)),
        (datetime(2026, 5, 11, 12), datetime(2026, 5, 15, 12)),
    ]


def test_the_wider_interval_lies_below_the_narrower_one():
    figure = forecast_charts.course(Picture(forecast(), "gbp"))
    names = [trace.name for trace in figure.data]
    assert names.index("band95") < names.index("band80") < names.index("forecast")
    drawn = lines(figure)
    assert list(drawn["band80"].y)[:4] == [126.0] * 4
    assert list(drawn["band80"].y)[4:] == [102.0] * 4
    assert drawn["band80"].fill == "toself"
    assert not any(name.startswith("band") for name in course(forecast=[ahead(7, 110.0)]))


def test_an_absurd_upper_bound_does_not_flatten_the_rest():
    wild = ahead(7, 110.0, 80)
    wild["bounds"][0]["upper"] = 1e9
    figure = forecast_charts.course(Picture(forecast(forecast=[wild]), "gbp"))
    assert figure.layout.yaxis.range[1] < 300


def test_pointing_at_a_day_tells_value_and_intervals_with_their_unit():
    drawn = course([note(0, 1)])
    assert drawn["told"].customdata[0] == "<b>£100</b><br>4 May 2026: Fair (Ada)"
    assert drawn["told"].customdata[2] == f"<b>£102</b><br>{texts.LEFT_OUT_HOVER}"
    assert drawn["told"].customdata[6] == texts.CLOSED_HOVER
    pointed = [name for name, one in drawn.items() if one.hoverinfo != "skip"]
    assert pointed == ["told"], "others would tell of the step that is nearest to them"
    assert drawn["told"].customdata[7].split("<br>") == [
        "<b>about £110</b>",
        "80% sure: £102 to £126",
        "95% sure: £100.50 to £129",
    ]


def test_days_that_are_not_normal_are_hollow_diamonds():
    drawn = course()
    assert list(drawn["special"].x) == [date(2026, 5, 6)]
    assert drawn["special"].marker.symbol == "diamond"
    assert "special" not in course(history=[past(0, 1.0)])


def test_notes_stand_on_top_with_who_wrote_them():
    notes = [note(1, 3, "Fair <b>", ordinary=False), note(40, 41, "later"), note(-9, 1, "early")]
    drawn = course(notes)
    assert list(drawn["notes"].x) == [FIRST, date(2026, 5, 5)]
    assert drawn["notes"].customdata[1] == (
        f"5 – 6 May 2026: Fair &lt;b&gt; (Ada)<br>{texts.LEFT_OUT_HOVER}"
    )
    assert list(drawn["note_span"].x) == [date(2026, 5, 5), date(2026, 5, 6)]


@pytest.mark.parametrize(
    ("first", "end", "place"),
    [(0, 1, 0), (-3, 1, 0), (-3, 0, None), (8, 9, 7), (13, 14, 7), (14, 15, None)],
)
def test_a_note_stands_at_the_step_its_days_are_in(first, end, place):
    weeks = [date.fromisoformat(day(0)), date.fromisoformat(day(7))]
    at = note_marks.place(note(first, end), weeks)
    assert at == (None if place is None else date.fromisoformat(day(place)))


@pytest.mark.parametrize(
    ("grain", "hover"), [("day", "%a %-d %B %Y"), ("week", "Week of %-d %B %Y"), ("month", "%B %Y")]
)
def test_axes_say_unit_and_step(grain, hover):
    figure = forecast_charts.course(Picture(forecast(grain=grain), "chf"))
    assert figure.layout.yaxis.ticktext[-1].startswith("CHF\u00a0")
    assert figure.layout.xaxis.hoverformat == hover


def test_a_window_is_drawn_as_forecast_against_what_happened():
    shown = forecast()["report"]["shown"]
    drawn = lines(forecast_charts.against(shown, "day", "gbp"))
    assert list(drawn["predicted"].y) == [90, 95, 97]
    assert list(drawn["actual"].y) == [100, 101, 99]
    assert list(drawn["closed"].x) == [date(2026, 5, 6)], "nothing expected, nothing sold"
    assert "naive" not in drawn
    kept = [{**one, "naive": 50.0, "actual": None} for one in shown]
    drawn = lines(forecast_charts.against(kept, "day", "gbp"))
    assert drawn["naive"].line.dash == "dot"
    assert "actual" not in drawn, "of days to come nothing is known yet"
    kept[0]["actual"] = 99.0
    drawn = lines(forecast_charts.against(kept, "day", "gbp"))
    assert list(drawn["actual"].y) == [99, None, None]
    assert (
        drawn["told"].customdata[0]
        == "Forecast: <b>£90</b><br>In fact: <b>£99</b><br>Repeating: £50"
    )


def test_the_figures_say_range_open_days_and_change():
    told = forecast()
    drawn = forecast_facts.summary(
        told, "gbp", Before("1 – 4 May 2026", 400.0), Before("a year ago", None)
    )
    assert "£440" in drawn
    assert "80% sure: £432 to £456" in drawn
    assert "£110" in drawn
    assert "4 open days, none closed" in drawn
    assert "▲ +10.0%" in drawn
    assert "from £400, 1 – 4 May 2026" in drawn
    assert "no sales of a year ago to compare" in drawn


def test_growth_from_nothing_is_not_told():
    drawn = forecast_facts.summary(forecast(), "gbp", Before("a", 0.0), Before("b", None))
    assert "inf" not in drawn
    assert "%" not in drawn.split("Against the")[1]


def test_how_good_it_is_comes_with_what_it_is_measured_against():
    drawn = forecast_facts.quality(forecast(), "gbp")
    for said in ("29%", "Repeating last week: 38%", "0.79", "81%", "8 × 4 days", "£12.50 a day"):
        assert said in drawn
    unknown = dict.fromkeys(forecast()["report"]["scores"])
    report = forecast()["report"] | {"scores": unknown, "naive": unknown}
    assert "None" not in forecast_facts.quality(forecast(report=report), "gbp")


def test_weights_are_bars_the_heaviest_first():
    drawn = forecast_facts.weights(forecast()["weights"])
    assert re.findall(r"width:([\d.]+)%", drawn) == ["100.0", "33.3"]
    assert drawn.index("75%") < drawn.index("25%")


def test_models_are_ordered_by_their_miss_with_the_command_of_those_that_are_missing():
    scores = forecast()["report"]["scores"]
    told = {"installed": True, "install": None, "seconds": 0.021, "best": False}
    answer = {
        "models": [
            told
            | {"model": "autoets", "label": "AutoETS", "installed": False, "scores": None}
            | {"install": "pip install 'tillsight[statsforecast]'", "seconds": None}
            | {"naive_ratio": None},
            told
            | {"model": "seasonal_naive", "label": "Repeating", "scores": scores | {"wape": 0.4}}
            | {"naive_ratio": 1.0},
            told
            | {"model": "blend", "label": "Blend", "scores": scores, "best": True}
            | {"naive_ratio": 0.72},
        ]
    }
    drawn = forecast_facts.models(answer)
    assert drawn.index("Blend") < drawn.index("Repeating") < drawn.index("AutoETS")
    for said in ("28.9%", "28% better", texts.EVEN, "21 ms", "tillsight[statsforecast]"):
        assert said in drawn
    assert drawn.count(f">{texts.BEST}<") == 1


def test_the_picture_of_days_says_why_and_can_be_pressed_by_those_who_may_correct():
    days = [
        calendar_day(0),
        calendar_day(1, open=False, because="holiday", holiday="Spring <Day>"),
        calendar_day(2, open=False, because="corrected", corrected=True),
    ]
    answer = {"days": days}
    drawn = forecast_days.picture(answer, FIRST, editable=True)
    assert "<h3>May 2026</h3>" in drawn
    assert 'data-press="2026-05-05"' in drawn
    assert 'aria-label="Tue 5 May 2026: closed, Spring &lt;Day&gt;"' in drawn
    assert "day closed holiday ahead" in drawn
    assert "day closed corrected ahead" in drawn
    assert "grid-column:span" not in drawn, "4 May 2026 is a Monday"
    seen = forecast_days.picture(answer, date(2026, 6, 1), editable=False)
    assert "<button" not in seen
    assert "ahead" not in seen.split("</ul>")[1]


def test_what_is_closed_to_come_is_listed_with_the_end_of_the_year_in_one():
    days = [calendar_day(0), calendar_day(1, open=False)]
    days += [calendar_day(place, open=False, because="year_end") for place in range(2, 6)]
    days.append(calendar_day(6, because="traded", holiday="Open Holiday"))
    drawn = forecast_days.to_come({"days": days}, FIRST, editable=False)
    assert re.findall(r"<li><span>(.*?)</span>", drawn) == [
        "6 – 9 May 2026: closed, end of the year, as last year",
        "Sun 10 May 2026: open, there were sales (Open Holiday)",
    ]
    assert texts.HOLIDAYS_NONE in forecast_days.to_come({"days": days[:2]}, FIRST, editable=False)


def part(key: str | None, value: float) -> dict:
    told = forecast()
    history = [one | {"value": value} for one in told["history"]]
    total = {"value": value * 4, "bounds": [{"level": 80, "lower": value, "upper": value * 8}]}
    return {"key": key, "name": None, "share": 0.5, "history": history} | {
        "forecast": told["forecast"],
        "total": total,
    }


def test_parts_are_a_table_with_all_others_and_the_whole():
    answer = forecast() | {
        "by": "country",
        "groups": [part("France", 30.0), part("", 10.0)],
        "rest": part(None, 60.0),
        "whole": part(None, 100.0),
    }
    drawn = forecast_tiles.table(answer, "gbp")
    rows = re.findall(r"<tr class=\"(\w*)\">(.*?)</tr>", drawn)
    assert [kind for kind, _ in rows] == ["", "", "rest", "whole"]
    for (_, row), said in zip(rows, ("£120", "£40", "£240", "£400"), strict=True):
        assert said in row
    assert "Unknown" in rows[1][1]
    assert "30.0%" in rows[0][1]
    tiles = forecast_tiles.tiles(answer, "gbp")
    assert tiles.count("<svg") == 2
    assert "nan" not in tiles


def test_a_little_chart_of_nothing_but_zeros_is_flat():
    nothing = part("France", 0.0) | {"forecast": [ahead(7, 0.0)]}
    drawn = forecast_tiles.spark(nothing, "alt")
    assert len({point.split(",")[1] for point in re.findall(r"[\d.]+,[\d.]+", drawn)}) == 1


def recorded(**said) -> dict:
    return {
        "id": 7,
        "measure": "revenue",
        "label": "Revenue",
        "unit": "money",
        "grain": "day",
        "filters": {"country": ["France", ""]},
        "model": "blend",
        "method": "blend",
        "horizon": 14,
        "given_at": "2026-05-04T09:00:00Z",
        "as_of": "2026-05-03",
        "data_version": 2,
        "from": "2026-05-04",
        "to": "2026-05-18",
        "state": "scored",
        "steps_scored": 14,
        "forecast_total": 1234.4,
        "actual_total": 1300.0,
        "wape": 0.21,
        "naive_wape": 0.3,
        "coverage": 0.8,
    } | said


def test_the_track_record_tells_forecast_fact_and_miss():
    waiting = {"state": "waiting", "steps_scored": 0, "actual_total": None, "wape": None}
    partly = {"state": "partly", "steps_scored": 3}
    drawn = forecast_tiles.record(
        [recorded(), recorded(**partly), recorded(**waiting)], "GBP", "Europe/London"
    )
    for said in ("Revenue · France, Unknown", "£1\u202f234", "£1\u202f300", "so far", "21%"):
        assert said in drawn
    assert drawn.count("so far") == 2  # the forecast, too, is that of the days that have come
    assert "◔ 3 of 14 days" in drawn
    assert "None" not in drawn
    assert 'data-press="7"' in drawn


def test_the_legend_names_what_is_drawn_and_nothing_else():
    drawn = ["band95", "band80", "history", "forecast", "closed"]
    said = forecast_words.legend("week", drawn)
    assert "80 of 100 weeks" in said
    assert "95" in said
    assert "ticks at the foot" in said
    assert "Triangles" not in said
    assert "80 of 100 days should fall inside" in forecast_words.legend("day", ["band80"])


def test_what_the_chart_shows_is_said_in_words():
    said = forecast_words.course_alt(forecast(), "gbp")
    assert "Revenue by day" in said
    assert "£440 in all for 11 – 14 May 2026, 80% sure to be between £432 and £456" in said


@pytest.mark.parametrize(
    ("grain", "first", "count", "found"),
    [
        ("day", date(2026, 5, 11), 7, date(2026, 5, 4)),
        ("week", date(2026, 5, 11), 2, date(2026, 4, 27)),
        ("month", date(2026, 2, 1), 3, date(2025, 11, 1)),
        ("month", date(2026, 11, 1), -2, date(2027, 1, 1)),
    ],
)
def test_steps_are_counted_back(grain, first, count, found):
    assert forecast_steps.ago(grain, first, count) == found


def test_a_year_before_the_29th_of_february_is_the_28th():
    assert forecast_steps.a_year_ago(date(2024, 2, 29)) == date(2023, 2, 28)
    assert forecast_steps.a_year_ago(date(2026, 5, 1)) == date(2025, 5, 1)


def test_notices_have_their_days_as_all_pages_write_them():
    told = [{"code": "unfinished_step", "text": "The week from 2026-05-04 on is <not> over."}]
    drawn = forecast_facts.notices(told)
    assert "The week from 4 May 2026 on is &lt;not&gt; over." in drawn
    assert forecast_words.dated("Order 2026-13-01 of 12026-01-01") == (
        "Order 2026-13-01 of 12026-01-01"
    )


def test_nothing_but_zeros_is_drawn_on_an_axis_from_zero():
    told = forecast(history=[past(0, 0.0)], forecast=[ahead(1, 0.0)])
    figure = forecast_charts.course(Picture(told, "gbp"))
    assert figure.layout.yaxis.range[0] == 0
    assert "history" not in course(history=[])


@pytest.mark.parametrize(
    ("told", "english", "german"),
    [
        (
            "25 % better than repeating last week",
            "25% better than repeating last week.",
            "25\u00a0% besser als eine Wiederholung der letzten Woche.",
        ),
        (
            "no better than repeating the last month",
            "No better than repeating the last month.",
            "Nicht besser als eine Wiederholung des letzten Monats.",
        ),
        (
            "cannot be compared with repeating last year",
            "Cannot be compared with repeating last year.",
            "Nicht vergleichbar mit einer Wiederholung des letzten Jahres.",
        ),
    ],
)
def test_the_verdict_is_said_in_the_language_of_the_reader(told, english, german) -> None:
    assert forecast_words.verdict(told) == english
    with languages.speaking("de"):
        assert forecast_words.verdict(told) == german
