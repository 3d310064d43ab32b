"""Files packed as .gz or .zip: what is in them, chunk by chunk."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from tillsight.errors import InvalidInput, TooLarge
from tillsight.sales.formats.limits import CHUNK, Budget, Report

LARGEST_DIRECTORY = 4 << 20
"""Bytes of the list of files in an archive; a workbook has some thousand."""
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)
_SHOWN = 5
CONTENT_TYPES = "[Content_Types].xml"
_OFFICE = {
    "word/": "a Word document",
    "ppt/": "a presentation",
    "content.xml": "an OpenDocument file. Save it as .xlsx or CSV",
    "xl/workbook.bin": "a binary workbook (.xlsb). Save it as .xlsx or CSV",
}
GZ, ZIP = ".gz", ".zip or .xlsx"


class _Bounded(io.FileIO):
    """A file of which no large piece is read at once: an archive lists its files in one."""

    def read(self, size: int | None = -1) -> bytes:  # never None: it is a file
        if size is not None and size > LARGEST_DIRECTORY:
            raise TooLarge("The .zip lists too many files. Pack one file alone.")
        return super().read(size) or b""


def gzip_chunks(source: Path, budget: Budget, report: Report) -> Generator[bytes]:
    """What is in a .gz file.

    Raises:
        InvalidInput: it is damaged.
        TooLarge: it unpacks to more than it may.
    """
    whole = source.stat().st_size
    with source.open("rb") as raw, gzip.GzipFile(fileobj=raw) as file:
        while chunk := _read(file, GZ):
            budget.take(len(chunk))
            report(raw.tell(), whole)
            yield chunk


@contextmanager
def archive(source: Path) -> Iterator[zipfile.ZipFile]:
    """A .zip file, open.

    Raises:
        InvalidInput: it is damaged.
        TooLarge: it lists too many files.
    """
    with _Bounded(source) as raw:
        try:
            opened = zipfile.ZipFile(raw)
        except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
            raise _damaged(ZIP) from None
        with opened:
            yield opened


def is_spreadsheet(opened: zipfile.ZipFile) -> bool:
    """Whether an archive is a workbook.

    Raises:
        InvalidInput: it is a document of another kind.
    """
    names = opened.namelist()
    is_document = CONTENT_TYPES in names or "mimetype" in names
    for start, what in _OFFICE.items():
        if is_document and any(name.startswith(start) for name in names):
            raise InvalidInput(f"This is {what}, whatever its name ends in.")
    return CONTENT_TYPES in names


def only_file(opened: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file of an archive; folders and what macOS adds are none.

    Raises:
        InvalidInput: there are none or several, or it cannot be unpacked.
    """
    files = [one for one in opened.infolist() if not (one.is_dir() or _is_of_macos(one.filename))]
    if not files:
        raise InvalidInput("The .zip holds no file.")
    if len(files) > 1:
        names = ", ".join(_shown(one.filename) for one in files[:_SHOWN])
        more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
        raise InvalidInput(
            f"The .zip holds {len(files)} files: {names}{more}. Load them one by one."
        )
    return files[0]


def zip_chunks(
    opened: zipfile.ZipFile, part: zipfile.ZipInfo, budget: Budget, report: Report
) -> Generator[bytes]:
    """What is in a file of an archive.

    Raises:
        InvalidInput: it has a password, is packed in a way that is not known, or damaged.
        TooLarge: it unpacks to more than it may.
    """
    refuse_unreadable(part)
    done = 0
    try:
        file = opened.open(part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
        raise _damaged(ZIP) from None
    with file:
        while chunk := _read(file, ZIP):
            budget.take(len(chunk))
            done += len(chunk)
            report(min(done, part.file_size), part.file_size)
            yield chunk


def refuse_unreadable(part: zipfile.ZipInfo) -> None:
    """Refuse a file of an archive that cannot be unpacked.

    Raises:
        InvalidInput: it has a password, or is packed in a way that is not known.
    """
    if part.flag_bits & 1:
        raise InvalidInput("The .zip has a password. Pack the file without one.")
    if part.compress_type not in _READABLE:
        raise InvalidInput("The .zip is packed in an unusual way. Pack it as plain .zip or .gz.")


def _read(file: IO[bytes] | gzip.GzipFile, ending: str) -> bytes:
    try:
        return file.read(CHUNK) or b""
    except _DAMAGED:
        raise _damaged(ending) from None


def _damaged(ending: str) -> InvalidInput:
    return InvalidInput(f"The {ending} file is damaged or was cut off. Upload it again, or as CSV.")


def _is_of_macos(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name == ".DS_Store"


def _shown(name: str) -> str:
    """A name in an archive as it may be shown, without its folders."""
    last = PurePosixPath(name).name[:40]
    return "".join(one if one.isprintable() else "?" for one in last) or "?"
