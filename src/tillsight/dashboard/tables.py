"""Tables as pure functions: rows in, escaped HTML out, styled by style.css."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from tillsight.dashboard import formats, texts

Rows = Sequence[Mapping[str, Any]]


def ranking(title: str, by: str, heading: str, rows: Rows, total: float, currency: str) -> str:
    """The groups with the most revenue, each with a bar as long as its part of the first."""
    longest = max((row["revenue"] for row in rows), default=0)
    body = "".join(
        f"<tr><td>{_name(row, by)}{_bar(row['revenue'], longest)}</td>"
        f'<td class="number">{escape(formats.money(row["revenue"], currency))}</td>'
        f'<td class="number quiet">{formats.share(row["revenue"], total)}</td></tr>'
        for row in rows
    )
    return (
        f'<table class="ranking"><caption>{escape(title)}</caption><thead><tr>'
        f'<th>{escape(heading)}</th><th class="number">{texts.REVENUE}</th>'
        f'<th class="number">{texts.SHARE}</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _name(row: Mapping[str, Any], by: str) -> str:
    key, name = row[by], row.get(f"{by}_name")
    if key is None:
        return f'<span class="name unknown">{texts.UNKNOWN}</span>'
    if name is None or name == key:
        return f'<span class="name">{escape(key)}</span>'
    return f'<span class="name" title="{escape(key)}">{escape(name)}</span>'


def _bar(value: float, longest: float) -> str:
    width = 100 * value / longest if longest > 0 else 0
    return f'<span class="bar" style="width:{max(width, 0):.1f}%"></span>'


@dataclass(frozen=True)
class Cell:
    """A cell of the history: safe HTML, the name of its column, and how it is set."""

    html: str
    heading: str
    kind: str = ""


def history(imports: Rows, currency: str, timezone: str) -> str:
    """What was loaded, newest first, with links to the rows that were not.

    A column of buttons follows where there is something that the person may undo or redo.
    """
    buttons = any(one["may_undo"] for one in imports)
    lines = [
        _history_cells(one, currency, timezone) + ([_button(one)] if buttons else [])
        for one in imports
    ]
    return listed(lines, [one["state"] for one in imports])


def listed(lines: Sequence[Sequence[Cell]], states: Sequence[str]) -> str:
    """Lines of cells as a table, which becomes a list where the page is narrow."""
    head = "".join(f'<th class="{cell.kind}">{cell.heading}</th>' for cell in lines[0])
    body = "".join(
        f'<tr class="{state}">{"".join(_labelled(cell) for cell in line)}</tr>'
        for state, line in zip(states, lines, strict=True)
    )
    return f'<table class="history"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def button(press: str, text: str, title: str) -> str:
    """A button of a table; `press` tells the page which one it was."""
    return (
        f'<button type="button" data-press="{escape(press)}" aria-label="{escape(title)}">'
        f"{escape(text)}</button>"
    )


def _labelled(cell: Cell) -> str:
    return f'<td class="{cell.kind}" data-heading="{cell.heading}">{cell.html}</td>'


def _history_cells(one: Mapping[str, Any], currency: str, timezone: str) -> list[Cell]:
    return [
        Cell(_file(one), texts.FILE, "file"),
        Cell(texts.KINDS.get(one["kind"], escape(one["kind"])), texts.KIND),
        Cell(_loaded(one, timezone), texts.LOADED_AT),
        Cell(_days(one["period"]), texts.DAYS),
        Cell(formats.number(one["rows"]), texts.ROWS, "number"),
        Cell(_rejected(one), texts.REJECTED, "number"),
        Cell(escape(formats.money(one["revenue"], currency)), texts.REVENUE, "number"),
    ]


def _file(one: Mapping[str, Any]) -> str:
    undone = one["state"] == "undone"
    mark = f'<span class="mark">{texts.UNDONE}</span>' if undone else ""
    return f'<span class="name">{escape(one["file"])}</span>{mark}'


def _loaded(one: Mapping[str, Any], timezone: str) -> str:
    when = formats.moment(one["created_at"], timezone)
    by = texts.LOADED_BY.format(name=one["created_by"]) if one["created_by"] else texts.BY_TERMINAL
    return f'<span>{when}<span class="by quiet">{escape(by)}</span></span>'


def _button(one: Mapping[str, Any]) -> Cell:
    if not one["may_undo"]:
        return Cell("", "", "action")
    text, title = (
        (texts.REDO, texts.REDO_TITLE)
        if one["state"] == "undone"
        else (texts.UNDO, texts.UNDO_TITLE)
    )
    return Cell(button(str(one["id"]), text, title.format(file=one["file"])), "", "action")


def _days(period: Mapping[str, Any]) -> str:
    if period["first"] is None:
        return formats.NOTHING
    return formats.days(date.fromisoformat(period["first"]), date.fromisoformat(period["last"]))


def _rejected(one: Mapping[str, Any]) -> str:
    count = formats.number(one["rejected_rows"])
    if one["rejects"] is None:
        return count
    return (
        f'<a href="{escape(one["rejects"])}" target="_self" title="{texts.REJECTS_TITLE}">'
        f"{texts.REJECTS_LINK.format(count=count)}</a>"
    )
