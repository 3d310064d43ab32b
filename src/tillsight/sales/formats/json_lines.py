"""Files with one JSON object a line: its keys are the columns, those of all lines together."""

import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from tillsight.errors import InvalidInput
from tillsight.sales.formats.limits import CHUNK, LONGEST_LINE, Budget, Report
from tillsight.sales.formats.table import Table, refuse_wide, too_long

_REPORT_EVERY = 10_000  # lines


def json_to_csv(source: Path, target: Path, budget: Budget, report: Report) -> str:
    """Write the objects of a UTF-8 file as CSV, line by line; returns the SHA-256 of the CSV.

    The first line of the CSV is the header, so that line n of the file is row n + 1.

    Raises:
        InvalidInput: a line is no object, or holds a list or an object.
        TooLarge: the CSV is larger than it may be.
    """
    known = _first_keys(source)
    while True:
        with Table(target, budget) as table:
            keys = _write(source, table, known, report)
        if keys == known:  # mostly: lines rarely bring a key that the first one lacks
            return table.content_hash()
        known = keys


def _first_keys(source: Path) -> dict[str, None]:
    with closing(_objects(source, lambda _done, _whole: None)) as objects:
        for _number, cells in objects:
            refuse_wide(len(cells))
            if cells:
                return dict.fromkeys(cells)
    raise InvalidInput("The file holds no object with keys.")


def _write(source: Path, table: Table, columns: dict[str, None], report: Report) -> dict[str, None]:
    """Write what is in known columns; returns these and the keys that were found besides."""
    found = dict(columns)
    table.add(list(columns))
    row = 0
    with closing(_objects(source, report)) as objects:
        for number, cells in objects:
            if not cells.keys() <= found.keys():
                found |= dict.fromkeys(cells)
                refuse_wide(len(found))
            table.skip(number - row - 1)
            row = number
            table.add([cells.get(name, "") for name in columns])
    return found


def _objects(source: Path, report: Report) -> Generator[tuple[int, dict[str, str]]]:
    """The cells of each line that is not blank, with the number of the line."""
    whole = source.stat().st_size
    decoder = json.JSONDecoder(
        object_pairs_hook=_once, parse_int=str, parse_float=_plain, parse_constant=str
    )
    done = 0
    with source.open("rb", buffering=CHUNK) as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise too_long(number)
            done += len(line)
            if number % _REPORT_EVERY == 0:
                report(done, whole)
            if text := line.decode("utf-8-sig" if number == 1 else "utf-8").strip():
                yield number, _cells(decoder, text, number)
    report(whole, whole)


def _cells(decoder: json.JSONDecoder, text: str, number: int) -> dict[str, str]:
    try:
        found = decoder.decode(text)
    except _Repeated as repeated:
        raise InvalidInput(
            f"Line {number} has the key “{repeated.key[:40]}” more than once."
        ) from None
    except (ValueError, RecursionError):
        raise InvalidInput(f"Line {number} is no JSON object: {text[:40]}") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"Line {number} is no JSON object: {text[:40]}")
    for key, value in found.items():
        if value.__class__ is not str:  # numbers are text already, as they stand there
            found[key] = _text(value, key, number)
    return found


def _text(value: object, key: str, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    kind = "a list" if isinstance(value, list) else "an object"
    raise InvalidInput(
        f"Line {number}, key “{key[:40]}” holds {kind}. Give each of its values a key of its own."
    )


class _Repeated(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        raise _Repeated(next(key for key in keys if keys.count(key) > 1))
    return found


def _plain(number: str) -> str:
    """A number as it stands there; a whole one without .0, which some programs write."""
    return number.removesuffix(".0")
