"""What the first line of a text may be before anyone looks for columns in it."""

from collections.abc import Sequence
from pathlib import Path

from tillsight.errors import InvalidInput
from tillsight.sales.formats.table import refuse_wide
from tillsight.sales.layouts import normal_header

_DELIMITERS = (b",", b";", b"\t", b"|")


def refuse_first_line(path: Path) -> None:
    """Refuse a text whose first line is no header.

    Raises:
        InvalidInput: it is blank, or has more columns than a file of sales has.
    """
    with path.open("rb") as file:
        first = file.readline().removeprefix(b"\xef\xbb\xbf")
        if not first.strip():
            rest = any(line.strip() for line in file)
            raise InvalidInput(
                "The first line is blank. It has to hold the names of the columns."
                if rest
                else "The file is empty."
            )
    refuse_wide(max(first.count(one) for one in _DELIMITERS) + 1)


def refuse_repeated(header: Sequence[str]) -> None:
    """Refuse a header that names a column twice; names that differ in case, spaces or underscores
    only are the same. Columns without a name are allowed, and hold nothing that is read.

    Raises:
        InvalidInput: it does.
    """
    first: dict[str, str] = {}
    for name in header:
        normal = normal_header(name)
        if normal and normal in first:
            same = first[normal] == name
            also = "" if same else f", once as “{name[:40]}”"
            raise InvalidInput(
                f"The column “{first[normal][:40]}” stands in the header more than once{also}."
                " Rename one, or leave it out."
            )
        first[normal] = name
