"""From an uploaded file to plain UTF-8 text with one kind of line end, and the hash of its content.

What a file is, its bytes say. Plain UTF-8 text stays where it is; everything else is written anew,
as a stream, into the folder of the load.
"""

import glob
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain
from pathlib import Path

from tillsight.errors import InvalidInput
from tillsight.sales.cautions import Caution
from tillsight.sales.disk import full_disk_told
from tillsight.sales.formats.header import refuse_first_line
from tillsight.sales.formats.json_lines import json_to_csv
from tillsight.sales.formats.limits import CHUNK, USUAL_LIMITS, Budget, Limits, Report
from tillsight.sales.formats.numbering import BY_LINES, Numbering
from tillsight.sales.formats.packed import (
    archive,
    gzip_chunks,
    is_spreadsheet,
    only_file,
    zip_chunks,
)
from tillsight.sales.formats.parquet import parquet_to_csv
from tillsight.sales.formats.recognise import Content, content_of, is_json_lines
from tillsight.sales.formats.text import SNIFFED, Findings, decode_utf16, rewritten, utf16_of

NOT_UTF8 = ("cp1252", "latin-1")
"""Encodings of text that is not Unicode, tried in this order; Latin-1 has every byte."""

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done of it, and its whole (0: not known)."""


def silent(_step: str, _done: int, _whole: int) -> None:
    """Progress that nobody watches."""


class Format(StrEnum):
    """What a file is, once unpacked."""

    csv = "csv"
    spreadsheet = "xlsx"
    parquet = "parquet"
    json_lines = "jsonl"


@dataclass(frozen=True)
class Unpacked:
    """A CSV file ready for the checker. `content_hash` is the SHA-256 of the unpacked bytes; of a
    file that is no text, and of JSON, that of the CSV it became.

    `numbering` tells which lines of the user's file its rows are, `cautions` what whoever loads it
    should know.
    `lines` is about how many rows it has, 0 where nobody counted: line breaks in cells count too.
    """

    path: Path
    content_hash: str
    format: Format
    encoding: str
    numbering: Numbering = BY_LINES
    cautions: tuple[Caution, ...] = ()
    lines: int = 0


@dataclass(frozen=True)
class _Work:
    """Where one file is unpacked to, and within what bounds."""

    source: Path
    folder: Path
    limits: Limits
    report: Report

    def budget(self) -> Budget:
        return Budget(self.limits, self.source.stat().st_size)


def unpack(
    source: Path,
    folder: Path,
    limits: Limits = USUAL_LIMITS,
    on_progress: Progress = silent,
) -> Unpacked:
    """Make UTF-8 CSV of `source`: CSV in any encoding, .xlsx, .parquet or .jsonl, plain or packed
    as .gz or as .zip with one file. What has to be written goes into `folder`.

    Text that is not UTF-8 is read as cp1252, or Latin-1 where cp1252 has no such byte.

    Raises:
        InvalidInput: it is empty, damaged, or nothing that could be read.
        TooLarge: it unpacks to more than the limits allow.
        NoSpace: the disk is full.
    """
    if not source.is_file():
        raise InvalidInput("This is a folder or a device, not a file. Load a file.")
    work = _Work(source, folder, limits, partial(on_progress, "Reading"))
    with full_disk_told(), _inside(work) as inside:
        match inside.content:
            case Content.text:
                return _text(work, inside)
            case Content.parquet:
                return _parquet(work, _kept(inside))
            case _:
                return _spreadsheet(work, _kept(inside))


@dataclass(frozen=True)
class _Inside:
    """What is in a file: a zip is a workbook here. `path` is where its bytes lie, or have to be
    put.
    """

    content: Content
    chunks: Iterator[bytes]
    path: Path
    to_be_kept: bool


@contextmanager
def _inside(work: _Work) -> Iterator[_Inside]:
    with work.source.open("rb") as file:
        outer = content_of(file.read(SNIFFED))
    if outer is Content.gzip:
        with closing(gzip_chunks(work.source, work.budget(), work.report)) as chunks:
            yield _unpacked(work, chunks)
    elif outer is Content.zip:
        with archive(work.source) as opened:
            if is_spreadsheet(opened):
                yield _Inside(outer, iter(()), work.source, to_be_kept=False)
                return
            part = only_file(opened)
            with closing(zip_chunks(opened, part, work.budget(), work.report)) as chunks:
                yield _unpacked(work, chunks)
    else:
        # A name such as *.csv would stand for other files too when it comes to reading it.
        is_pattern = glob.has_magic(work.source.name)
        path = work.folder / "unpacked" if is_pattern else work.source
        with closing(_plain_chunks(work)) as chunks:
            yield _Inside(outer, chunks, path, to_be_kept=is_pattern)


def _unpacked(work: _Work, chunks: Iterator[bytes]) -> _Inside:
    first = next(chunks, b"")
    content = content_of(first)
    if content is Content.gzip:
        raise _nested()
    return _Inside(content, chain([first], chunks), work.folder / "unpacked", to_be_kept=True)


def _plain_chunks(work: _Work) -> Generator[bytes]:
    whole = work.source.stat().st_size
    with work.source.open("rb") as file:
        while chunk := file.read(CHUNK):
            work.report(file.tell(), whole)
            yield chunk


def _kept(inside: _Inside) -> Path:
    if inside.to_be_kept:
        with inside.path.open("wb") as file:
            for chunk in inside.chunks:
                file.write(chunk)
    return inside.path


def _parquet(work: _Work, path: Path) -> Unpacked:
    target = work.folder / "table.csv"
    content_hash = parquet_to_csv(path, target, work.budget(), work.report)
    numbering = Numbering(0, by_rows=True)
    return Unpacked(target, content_hash, Format.parquet, "utf-8", numbering)


def _spreadsheet(work: _Work, path: Path) -> Unpacked:
    from tillsight.sales.formats.spreadsheet import spreadsheet_to_csv  # it brings openpyxl

    target = work.folder / "table.csv"
    with archive(path) as opened:
        if not is_spreadsheet(opened):
            raise _nested()
    read = spreadsheet_to_csv(path, target, (work.budget(), work.budget()), work.report)
    numbering = Numbering(read.header_row, by_rows=True)
    return Unpacked(
        target, read.content_hash, Format.spreadsheet, "utf-8", numbering, read.cautions
    )


def _text(work: _Work, inside: _Inside) -> Unpacked:
    """A text: where it is if it can stay so."""
    text = _as_utf8(work, inside)
    with text.path.open("rb") as file:
        is_json = is_json_lines(file.read(SNIFFED))
    if is_json:
        target = work.folder / "table.csv"
        content_hash = json_to_csv(text.path, target, work.budget(), work.report)
        numbering = Numbering(0, by_rows=True)
        return Unpacked(target, content_hash, Format.json_lines, text.encoding, numbering)
    refuse_first_line(text.path)
    return text


def _as_utf8(work: _Work, inside: _Inside) -> Unpacked:
    first = next(inside.chunks, b"")
    if not first:
        raise InvalidInput("The file is empty.")
    chunks = chain([first], inside.chunks)
    if utf16 := utf16_of(first):
        target = work.folder / "text.csv"
        return Unpacked(target, decode_utf16(chunks, utf16, target), Format.csv, utf16)
    findings = Findings()
    with _sink(inside) as keep:
        for chunk in chunks:
            findings.add(chunk)
            keep(chunk)
    findings.end()
    if findings.is_utf8 and findings.has_one_line_end:
        return Unpacked(
            inside.path, findings.content_hash, Format.csv, "utf-8", lines=findings.lines
        )
    target = work.folder / "text.csv"
    encodings = ["utf-8"] if findings.is_utf8 else NOT_UTF8
    encoding = rewritten(inside.path, target, encodings)
    return Unpacked(target, findings.content_hash, Format.csv, encoding, lines=findings.lines)


@contextmanager
def _sink(inside: _Inside) -> Iterator[Callable[[bytes], object]]:
    """Keeps what has to be put where the text is to lie."""
    if not inside.to_be_kept:
        yield lambda _chunk: None
        return
    with inside.path.open("wb") as file:
        yield file.write


def _nested() -> InvalidInput:
    return InvalidInput("The file holds another archive. Unpack it, and load what is in it.")
