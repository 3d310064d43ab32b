"""Pages of long lists: each but the last names the cursor that the following one begins after."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from tillsight.errors import InvalidInput

Row = TypeVar("Row")


def cut(
    rows: Sequence[Row], limit: int, cursor_of: Callable[[Row], str]
) -> tuple[list[Row], str | None]:
    """The first `limit` of the rows, and their cursor if more were found than those."""
    shown = list(rows[:limit])
    return shown, cursor_of(shown[-1]) if len(rows) > limit else None


def write_cursor(time: datetime, *ids: object) -> str:
    """A place in a list that goes by time, and then by what tells equal times apart."""
    return "_".join([time.isoformat(), *map(str, ids)])


def read_cursor(text: str) -> tuple[datetime, str]:
    """The time of a cursor, and what follows it.

    Raises:
        InvalidInput: it is none that an answer gave.
    """
    at, _, ids = text.partition("_")
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        raise no_cursor(text) from None
    if time.tzinfo or not ids:
        raise no_cursor(text)
    return time, ids


def no_cursor(text: str) -> InvalidInput:
    """The refusal of a text that is no cursor."""
    return InvalidInput(f"“{text[:60]}” is no place in this list. Take `next` of the page before.")
