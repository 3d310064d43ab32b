"""The page of one KPI but its chart, as pure functions: answers of the API in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import cards as kpi_cards
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis import words as kpi_words
from tillsight.dashboard.kpis.cards import Context
from tillsight.dashboard.tables import Cell, listed

One = Mapping[str, Any]


def summary(entry: One, context: Context) -> str:
    """Four figures: the latest value, the way to the target, the status and the outlook."""
    as_of = context.as_of
    return (
        f'<div class="cards kpi-summary">{_latest(entry)}{_way(entry, as_of)}'
        f"{_status(entry, context)}{_outlook(entry, as_of)}</div>"
    )


def lead(kpi: One) -> str:
    """The circle, how often, in which unit, whose it is, and whether it is in use."""
    owner = texts.OWNED_BY.format(owner=kpi["owner"]) if kpi["owner"] else ""
    computed = texts.COMPUTED_MARK if kpi["measure"] else ""
    about = [texts.PERIODICITIES[kpi["periodicity"]], kpi_formats.unit_name(kpi["unit"])]
    said = [kpi["circle"], *about, owner, computed, state(kpi)]
    return " · ".join(one for one in said if one)


def facts(kpi: One, measure: str) -> str:
    """What the KPI is, as a list of names and what they are; `measure` is the name to call its
    measure by, where it has one.
    """
    told = [
        (texts.CIRCLE, kpi["circle"]),
        (texts.OWNER, kpi["owner"] or texts.NO_OWNER),
        (texts.PERIODICITY, texts.PERIODICITIES[kpi["periodicity"]]),
        (texts.UNIT, _unit(kpi)),
        (texts.DIRECTION, texts.DIRECTIONS[kpi["direction"]]),
        (texts.START, kpi_formats.value(kpi["initial_value"], kpi["unit"])),
        (texts.TARGET, kpi_formats.value(kpi["target_value"], kpi["unit"])),
        (texts.AGGREGATION, texts.AGGREGATIONS[kpi["aggregation"]]),
        (texts.DUE, "" if kpi["measure"] else texts.DUE_DAYS.format(days=kpi["due_days"])),
        (texts.COMES_FROM, comes_from(kpi, measure)),
    ]
    lines = "".join(f"<dt>{name}</dt><dd>{escape(said)}</dd>" for name, said in told if said)
    return f'<dl class="facts">{lines}</dl>'


def outlook(entry: One) -> str:
    """What the outlook rests on, as a list of names and what they are; nothing where there is none
    or the year is over.
    """
    told = entry["outlook"]
    if "method" not in told or not told["periods_to_come"]:
        return ""
    told_of = [
        (texts.YEAR_ENDS[kpi_words.what_counts(entry)], kpi_words.year_end(entry)),
        (texts.STILL_TO_COME, _still_to_come(entry)),
        (texts.NEEDED, _needed(entry)),
        (texts.RIGHT_BEFORE, _record(entry)),
        (texts.METHOD, _method(entry)),
    ]
    lines = "".join(f"<dt>{name}</dt><dd>{escape(said)}</dd>" for name, said in told_of if said)
    return f'<dl class="facts">{lines}</dl>'


def comes_from(kpi: One, measure: str) -> str:
    """By whom or what its values come."""
    if kpi["measure"] is None:
        return texts.TYPED
    filters = " · ".join(
        f"{name}: {', '.join(one or texts.UNKNOWN for one in values)}"
        for name, values in kpi["filters"].items()
    )
    return texts.COMPUTED_FROM.format(measure=measure) + (f" · {filters}" if filters else "")


def state(kpi: One) -> str:
    """That no values are taken any more; nothing where they are."""
    if kpi["archived"]:
        return texts.KPI_ARCHIVED
    return "" if kpi["active"] else texts.KPI_INACTIVE


def values(found: Sequence[One], kpi: One, timezone: str) -> str:
    """Values of a KPI with what was said of them, and what they would be by the sales of today."""
    nobody = texts.BY_SOMEBODY if kpi["measure"] is None else texts.BY_COMPUTING
    lines = [
        [
            Cell(escape(kpi_periods.name(one["period"])), texts.VALUE_PERIOD, "file"),
            Cell(_value(one, kpi["unit"]), texts.PERIOD_VALUE, "number"),
            Cell(_comment(one["comment"]), texts.COMMENT, "comment"),
            Cell(_last_change(one, timezone, nobody), texts.LAST_CHANGE, "when"),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def changes(found: Sequence[One], unit: str, timezone: str) -> str:
    """Who changed which value from what to what, and why."""
    lines = [change(one, unit, timezone) for one in found]
    return listed(lines, [one["activity"] for one in found])


def change(one: One, unit: str, timezone: str) -> list[Cell]:
    """A change as a line of a table."""
    return [
        Cell(_when(one, timezone), texts.WHEN, "when"),
        Cell(escape(kpi_periods.name(one["period"])), texts.VALUE_PERIOD),
        Cell(_from_to(one, unit), texts.CHANGE_OF_VALUE, "number"),
        Cell(_why(one), texts.WHY),
        Cell(_comment(one["comment"]), texts.COMMENT, "comment"),
    ]


def restatement(one: One, unit: str, timezone: str) -> list[Cell]:
    """A closed period whose sales changed, as a line of a table: what was reported, what it would
    be now, and why.
    """
    return [
        Cell(escape(kpi_periods.name(one["period"])), texts.VALUE_PERIOD, "file"),
        Cell(_written(one["reported"], unit), texts.REPORTED, "number"),
        Cell(f"◇ {_written(one['restated'], unit)}", texts.RESTATED_NOW, "number"),
        Cell(_cause(one), texts.CAUSE),
        Cell(formats.moment(one["at"], timezone), texts.WHEN, "when"),
    ]


def _latest(entry: One) -> str:
    current = entry["current"]
    period = kpi_periods.name(current["period"]) if current else texts.NO_VALUE
    value = kpi_formats.rounded(current["value"], entry["unit"]) if current else formats.NOTHING
    return _card(texts.LATEST_VALUE, value, f"{escape(period)} {kpi_cards.restated(entry)}")


def _way(entry: One, as_of: date) -> str:
    below = f"{kpi_cards.track(entry)}{escape(kpi_words.reach(entry, as_of))}"
    return _card(texts.PROGRESS, kpi_words.progress(entry), below, entry["status"])


def _status(entry: One, context: Context) -> str:
    badge = kpi_cards.badge(entry, context)
    below = escape(kpi_words.expected(entry, context.as_of))
    performance = kpi_formats.percent(entry["performance"])
    if entry["performance"] is not None:
        below += f"<br>{texts.PERFORMANCE_OF.format(performance=performance)}"
    return _card(texts.BOARD_STATUS, badge, below)


def _outlook(entry: One, as_of: date) -> str:
    told = entry["outlook"]
    if "word" not in told or told["method"] == kpi_words.SETTLED:
        below = kpi_words.outlook(entry, as_of)
    else:
        below = kpi_words.likely_to(entry, as_of)
    return _card(texts.OUTLOOK, kpi_words.chance(told), escape(below))


def _still_to_come(entry: One) -> str:
    told = entry["outlook"]
    periods = kpi_words.periods(entry["periodicity"], told["periods_to_come"])
    if told["forecast"] is None:
        return periods
    forecast = kpi_formats.rounded(told["forecast"], entry["unit"])
    return texts.FORECAST_OF.format(forecast=forecast, periods=periods)


def _needed(entry: One) -> str:
    """What each of the periods to come has to bring, beside what is forecast of each."""
    told = entry["outlook"]
    if told["needed_per_period"] is None:
        return ""
    words = texts.NEEDED_AT_MOST if entry["direction"] == "decrease" else texts.NEEDED_EACH
    needed = kpi_formats.rounded(told["needed_per_period"], entry["unit"])
    said = words.format(needed=needed, period=texts.PERIOD_WORDS[entry["periodicity"]][0])
    if told["forecast"] is None:
        return said
    each = kpi_formats.rounded(told["forecast"] / told["periods_to_come"], entry["unit"])
    return texts.FORECAST_EACH.format(said=said, forecast=each)


def _record(entry: One) -> str:
    """How often the ranges held that the method would have given before."""
    found = entry["record"]
    if entry["outlook"]["method"] == kpi_words.SETTLED:
        return ""
    if found is None:
        return texts.NO_RECORD
    periods = kpi_words.periods(entry["periodicity"], entry["outlook"]["periods_to_come"])
    return texts.RECORD.format(periods=periods, held=found["held"], of=found["of"])


def _method(entry: One) -> str:
    told = entry["outlook"]
    periods = kpi_words.periods(entry["periodicity"], told["periods_to_come"])
    said = texts.METHODS[told["method"]].format(periods=periods)
    return said if told["probability"] is not None else texts.NO_NUMBER.format(said=said)


def _card(title: str, value: str, below: str, kind: str = "") -> str:
    return (
        f'<section class="card {kind}"><h2>{title}</h2><p class="value">{value}</p>'
        f'<div class="below">{below}</div></section>'
    )


def _unit(kpi: One) -> str:
    name = kpi_formats.unit_name(kpi["unit"])
    low, high = kpi["minimum"], kpi["maximum"]
    if low is None and high is None:
        return name
    if high is None:
        return texts.UNIT_FROM.format(unit=name, low=formats.number(low))
    if low is None:
        return texts.UNIT_TO.format(unit=name, high=formats.number(high))
    return texts.UNIT_RANGE.format(unit=name, low=formats.number(low), high=formats.number(high))


def _value(one: One, unit: str) -> str:
    value = _written(one["value"], unit)
    if one["restated"] is None:
        return value
    now = texts.NOW.format(value=_written(one["restated"], unit))
    return f'<span>{value}<span class="by quiet">◇ {now}</span></span>'


def _written(amount: float | None, unit: str) -> str:
    return escape(kpi_formats.value(amount, unit))


def _comment(text: str) -> str:
    return f"<span>{escape(text)}</span>" if text else formats.NOTHING


def _last_change(one: One, timezone: str, nobody: str) -> str:
    at = one["updated_at"] or one["created_at"]
    who = one["updated_by_name"] if one["updated_at"] else one["created_by_name"]
    return _signed(formats.moment(at, timezone), who or nobody)


def _when(one: One, timezone: str) -> str:
    nobody = texts.BY_SOMEBODY if one["why"] == "moved" else texts.BY_COMPUTING
    return _signed(formats.moment(one["at"], timezone), one["user"] or nobody)


def _signed(when: str, who: str) -> str:
    return f'<span>{when}<span class="by quiet">{escape(who)}</span></span>'


def _from_to(one: One, unit: str) -> str:
    before, after = _written(one["before"], unit), _written(one["after"], unit)
    if one["why"] == "moved":
        return f"<span>{escape(kpi_words.as_far_as_known(one, unit))}</span>"
    if one["before"] is None:
        return f"<b>{after}</b>"
    if one["after"] is None:
        return f'<span><s class="quiet">{before}</s> {texts.CHANGE_DELETED}</span>'
    if one["before"] == one["after"]:
        return f'<span>{after}<span class="by quiet">{texts.ONLY_COMMENT}</span></span>'
    return f'<span><span class="quiet">{before} →</span> <b>{after}</b></span>'


def _why(one: One) -> str:
    said = texts.WHYS.get(one["why"], escape(one["why"]))
    if not one["file"]:
        return said
    return f'<span>{said}<span class="by quiet">{escape(one["file"])}</span></span>'


def _cause(one: One) -> str:
    said = texts.CAUSES.get(one["cause"], escape(one["cause"]))
    name = one.get("file")
    if not name:
        return said
    return f'<span>{said}<span class="by quiet">{escape(name)}</span></span>'
