"""Tables as pure functions: rows in, escaped HTML out, styled by style.css."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.filters import Choice

Rows = Sequence[Mapping[str, Any]]


PAGES = {"customer": "customers", "product": "products", "country": "countries"}
"""The page that has more of each of them, and takes its key as a parameter of this name."""


def lead(text: str, address: str) -> str:
    """A number that leads to the orders behind it."""
    return f'<a class="behind" href="{escape(address)}" target="_self">{escape(text)}</a>'


def ranking(by: str, rows: Rows, total: float, currency: str, choice: Choice, **within: str) -> str:
    """The groups with the most revenue, each with a bar as long as its part of the first, a link to
    its own page, and one to its orders; `within` narrows those as the rows are.
    """
    longest = max((row["revenue"] for row in rows), default=0)

    def orders(row: Mapping[str, Any]) -> str:
        return choice.drill(**{**within, by: row[by] or ""}, measure="revenue")

    body = "".join(
        f"<tr><td>{name(row, by, choice)}{_bar(row['revenue'], longest)}</td>"
        f'<td class="number">{lead(formats.money(row["revenue"], currency), orders(row))}</td>'
        f'<td class="number quiet">{formats.share(row["revenue"], total)}</td></tr>'
        for row in rows
    )
    return (
        f'<table class="ranking"><thead><tr>'
        f'<th>{escape(texts.TOP_HEADS[by])}</th><th class="number">{texts.REVENUE}</th>'
        f'<th class="number">{texts.SHARE}</th></tr></thead><tbody>{body}</tbody></table>'
    )


def name(row: Mapping[str, Any], by: str, choice: Choice) -> str:
    """A group's name as a link to its own page."""
    key, called = row[by], row.get(f"{by}_name")
    if key is None:
        return f'<span class="name unknown">{texts.UNKNOWN}</span>'
    title = "" if called is None or called == key else f' title="{escape(key)}"'
    address = escape(choice.link(PAGES[by], **{by: key}))
    return (
        f'<span class="name"{title}><a href="{address}" target="_self">'
        f"{escape(called or key)}</a></span>"
    )


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
    """What was loaded, is being loaded or was not, newest first, with links to rejected rows.

    A column of buttons follows where there is something that the person may do about them.
    """
    buttons = any(_button(one).html for one in imports)
    lines = [
        _history_cells(one, currency, timezone) + ([_button(one)] if buttons else [])
        for one in imports
    ]
    return listed(lines, [one["state"] for one in imports])


PLAIN: Mapping[str, str] = {}


