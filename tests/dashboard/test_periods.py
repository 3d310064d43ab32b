from datetime import date

import pytest

from tillsight.dashboard.periods import Grain, Preset, Span, grain_of, span_of

LAST = date(2011, 12, 9)


@pytest.mark.parametrize(
    ("preset", "start", "end"),
    [
        (Preset.day, date(2011, 12, 9), date(2011, 12, 10)),
        (Preset.week, date(2011, 12, 3), date(2011, 12, 10)),
        (Preset.month, date(2011, 11, 10), date(2011, 12, 10)),
        (Preset.quarter, date(2011, 9, 11), date(2011, 12, 10)),
        (Preset.month_to_date, date(2011, 12, 1), date(2011, 12, 10)),
        (Preset.quarter_to_date, date(2011, 10, 1), date(2011, 12, 10)),
        (Preset.year_to_date, date(2011, 1, 1), date(2011, 12, 10)),
        (Preset.last_year, date(2010, 1, 1), date(2011, 1, 1)),
        (Preset.all, None, None),
        (Preset.custom, None, None),
    ],
)
def test_presets_count_back_from_the_last_day_of_the_data(preset, start, end):
    assert span_of(preset, LAST) == Span(start, end)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_quarter_begins_in_its_first_month(month):
    start = span_of(Preset.quarter_to_date, date(2024, month, 15)).start
    assert start == date(2024, {0: 1, 1: 4, 2: 7, 3: 10}[(month - 1) // 3], 1)


@pytest.mark.parametrize(
    ("span", "grain"),
    [
        (Span(date(2011, 11, 10), date(2011, 12, 10)), Grain.day),
        (Span(date(2011, 1, 1), date(2011, 12, 10)), Grain.week),
        (Span(), Grain.month),
    ],
)
def test_the_grain_follows_the_length_unless_it_was_picked(span, grain):
    first = date(2009, 12, 1)
    assert grain_of(Grain.auto, span, first, LAST) is grain
    assert grain_of(Grain.month, span, first, LAST) is Grain.month


def test_only_days_with_data_count_for_the_grain():
    assert grain_of(Grain.auto, Span(), date(2011, 12, 1), LAST) is Grain.day
