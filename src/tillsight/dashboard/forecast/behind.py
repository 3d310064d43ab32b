"""What stands behind the figures of the Forecast page, as HTML to be opened."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tillsight import formats
from tillsight.dashboard import about, filters, sales_page
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.coverage import Coverage
from tillsight.dashboard.forecast import steps, texts

One = Mapping[str, Any]


def of_forecast(told: One) -> str:
    """Of a forecast, or of one of parts: what is forecast, for which days, of which sales."""
    names = [told["measure"], *([told["by"]] if "by" in told else [])]
    facts = [
        *about.definitions(sales_page.words(), names),
        (texts.FORECAST, texts.ABOUT_FORECAST),
        (common_texts.PERIOD, steps.window(told)),
    ]
    return about.meaning([*facts, *_asked(told)])


def of_windows(told: One, tried: One) -> str:
    """Of how good forecasts were on held-back windows; `tried` says how many, and how long."""
    windows = texts.WINDOWS_OF.format(
        count=tried["windows"], span=steps.counted(told["grain"], tried["window_steps"])
    )
    facts = [
        *about.definitions(sales_page.words(), [told["measure"]]),
        (texts.MISS, texts.ABOUT_MISS),
        (common_texts.PERIOD, texts.ABOUT_WINDOWS.format(windows=windows)),
    ]
    return about.meaning([*facts, *_asked(told)])


def of_record(known: Coverage, chosen: Sequence[str]) -> str:
    """Of forecasts that were told; `chosen` are the words of what the list is narrowed to."""
    return about.meaning(
        [
            (texts.FORECAST, texts.RECORD_LEAD),
            (texts.MISS, texts.ABOUT_MISS),
            (common_texts.PERIOD, texts.ABOUT_ALL_TOLD),
            (common_texts.FILTERS, "; ".join(chosen) or common_texts.NO_FILTERS),
            about.data(known.version, known.last),
        ]
    )


def of_calendar(answer: One, known: Coverage) -> str:
    """Of open and closed days."""
    first, last = (date.fromisoformat(answer["days"][at]["day"]) for at in (0, -1))
    return about.meaning(
        [
            (texts.CALENDAR, texts.ABOUT_CALENDAR),
            (common_texts.PERIOD, formats.window(first, last + timedelta(days=1))),
            (common_texts.FILTERS, common_texts.NO_FILTERS),
            about.data(answer["data_version"], known.last),
        ]
    )


def _asked(told: One) -> about.Facts:
    return [
        (common_texts.FILTERS, filters.in_words(told["filters"])),
        about.data(told["data_version"], date.fromisoformat(told["as_of"])),
    ]