def listed(
    lines: Sequence[Sequence[Cell]], states: Sequence[str], heads: Mapping[str, str] = PLAIN
) -> str:
    """Lines of cells as a table, which becomes a list where the page is narrow.

    `heads` has safe HTML for headings that are more than their text, such as buttons that sort.
    """
    head = "".join(
        f'<th class="{cell.kind}">{heads.get(cell.heading, cell.heading)}</th>' for cell in lines[0]
    )
    body = "".join(
        f'<tr class="{state}">{"".join(_labelled(cell) for cell in line)}</tr>'
        for state, line in zip(states, lines, strict=True)
    )
    return f'<table class="history"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def of_values(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table of numbers; the first cell of each line says what they are of.

    Headings are texts, cells are safe HTML.
    """
    head = "".join(
        f'<th class="number" scope="col">{escape(one)}</th>' if place else f"<th>{escape(one)}</th>"
        for place, one in enumerate(heads)
    )
    body = "".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(f'<td class="number">{cell}</td>' for cell in cells)
        + "</tr>"
        for name, *cells in lines
    )
    return f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def button(press: str, text: str, title: str) -> str:
    """A button of a table; `press` tells the page which one it was."""
    return (
        f'<button type="button" data-press="{escape(press)}" aria-label="{escape(title)}">'
        f"{escape(text)}</button>"
    )


def _labelled(cell: Cell) -> str:
    kind = f"{cell.kind} nothing" if cell.html == formats.NOTHING else cell.kind
    return f'<td class="{kind}" data-heading="{cell.heading}">{cell.html}</td>'


def _history_cells(one: Mapping[str, Any], currency: str, timezone: str) -> list[Cell]:
    return [
        Cell(_file(one), texts.FILE, "file"),
        Cell(texts.KINDS.get(one["kind"], escape(one["kind"] or formats.NOTHING)), texts.KIND),
        Cell(_loaded(one, timezone), texts.LOADED_AT, "when"),
        Cell(_days(one["period"]), texts.DAYS),
        Cell(formats.number(one["rows"] if _is_loaded(one) else None), texts.ROWS, "number"),
        Cell(_rejected(one), texts.REJECTED, "number"),
        Cell(escape(formats.money(one["revenue"], currency)), texts.REVENUE, "number"),
    ]


UNDER_WAY = frozenset({"waiting", "running"})


def _file(one: Mapping[str, Any]) -> str:
    state = one["state"]
    marks = {
        "undone": texts.UNDONE,
        "failed": texts.FAILED,
        "cancelled": texts.CANCELLED,
        "known": texts.KNOWN.format(id=one.get("same_as")),
    }
    mark = marks.get(state, texts.COPIED if one.get("is_copy") else "")
    shown = f'<span class="mark">{mark}</span>' if mark else ""
    number = f'<span class="quiet id">{texts.IMPORT_ID.format(id=one["id"])}</span>'
    name = f'<span class="name">{escape(one["file"])}</span>'
    return f"<span>{name} {number}{shown}{_more(one)}</span>"


def _more(one: Mapping[str, Any]) -> str:
    """How far it is, or why it was not loaded, or what is special about it."""
    if one["state"] in UNDER_WAY:
        return _progress(one)
    if one["state"] == "failed":
        reason = (one.get("error") or {}).get("message") or texts.FAILED_QUIETLY
        return f'<span class="by quiet reason">{escape(reason)}</span>'
    if one.get("skipped_rows"):
        rows = formats.number(one["skipped_rows"])
        return f'<span class="by quiet">{texts.LEFT_OUT.format(rows=rows)}</span>'
    if one.get("overlap") == "replace":
        return f'<span class="by quiet">{texts.REPLACED}</span>'
    return "".join(
        f'<span class="by quiet">{escape(warning["message"])}</span>'
        for warning in one.get("warnings", ())
        if warning["code"] == "values_stayed"
    )


def _progress(one: Mapping[str, Any]) -> str:
    step = texts.STEPS.get(one["step"], texts.STEPS["checking"])
    done, whole = one["progress"], one["progress_whole"]
    if not whole:
        return f'<span class="by quiet">{step}</span><progress aria-label="{step}"></progress>'
    in_bytes = one["step"] == "reading"
    text = (texts.STEP_BYTES if in_bytes else texts.STEP_ROWS).format(
        step=step,
        done=f"{done / 1e6:.1f}" if in_bytes else formats.number(done),
        whole=f"{whole / 1e6:.1f}" if in_bytes else formats.number(whole),
    )
    return (
        f'<span class="by quiet">{text}</span>'
        f'<progress aria-label="{step}" value="{done}" max="{whole}"></progress>'
    )


def _loaded(one: Mapping[str, Any], timezone: str) -> str:
    when = formats.moment(one["created_at"], timezone)
    by = texts.LOADED_BY.format(name=one["created_by"]) if one["created_by"] else texts.BY_TERMINAL
    return f'<span>{when}<span class="by quiet">{escape(by)}</span></span>'


def _button(one: Mapping[str, Any]) -> Cell:
    """What the person may do about it: the API says which."""
    texts_of = {
        "done": (texts.UNDO, texts.UNDO_TITLE),
        "undone": (texts.REDO, texts.REDO_TITLE),
        "waiting": (texts.STOP, texts.STOP_TITLE),
        "running": (texts.STOP, texts.STOP_TITLE),
        "failed": (texts.ANSWER, texts.ANSWER_TITLE) if has_question(one) else None,
    }.get(one["state"])
    if not one["may_undo"] or texts_of is None or one.get("step") == "laying_out":
        return Cell("", "", "action")
    text, title = texts_of
    return Cell(button(str(one["id"]), text, title.format(file=one["file"])), "", "action")


def has_question(one: Mapping[str, Any]) -> bool:
    """Whether its sender was asked something, and may still answer."""
    return one["state"] == "failed" and bool((one["error"] or {}).get("details", {}).get("upload"))


def _days(period: Mapping[str, Any]) -> str:
    if period["first"] is None:
        return formats.NOTHING
    return formats.days(date.fromisoformat(period["first"]), date.fromisoformat(period["last"]))


def _is_loaded(one: Mapping[str, Any]) -> bool:
    return one["state"] in {"done", "undone"}


def _rejected(one: Mapping[str, Any]) -> str:
    if not _is_loaded(one):
        return formats.NOTHING
    count = formats.number(one["rejected_rows"])
    if one["rejects"] is None:
        return count
    return (
        f'<a href="{escape(one["rejects"])}" target="_self" title="{texts.REJECTS_TITLE}">'
        f"{texts.REJECTS_LINK.format(count=count)}</a>"
    )
