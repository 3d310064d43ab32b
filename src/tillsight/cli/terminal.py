"""What the terminal shows: texts, tables, refusals, progress."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tillsight.errors import BadRows, InvalidInput, TillsightError

NOT_ALLOWED = {
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
}
"""Numbers of errors that whoever chose the place can mend."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ANSWERED_BY = {
    "overlap": "Repeat the command with --overlap skip (only the new orders), --overlap replace (in"
    " place of the earlier ones), or --overlap add (both count).",
    "ambiguous_dates": "Repeat the command with --date-order and one of these.",
    "ambiguous_numbers": "Repeat the command with --decimal and one of these.",
    "unknown_layout": "Say which column holds what: --mapping FILE.json, such as"
    ' {"kind": "sales", "columns": {"Day": "time", "Total": "amount"}}.',
}


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar that shows the step under way; gone when all is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Opening", total=None, count="")

        def show(step: str, done: int, whole: int) -> None:
            count = f"{done:,} of {whole:,}" if whole else ""
            progress.update(
                task, description=step, completed=done, total=whole or None, count=count
            )

        yield show


def print_question(error: TillsightError) -> None:
    """A refusal that an option answers: what is in doubt, and how to go on."""
    err.print("[red]Error:[/red]", plain(error.message))
    readings = error.details.get("readings")
    for one in readings if isinstance(readings, Sequence) else []:
        reading = one if isinstance(one, dict) else vars(one)
        err.print(plain(f"  {reading['choice']}: {reading['example']} means {reading['means']}"))
    err.print(ANSWERED_BY[error.code])


def print_problems(error: BadRows) -> None:
    """A file whose rows do not pass the check: which rows, and why."""
    err.print("[red]Error:[/red]", plain(error.message))
    table = Table("Line", "Column", "Value", "Reason")
    problems = error.details.get("problems")
    for problem in problems if isinstance(problems, list) else []:
        cells = (problem[name] for name in ("line", "column", "value", "reason"))
        table.add_row(*(plain(str(cell)) for cell in cells))
    err.print(table)
    err.print("Load the good rows with --skip-bad-rows.")


A_DAY = len("2024-05-07")
OF_DAYS = {"Date", "Loaded", "Sales of", "Last sign-in"}
"""Columns of lists that tell days."""


def listing(*headings: str, numbers: Sequence[str] = ()) -> Table:
    """A table of rows of the database: where the terminal is narrow texts go on in the next line,
    and are never cut off; days, and the columns of `numbers` to the right, stay whole.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", min_width=A_DAY if heading in OF_DAYS else None)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def unusable(error: OSError) -> str | None:
    """What to do about a file or folder that the command may not use; None of other errors."""
    if error.filename is None or error.errno not in NOT_ALLOWED:
        return None
    return (
        f"{error.filename} cannot be used ({error.strerror}). Give it to the user that runs"
        " Tillsight, or choose another place; TILLSIGHT_HOME names the home folder."
    )


def plain(text: str) -> str:
    """Text of others, with what Rich would take for markup made harmless."""
    return text.replace("[", "\\[")


def names(text: str) -> list[str]:
    """The names of a list with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def filters_in(texts: list[str]) -> dict[str, list[str]]:
    """Filters such as country=France, by dimension.

    Raises:
        InvalidInput: one is not written so.
    """
    filters: dict[str, list[str]] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise InvalidInput(f"A filter is written as country=France, not as “{text}”.")
        filters.setdefault(name.strip(), []).append(value.strip())
    return filters


def cell(value: str | float | None) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return plain(value) if isinstance(value, str) else f"{value:,}"


def percent(number: float | None) -> str:
    """A number of percent as a table shows it."""
    return "–" if number is None else f"{number:,.0f} %"
