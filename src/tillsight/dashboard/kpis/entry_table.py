"""The grid of the page Enter values: rows in, escaped HTML out. entry.js brings it to life."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis import words as kpi_words
from tillsight.dashboard.kpis.entry_rows import Row

One = Mapping[str, Any]
LONGEST_COMMENT = 2000
COLUMNS = 6


def grid(rows: Sequence[Row], timezone: str, *, may_delete: bool) -> str:
    """The rows with a field for the value and one for the comment."""
    headings = (
        (texts.ENTER_KPI, "file"),
        (texts.ENTER_PERIOD, ""),
        (texts.ENTER_DUE, ""),
        (texts.ENTER_VALUE, "entry"),
        (texts.ENTER_COMMENT, "remark"),
        ("", "action"),
    )
    head = "".join(f'<th class="{kind}">{name}</th>' for name, kind in headings)
    due = [one for one in rows if not one.running]
    running = [one for one in rows if one.running]
    parts = [_line(one, timezone, may_delete) for one in due]
    if due and running:
        parts.append(
            f'<tr class="part"><th colspan="{COLUMNS}" scope="rowgroup">'
            f"{texts.ENTER_UNDER_WAY}</th></tr>"
        )
    parts += [_line(one, timezone, may_delete) for one in running]
    return (
        f'<table class="history entries"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(parts)}</tbody></table>"
    )


def range_of(row: Row) -> str:
    """Which values there may be, in words; empty where any may."""
    low, high = row.minimum, row.maximum
    if low is None and high is None:
        return ""
    kind = "both" if low is not None and high is not None else "high" if low is None else "low"
    return texts.ENTER_RANGES[kind].format(low=formats.number(low), high=formats.number(high))


def logged(one: One, unit: str) -> str:
    """A change from what to what, as text."""
    before, after = (kpi_formats.value(one[name], unit) for name in ("before", "after"))
    if one["why"] == "moved":
        return kpi_words.as_far_as_known(one, unit)
    if one["before"] is None:
        return after
    if one["after"] is None:
        return f"{before} → {texts.CHANGE_DELETED}"
    if before == after:
        return f"{after} ({texts.ONLY_COMMENT})"
    return f"{before} → {after}"


def _line(row: Row, timezone: str, may_delete: bool) -> str:
    period = kpi_periods.name(row.period)
    cells = (
        f'<td class="file"><span><span class="name">{escape(row.kpi)}</span>'
        f'<span class="by quiet">{escape(row.circle)}</span></span></td>'
        f'<td class="when" data-heading="{texts.ENTER_PERIOD}">{escape(period)}</td>'
        f'<td class="due" data-heading="{texts.ENTER_DUE}">{_due(row)}</td>'
    )
    late = "late" if row.days_late else ""
    if row.computed:
        value = escape(kpi_formats.value(row.value, row.unit))
        return (
            f'<tr class="{late}">{cells}<td class="entry" data-heading="{texts.ENTER_VALUE}">'
            f'{value}</td><td class="quiet">{texts.ENTER_COMPUTED}</td>'
            '<td class="action"></td></tr>'
        )
    return (
        f'<tr class="{late}" {_facts(row)}>{cells}{_fields(row, period)}'
        f'<td class="action">{_history_button(row, period)}</td></tr>'
        f"{_history(row, period, timezone, may_delete)}"
    )


def _facts(row: Row) -> str:
    """What entry.js has to know of a row."""
    outside = range_of(row)
    facts = {
        "cell": row.key,
        "kpi": row.kpi_id,
        "period": row.period,
        "unit": row.unit,
        "version": row.version,
        "value": plain(row.value),
        "comment": row.comment,
        "low": plain(row.minimum),
        "high": plain(row.maximum),
        "outside": texts.ENTER_OUTSIDE.format(range=outside) if outside else "",
    }
    return " ".join(
        f'data-{name}="{escape(str(fact))}"' for name, fact in facts.items() if fact is not None
    )


def plain(value: float | None) -> str:
    """A number as it is typed, such as 1250.5; empty where there is none."""
    if value is None:
        return ""
    text = f"{value:.4f}"
    return text.rstrip("0").rstrip(".")


def _fields(row: Row, period: str) -> str:
    unit = kpi_formats.unit_name(row.unit)
    shown = "%" if row.unit == "percentage" else unit
    label = texts.ENTER_VALUE_OF.format(kpi=row.kpi, period=period, unit=unit)
    about = texts.ENTER_COMMENT_OF.format(kpi=row.kpi, period=period)
    hint = escape(range_of(row))
    return (
        f'<td class="entry"><label class="field"><span class="unit">{escape(shown)}</span>'
        f'<input name="value" inputmode="decimal" autocomplete="off" maxlength="40"'
        f' aria-label="{escape(label)}"></label>'
        f'<p class="hint quiet" data-range="{hint}">{hint}</p>'
        f'<p class="field-error" role="alert" hidden></p></td>'
        f'<td class="remark"><input name="comment" autocomplete="off" maxlength="{LONGEST_COMMENT}"'
        f' placeholder="{texts.ENTER_COMMENT}" aria-label="{escape(about)}"></td>'
    )


def _due(row: Row) -> str:
    if row.version is not None:
        return f"<span>{texts.ENTER_ENTERED}</span>"
    state = texts.ENTER_RUNNING if row.running else texts.ENTER_TO_ENTER
    if row.days_late:
        words = texts.ENTER_LATE_ONE if row.days_late == 1 else texts.ENTER_LATE
        state = f"<b>{words.format(days=row.days_late)}</b>"
    below = texts.ENTER_DUE_ON.format(day=escape(formats.day(row.due_on)))
    return f'<span>{state}<span class="by quiet">{below}</span></span>'


def _history_button(row: Row, period: str) -> str:
    if row.value_id is None and not row.changes:
        return ""
    title = texts.ENTER_HISTORY_TITLE.format(kpi=row.kpi, period=period)
    return (
        f'<button type="button" data-history="{escape(row.key)}" aria-expanded="false"'
        f' aria-label="{escape(title)}">{texts.ENTER_HISTORY}</button>'
    )


def _history(row: Row, period: str, timezone: str, may_delete: bool) -> str:
    if row.value_id is None and not row.changes:
        return ""
    told = "".join(_told(one, row.unit, timezone) for one in row.changes)
    lines = f"<ul>{told}</ul>" if told else f"<p>{texts.ENTER_HISTORY_NONE}</p>"
    title = texts.ENTER_DELETE_TITLE.format(kpi=row.kpi, period=period)
    delete = (
        f'<button type="button" data-delete="{row.value_id}" aria-label="{escape(title)}">'
        f"{texts.ENTER_DELETE}</button>"
        if may_delete and row.value_id is not None
        else ""
    )
    return (
        f'<tr class="more" data-of="{escape(row.key)}" hidden><td colspan="{COLUMNS}">'
        f"<div>{lines}{delete}</div></td></tr>"
    )


def _told(one: One, unit: str, timezone: str) -> str:
    who = one["user"] or texts.WHYS.get(one["why"], one["why"])
    when = texts.ENTER_LOGGED.format(when=formats.moment(one["at"], timezone), who=who)
    comment = f" “{one['comment']}”" if one["comment"] else ""
    return (
        f'<li><span class="quiet">{escape(when)}</span>{escape(logged(one, unit))}'
        f'<span class="quiet">{escape(comment)}</span></li>'
    )
