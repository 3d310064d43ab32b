"""What stands behind the figures of KPIs, as HTML to be opened."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tillsight import formats, languages
from tillsight.dashboard import about, client, filters, texts
from tillsight.dashboard.kpis import facts

One = Mapping[str, Any]


def of_board(answer: One, chosen: Mapping[str, str]) -> str:
    """Of all KPIs of the board; `chosen` says by name what they are narrowed to."""
    told = [
        (texts.BOARD_STATUS, languages.said(answer["rule"])),
        (texts.PROGRESS, texts.ABOUT_PROGRESS),
        (texts.OUTLOOK, texts.OUTLOOK_RULE),
        (texts.PERIOD, _period(answer)),
        (texts.FILTERS, _narrowed(chosen)),
    ]
    return about.meaning([*told, _data()])


def of_course(kpi: One, measure: str, answer: One) -> str:
    """Of where a KPI stands in the period of the answer; `measure` as in `facts.facts`."""
    told = [
        *_kpi(kpi, measure),
        (texts.BOARD_STATUS, languages.said(answer["rule"])),
        (texts.PERIOD, _period(answer)),
    ]
    return about.meaning([*told, *_sales_of(kpi)])


def of_outlook(kpi: One, answer: One) -> str:
    """Of what may come of a KPI by the end of the year."""
    told = [(texts.OUTLOOK, texts.OUTLOOK_RULE), (texts.PERIOD, _period(answer))]
    return about.meaning([*told, *_sales_of(kpi)])


def of_list(kpi: One, measure: str) -> str:
    """Of a list of values of a KPI, or of changes of them."""
    return about.meaning(
        [*_kpi(kpi, measure), (texts.PERIOD, texts.ABOUT_ALL_PERIODS), *_sales_of(kpi)]
    )


def of_changes(period: str, chosen: Mapping[str, str]) -> str:
    """Of a list of changes of the values of many KPIs."""
    told = [
        (texts.CHANGES, texts.ACTIVITY_LEAD),
        (texts.PERIOD, period),
        (texts.FILTERS, _narrowed(chosen)),
    ]
    return about.meaning([*told, _data()])


def _kpi(kpi: One, measure: str) -> about.Facts:
    described = [(kpi["name"], kpi["description"])] if kpi["description"] else []
    return [
        *described,
        (texts.COMES_FROM, facts.comes_from(kpi, measure)),
        (texts.AGGREGATION, texts.AGGREGATIONS[kpi["aggregation"]]),
    ]


def _sales_of(kpi: One) -> about.Facts:
    return [(texts.FILTERS, filters.in_words(kpi["filters"])), _data()]


def _period(answer: One) -> str:
    """The days that were asked for, and the one that the figures are of."""
    day, asked = formats.day(date.fromisoformat(answer["as_of"])), answer["period"]
    if not asked["from"] or not asked["to"]:
        return texts.BOARD_TO_DATE.format(day=day)
    first, end = (date.fromisoformat(asked[name]) for name in ("from", "to"))
    return texts.ABOUT_PERIOD.format(days=formats.window(first, end), day=day)


def _narrowed(chosen: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {one}" for name, one in chosen.items()) or texts.NO_FILTERS


def _data() -> tuple[str, str]:
    version = client.get("/api/metrics/version")["data_version"]
    return texts.DATA, texts.ABOUT_VALUES.format(version=formats.number(version))
