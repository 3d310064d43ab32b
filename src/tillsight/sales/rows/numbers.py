"""Numbers as people write them: marks for thousands, currencies, a minus behind, parentheses."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tillsight.sales.choices import DecimalMark
from tillsight.sales.currencies import MARKS

MINUS: Final = "\u2212"
SPACES: Final = " \u00a0\u2009\u202f"
GROUPING: Final = f",'’{SPACES}"
"""What may part thousands where the decimals stand behind a point."""
_MARK = "|".join(re.escape(mark) for mark in MARKS)
_BODY = (
    rf"[0-9]{{1,3}}(?:[{GROUPING}][0-9]{{3}})+(?:\.[0-9]*)?"
    r"|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
)
_GAP = f"[{SPACES}]*"
_SWAPPED = str.maketrans(",.", ".,")


def _whole(body: str) -> str:
    mark = f"(?:(?:{_MARK}){_GAP})?"
    return (
        rf"^{mark}(?:[+{MINUS}-]|\()?{_GAP}{mark}{body}{_GAP}{mark}(?:[{MINUS}-]|\))?{_GAP}{mark}$"
    )


NUMBER: Final = _whole(f"({_BODY})")
"""A number whose decimals stand behind a point; its digits are the only group."""
_NUMBER = re.compile(NUMBER)
_EITHER = re.compile(_whole(rf"(?P<body>[0-9][0-9.,'’{SPACES}]*(?:[eE][+-]?[0-9]+)?|[.,][0-9]+)"))
PLAIN: Final = "[+-]?[0-9]+([.][0-9]*)?([eE][+-]?[0-9]+)?"
_PLAIN = re.compile(PLAIN)
_MARKED = re.compile(_MARK)
_WRONG_SIGNS = rf"[{MINUS}-].*[{MINUS}-]$|^[^(]*\)|\([^)]*$|[{MINUS}-].*\(|\(.*[{MINUS}-].*\)"


class Mark(StrEnum):
    """What a number tells of the mark before its decimals: that it is a point, or a comma; that a
    mark is in it which could be either; nothing.
    """

    point = "point"
    comma = "comma"
    either = "either"
    none = "none"


@dataclass(frozen=True)
class Told:
    """What a cell tells; `currency` is what stands beside the number. Without a mark, it is no
    number.
    """

    mark: Mark | None
    currency: str | None = None


def told_by(cell: str) -> Told:
    """What a trimmed cell tells of how its file writes numbers."""
    found = _EITHER.match(cell)
    if found is None:
        return Told(None)
    stated = _MARKED.search(cell)
    body = found["body"].strip(SPACES)
    return Told(_mark_of(body), stated[0] if stated else None)


def is_plain(cell: str) -> bool:
    """Whether the engine reads a cell as it is, or it is no number at all."""
    return _PLAIN.fullmatch(cell) is not None or _EITHER.match(cell) is None


def _mark_of(body: str) -> Mark | None:
    fits = {
        Mark.point: bool(_NUMBER.match(body)),
        Mark.comma: bool(_NUMBER.match(swapped_text(body))),
    }
    if not any(fits.values()):
        return None
    if not set(body) & {".", ","}:
        return Mark.none
    if all(fits.values()):
        # 0.125 is no thousand; 1.234 may be one.
        if body.startswith("0"):
            return Mark.point if "." in body else Mark.comma
        return Mark.either
    return Mark.point if fits[Mark.point] else Mark.comma


def number_text(cell: str, decimal: DecimalMark | None) -> str:
    """SQL for the text of a number as the engine reads it, of SQL for a trimmed cell; null where it
    is no number. Without a decimal mark the cells are plain.
    """
    if decimal is None:
        return cell
    return _plain(cell if decimal is DecimalMark.point else f"translate({cell}, ',.', '.,')")


def _plain(cell: str) -> str:
    cleaned = (
        f"regexp_replace(regexp_extract({cell}, {_quoted(NUMBER)}, 1), '[{_grouping()}]', '', 'g')"
    )
    return f"""
        CASE WHEN regexp_full_match({cell}, '{PLAIN}') THEN {cell}
             WHEN regexp_matches({cell}, {_quoted(_WRONG_SIGNS)}) THEN NULL
             WHEN regexp_matches({cell}, '[({MINUS}]|(?:^|[^eE])-')
             THEN '-' || nullif({cleaned}, '')
             ELSE nullif({cleaned}, '') END
    """


def swapped_text(cell: str) -> str:
    """A cell whose decimals stand behind a comma, as if they stood behind a point."""
    return cell.translate(_SWAPPED)


def _grouping() -> str:
    return GROUPING.replace("'", "''")


def _quoted(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"
