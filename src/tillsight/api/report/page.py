"""The report of a period as one HTML page that prints well and needs nothing beside itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tillsight import formats, languages, templates
from tillsight.api.report import drawing, texts, written
from tillsight.api.report.facts import ABOUT_CUSTOMERS, KEY_FIGURES, Ranked, Report, Top
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import DIMENSIONS, Good, Measure
from tillsight.metrics.query import Answer

TEMPLATES = Path(__file__).parent.parent / "templates"
MOVERS = 10
OUR_OWN = {"segment", "age_band"}
"""Dimensions whose values are names of ours."""

_templates = templates.environment(TEMPLATES)


@dataclass(frozen=True)
class Shop:
    """Whose report it is, and the day it is made."""

    name: str
    currency: str
    today: date


Line = Mapping[str, object]


def report_page(shop: Shop, report: Report) -> str:
    """The page. Everything that people wrote is escaped by the template."""
    return _templates.get_template("report.html").render(
        shop=shop.name,
        made=formats.day(shop.today),
        cover=_cover(report),
        compared=report.figures.comparison is not None,
        empty=report.is_empty,
        figures=_measured(KEY_FIGURES, report.figures, shop.currency),
        course=_course(report, shop.currency),
        grain=texts.GRAINS[report.grain],
        why=_why(report, shop.currency),
        tops=[_top(one, shop.currency) for one in report.tops if _is_told(one)],
        customers=_measured(ABOUT_CUSTOMERS, report.customers, shop.currency),
        weekdays=_weekdays(report, shop.currency),
        notes=[_note(one.start, one.end, one.note.text, one.creator) for one in report.notes],
        definitions=_definitions(report),
    )


def _cover(report: Report) -> list[tuple[str, str]]:
    """What the figures are of."""
    found = report.figures
    if report.days is None or found.last_day is None:
        return [(texts.DATA, texts.NOT_LOADED)]
    lines = [(texts.PERIOD, formats.days(*report.days))]
    if found.comparison is not None:
        before = texts.COMPARED[report.wanted.compare or ""]
        days = written.window(found.comparison.before)
        lines.append((texts.COMPARED_WITH, before.format(days=days)))
        cut = found.comparison.this
        if cut.end and cut.end <= report.days[1]:
            days = texts.AS_FAR.format(days=written.window(cut))
            lines.append((texts.COMPARED_DAYS, days))
    else:
        lines.append((texts.COMPARED_WITH, texts.COMPARED_WITH_NOTHING))
    lines.append((texts.FILTERS, _filters(report)))
    version = texts.VERSION.format(
        number=formats.number(found.data_version), day=formats.day(found.last_day)
    )
    return [*lines, (texts.DATA, version)]


def _filters(report: Report) -> str:
    labels = {one.name: languages.said(one.label) for one in DIMENSIONS}
    said = [
        f"{labels.get(name, name)}: {', '.join(_valued(name, one) for one in values)}"
        for name, values in report.wanted.filters.items()
        if values
    ]
    return "; ".join(said) or texts.NO_FILTERS


def _valued(dimension: str, value: str) -> str:
    """A value of a filter; our own names, such as segments, are said in the reader's language."""
    if not value:
        return texts.UNKNOWN
    return languages.said(value) if dimension in OUR_OWN else value


def _measured(names: Sequence[str], found: Answer, currency: str) -> list[Line]:
    lines: list[Line] = []
    for one in catalogue.measures(names):
        change = found.comparison.growth[one.name] if found.comparison else None
        was = found.comparison.totals[one.name] if found.comparison else None
        lines.append({
            "name": one.name,
            "label": languages.said(one.label),
            "value": written.measured(found.totals[one.name], one, currency),
            "before": written.measured(was, one, currency),
            "change": written.grown(one, found.totals[one.name], was, change),
            "mood": _mood(one, change),
            "definition": languages.said(one.definition),
        })  # fmt: skip
    return lines


def _mood(measure: Measure, change: float | None) -> str:
    if change is None or round(change, 3) == 0 or measure.good is Good.neither:
        return "even"
    return "good" if (change > 0) == (measure.good is Good.up) else "bad"


def _course(report: Report, currency: str) -> str:
    comparison = report.course.comparison
    before = comparison.rows if comparison else []
    return drawing.course(report.course.rows, before, report.grain, currency)


def _why(report: Report, currency: str) -> Mapping[str, object] | None:
    """The change in revenue in parts: by reason, and by the products that moved most."""
    found = report.why
    if found is None or not (found.value or found.value_before):
        return None
    return {
        "value": formats.money(found.value, currency),
        "before": formats.money(found.value_before, currency),
        "change": written.changed_money(found.change, currency),
        "factors": [
            {"label": languages.said(one.label), "part": written.changed_money(one.part, currency)}
            for one in found.factors
            if one.part
        ],
        "movers": [
            {
                "name": row.get("product_name") or row["product"] or texts.UNKNOWN,
                "change": written.changed_money(row["change"], currency),
                "parts": [
                    said.format(change=written.changed_money(row[kind], currency))
                    for kind, said in texts.GROUPS.items()
                    if row.get(kind)
                ],
            }
            for row in found.groups[:MOVERS]
        ],
    }


def _is_told(top: Top) -> bool:
    """Whether anything is known of the dimension but that it is unknown."""
    return any(one.key is not None for one in top.rows)


def _top(top: Top, currency: str) -> Mapping[str, object]:
    rest = top.total - sum(one.revenue for one in top.rows)
    return {
        "dimension": top.dimension,
        "title": texts.TITLES[top.dimension],
        "head": next(languages.said(one.label) for one in DIMENSIONS if one.name == top.dimension),
        "rows": [_ranked(one, top.total, currency) for one in top.rows],
        "rest": formats.money(rest, currency) if round(rest, 2) > 0 else "",
        "rest_share": formats.share(rest, top.total),
    }


def _ranked(one: Ranked, total: float, currency: str) -> Line:
    change = one.revenue / one.before - 1 if one.before else None
    new = one.before is not None and not one.before
    return {
        "name": one.name or one.key or texts.UNKNOWN,
        "key": one.key if one.name and one.name != one.key else "",
        "revenue": formats.money(one.revenue, currency),
        "share": formats.share(one.revenue, total),
        "change": texts.NEW if new else written.growth(change),
        "mood": "even" if not change else "good" if change > 0 else "bad",
    }


def _weekdays(report: Report, currency: str) -> str:
    found = report.weekdays
    now = {row["weekday"]: row["revenue"] for row in found.rows}
    was = (
        {row["weekday"]: row["revenue"] for row in found.comparison.rows}
        if found.comparison
        else None
    )
    rows = [
        (formats.weekday_name(day), now.get(day, 0.0), None if was is None else was.get(day, 0.0))
        for day in range(1, 8)
    ]
    return drawing.bars(rows, currency)


def _note(start: date, end: date, text: str, creator: object) -> Line:
    who = getattr(creator, "name", "")
    return {"days": written.note_days(start, end), "text": text, "who": who}


def _definitions(report: Report) -> list[tuple[str, str]]:
    measures = catalogue.measures([*KEY_FIGURES, *ABOUT_CUSTOMERS])
    told = [one.dimension for one in report.tops if _is_told(one)]
    dimensions = catalogue.dimensions(list(dict.fromkeys([*told, *report.wanted.filters])))
    told_of = [(one.label, one.definition) for one in measures]
    told_of += [(one.label, one.definition) for one in dimensions]
    return [(languages.said(label), languages.said(definition)) for label, definition in told_of]
