"""The grid of values: which rows there are, and what they say."""

import re
from datetime import date
from typing import Any

import pytest

from tillsight.dashboard import texts
from tillsight.dashboard.kpis import activity_list, entry_parts, entry_rows, entry_table
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.typed_numbers import NotANumber, read
from tillsight.kpis.spans import bucket_of, write_period
from tillsight.kpis.words import Periodicity

TODAY = date(2026, 11, 22)
MISSING: dict[str, Any] = {
    "kpi_id": 7,
    "kpi": "Visits <b>",
    "circle": "Shops & more",
    "unit": "chf",
    "minimum": 0.0,
    "maximum": None,
    "period": "2026-10",
    "due_on": "2026-11-10",
    "days_late": 12,
}
KPI: dict[str, Any] = {
    "id": 7,
    "name": "Visits <b>",
    "circle": "Shops & more",
    "unit": "percentage",
    "minimum": 0.0,
    "maximum": 100.0,
    "due_days": 10,
    "measure": None,
}
VALUE: dict[str, Any] = {
    "id": 3,
    "kpi_id": 7,
    "period": "2026-10",
    "value": 12.5,
    "comment": 'say "x" <i>',
    "version": 2,
}


def changed(number: int) -> dict[str, Any]:
    return {
        "kpi_id": 7,
        "period": "2026-10",
        "at": "2026-11-03T09:05:00+00:00",
        "before": float(number),
        "after": float(number + 1),
        "comment": "<u>",
        "why": "typed",
        "user": "Ada",
        "activity": "updated",
        "file": None,
    }


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_the_worklist_has_what_is_late_then_due_then_under_way() -> None:
    due = {**MISSING, "kpi_id": 8, "kpi": "Later", "days_late": 0}
    running = {**MISSING, "kpi_id": 9, "kpi": "Now", "period": "2026-11", "days_late": 0}
    rows = entry_rows.of_worklist({"due": [MISSING, due], "under_way": [running]})
    assert [(one.kpi_id, one.days_late, one.running) for one in rows] == [
        (7, 12, False),
        (8, 0, False),
        (9, 0, True),
    ]
    html = entry_table.grid(rows, "UTC", may_delete=True)
    said = words(html)
    assert "Visits &lt;b&gt; Shops &amp; more October 2026 ⚠ Late by 12 days" in said
    assert said.index("○ To enter") < said.index(texts.ENTER_UNDER_WAY) < said.index("◔ Under way")
    assert html.count('name="value"') == html.count('name="comment"') == 3
    assert 'data-outside="It has to be 0 or more."' in html


@pytest.mark.parametrize(
    ("days_late", "said"),
    [
        ([], "No value is due"),
        ([0], "1 value is missing"),
        ([3], "1 value is missing, and late"),
        ([0, 0], "2 values are missing"),
        ([3, 0], "2 values are missing, 1 of them late"),
        ([3, 1], "2 values are missing, all of them late"),
    ],
)
def test_how_many_are_missing_and_late_is_said(days_late: list[int], said: str) -> None:
    due = [{**MISSING, "days_late": one} for one in days_late]
    rows = entry_rows.of_worklist({"due": due, "under_way": [MISSING]})
    assert entry_parts.summary(rows) == said


def test_a_circle_has_a_row_for_each_kpi_with_its_value_and_last_three_changes() -> None:
    computed = {**KPI, "id": 8, "name": "Sold", "measure": "revenue"}
    empty = {**KPI, "id": 9, "name": "Empty"}
    others = [{**VALUE, "kpi_id": 9, "period": "2026-09"}, {**VALUE, "kpi_id": 8, "value": 40.0}]
    rows = entry_rows.of_circle(
        [KPI, computed, empty],
        [VALUE, *others],
        [changed(number) for number in range(5)],
        "2026-10",
        TODAY,
    )
    assert [(one.value, one.version, one.days_late) for one in rows] == [
        (12.5, 2, 0),
        (40.0, 2, 0),
        (None, None, 12),
    ]
    html = entry_table.grid(rows, "Europe/Zurich", may_delete=False)
    assert html.count('name="value"') == 2
    assert 'data-value="12.5" data-comment="say &quot;x&quot; &lt;i&gt;"' in html
    assert words(html).count("3 November 2026, 10:05, Ada:") == 3
    assert "0% → 1%" in words(html)
    assert "data-delete" not in html
    assert 'data-delete="3"' in entry_table.grid(rows, "UTC", may_delete=True)


def test_a_value_of_somebody_else_takes_the_place_of_a_missing_one() -> None:
    [row] = entry_rows.of_worklist({"due": [MISSING], "under_way": []})
    told = {"value": 40, "comment": "mine", "version": 5}
    kept = {row.key: entry_rows.changed_meanwhile(row, told)}
    for rows in ([], [row]):
        [shown] = entry_rows.with_conflicts(rows, kept)
        assert (shown.value, shown.comment, shown.version) == (40.0, "mine", 5)


@pytest.mark.parametrize("periodicity", list(Periodicity))
def test_periods_are_those_of_the_api_newest_first(periodicity: Periodicity) -> None:
    day = date(2027, 1, 1)  # a Friday of the last week of 2026
    start = bucket_of(periodicity).start(day)
    found = entry_rows.periods(periodicity, day)
    assert found[0] == write_period(periodicity, start)
    starts = [kpi_periods.first_day(one) for one in found]
    assert starts == sorted(set(starts), reverse=True)
    assert all(
        (newer - kpi_periods.last_day(older)).days == 1
        for newer, older in zip(starts, found[1:], strict=False)
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1250.5", 1250.5),
        ("1 250,5", 1250.5),
        ("1'250.50", 1250.5),
        ("1,250.5", 1250.5),
        ("1.250,5", 1250.5),
        ("1,250,000", 1_250_000.0),
        ("−3", -3.0),  # noqa: RUF001 - as it is shown
        ("0,125", 0.125),
        ("12.5 %", 12.5),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert read(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "1.2.3", "--1", "1e5", "12,500", "nan"])
def test_what_is_no_number_or_two_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        read(text)


def test_activity_tells_which_kpi_and_in_which_unit() -> None:
    one = {**changed(1), "kpi": "Visits <b>", "circle": "Shops <i>"}
    html = activity_list.table([one], {7: "score"}, "UTC")
    assert "Ada Visits &lt;b&gt; Shops &lt;i&gt; October 2026 1 points → 2 points" in words(html)
    assert 'href="/kpi?id=7"' in html


def test_a_change_that_was_moved_here_tells_what_is_known() -> None:
    moved = {"why": "moved", "activity": "updated", "before": None, "after": None}
    assert entry_table.logged(moved, "amount") == "changed, value not known"
    assert entry_table.logged({**moved, "after": 5.0}, "amount") == "changed to 5"
    assert entry_table.logged({**moved, "activity": "created", "after": 5.0}, "amount") == "5"
