"""The report of a period as one HTML page that prints well and needs nothing beside itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from tillsight.api.report import drawing, written
from tillsight.api.report.facts import ABOUT_CUSTOMERS, KEY_FIGURES, Ranked, Report, Top
from tillsight.metrics import catalogue
from tillsight.metrics.catalogue import DIMENSIONS, Good, Measure
from tillsight.metrics.query import Answer

TEMPLATES = Path(__file__).parent.parent / "templates"
MOVERS = 10
UNKNOWN = "Unknown"
COMPARED = {
    None: "nothing",
    "previous_period": "the period before",
    "previous_year": "the year before",
}
TITLES = {
    "product": "Products with the most revenue",
    "customer": "Customers with the most revenue",
    "country": "Countries with the most revenue",
    "category": "Categories",
}
GROUPS = {"price": "price", "volume": "volume", "new": "new", "lost": "no longer sold"}

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


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
        made=written.day(shop.today),
        cover=_cover(report),
        compared=report.figures.comparison is not None,
        empty=report.is_empty,
        figures=_measured(KEY_FIGURES, report.figures, shop.currency),
        course=_course(report, shop.currency),
        grain=report.grain,
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
        return [("Data", "nothing was loaded yet")]
    lines = [("Period", written.days(*report.days))]
    if found.comparison is not None:
        before = f"{COMPARED[report.wanted.compare]}, {written.window(found.comparison.before)}"
        lines.append(("Compared with", before))
        cut = found.comparison.this
        if cut.end and cut.end <= report.days[1]:
            lines.append(("Compared days", f"{written.window(cut)}, as far as there are data"))
    else:
        lines.append(("Compared with", COMPARED[None]))
    lines.append(("Filters", _filters(report)))
    version = (
        f"version {written.number(found.data_version)}, sales up to {written.day(found.last_day)}"
    )
    return [*lines, ("Data", version)]


def _filters(report: Report) -> str:
    labels = {one.name: one.label for one in DIMENSIONS}
    said = [
        f"{labels.get(name, name)}: {', '.join(one or UNKNOWN for one in values)}"
        for name, values in report.wanted.filters.items()
        if values
    ]
    return "; ".join(said) or "none"


def _measured(names: Sequence[str], found: Answer, currency: str) -> list[Line]:
    lines: list[Line] = []
    for one in catalogue.measures(names):
        change = found.comparison.growth[one.name] if found.comparison else None
        was = found.comparison.totals[one.name] if found.comparison else None
        lines.append({
            "name": one.name,
            "label": one.label,
            "value": written.measured(found.totals[one.name], one, currency),
            "before": written.measured(was, one, currency),
            "change": written.growth(change),
            "mood": _mood(one, change),
            "definition": one.definition,
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
        "value": written.money(found.value, currency),
        "before": written.money(found.value_before, currency),
        "change": written.changed_money(found.change, currency),
        "factors": [
            {"label": one.label, "part": written.changed_money(one.part, currency)}
            for one in found.factors
            if one.part
        ],
        "movers": [
            {
                "name": row.get("product_name") or row["product"] or UNKNOWN,
                "change": written.changed_money(row["change"], currency),
                "parts": [
                    f"{said} {written.changed_money(row[kind], currency)}"
                    for kind, said in GROUPS.items()
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
        "title": TITLES[top.dimension],
        "head": next(one.label for one in DIMENSIONS if one.name == top.dimension),
        "rows": [_ranked(one, top.total, currency) for one in top.rows],
        "rest": written.money(rest, currency) if round(rest, 2) > 0 else "",
        "rest_share": written.share(rest, top.total),
    }


def _ranked(one: Ranked, total: float, currency: str) -> Line:
    change = one.revenue / one.before - 1 if one.before else None
    new = one.before is not None and not one.before
    return {
        "name": one.name or one.key or UNKNOWN,
        "key": one.key if one.name and one.name != one.key else "",
        "revenue": written.money(one.revenue, currency),
        "share": written.share(one.revenue, total),
        "change": "new" if new else written.growth(change),
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
        (name, now.get(number, 0.0), None if was is None else was.get(number, 0.0))
        for number, name in enumerate(written.WEEKDAYS, 1)
    ]
    return drawing.bars(rows, currency)


def _note(start: date, end: date, text: str, creator: object) -> Line:
    who = getattr(creator, "name", "")
    return {"days": written.note_days(start, end), "text": text, "who": who}


def _definitions(report: Report) -> list[tuple[str, str]]:
    measures = catalogue.measures([*KEY_FIGURES, *ABOUT_CUSTOMERS])
    told = [one.dimension for one in report.tops if _is_told(one)]
    dimensions = catalogue.dimensions(list(dict.fromkeys([*told, *report.wanted.filters])))
    said = [(one.label, one.definition) for one in measures]
    return said + [(one.label, one.definition) for one in dimensions]
