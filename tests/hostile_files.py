"""Small files that are odd, broken or hostile, each with the answer that is due to it."""

import gzip
import io
import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import duckdb

from shop import HEADER

NAMES = HEADER.strip().split(",")
ROW = ["1", "p1", "Pen", "2", "2024-05-07", "10", "c1", "France"]
GOOD = f"{HEADER}{','.join(ROW)}\n"
GOOD_BYTES = GOOD.encode()


@dataclass(frozen=True)
class Refusal:
    """A file, and how it is refused: the status, the code and some words of the message."""

    make: Callable[[], bytes]
    words: str
    status: int = 422
    code: str = "invalid_input"


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return kept.getvalue()


def with_password(archive: bytes) -> bytes:
    """The archive with the mark of a password on its first file."""
    spoilt = bytearray(archive)
    spoilt[6] |= 1
    spoilt[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(spoilt)


def with_method(archive: bytes, method: int) -> bytes:
    """The archive, said to be packed in another way."""
    spoilt = bytearray(archive)
    struct.pack_into("<H", spoilt, 8, method)
    struct.pack_into("<H", spoilt, archive.index(b"PK\x01\x02") + 10, method)
    return bytes(spoilt)


def gzip_of(start: bytes, megabytes: int) -> bytes:
    """A .gz of a text that goes on with so many MB of one letter and line ends."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"x" * 999_999 + b"\n"
    packed = [packer.compress(start), *(packer.compress(block) for _ in range(megabytes))]
    return b"".join([*packed, packer.flush()])


def self_containing_gzip() -> bytes:
    """A .gz in a .gz: one step of a file that unpacks to itself."""
    return gzip.compress(gzip.compress(GOOD_BYTES))


def crowded_zip() -> bytes:
    """An archive whose list of files is much larger than its files."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for number in range(25):
            info = zipfile.ZipInfo(f"{number}.csv")
            info.comment = b"x" * 65_535
            archive.writestr(info, b"")
    once = kept.getvalue()
    start = once.index(b"PK\x01\x02")
    end = once.rindex(b"PK\x05\x06")
    listed = once[start:end] * 4
    tail = bytearray(once[end:])
    struct.pack_into("<HHII", tail, 8, 100, 100, len(listed), start)
    return once[:start] + listed + bytes(tail)


# Workbooks

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook made by hand: the XML of its rows."""

    rows: str
    name: str = "Sheet1"
    state: str = "visible"


def workbook(
    *sheets: Sheet,
    texts: str = "",
    styles: str = "",
    properties: str = "",
    start: str = "",
    packing: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A workbook, from the XML of its parts; `start` stands before each sheet."""
    numbered = list(enumerate(sheets, 1))
    listed = "".join(
        f'<sheet name={quoteattr(one.name)} sheetId="{n}" state="{one.state}" r:id="rId{n}"/>'
        for n, one in numbered
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATION}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n, _ in numbered
    )
    related += (
        f'<Relationship Id="t" Type="{_RELATION}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="s" Type="{_RELATION}/styles" Target="styles.xml"/>'
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a"'
        f' Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}'
        "</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
    }
    parts |= {
        f"xl/worksheets/s{n}.xml": f'{start}<worksheet xmlns="{_MAIN}"><sheetData>{one.rows}'
        "</sheetData></worksheet>"
        for n, one in numbered
    }
    return zipped({name: text.encode() for name, text in parts.items()}, packing)


def xml_row(cells: Sequence[str], number: int | None = None) -> str:
    """A row of text cells."""
    place = f' r="{number}"' if number else ""
    texts = (f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in cells)
    return f"<row{place}>{''.join(texts)}</row>"


GOOD_ROWS = xml_row(NAMES) + xml_row(ROW)


def workbook_with_formula() -> bytes:
    formula = '<row r="3"><c r="A3" t="str"><f>1+1</f><v></v></c><c r="D3"><f>D2*2</f></c></row>'
    return workbook(Sheet(GOOD_ROWS + formula, name="May"))


def workbook_bomb() -> bytes:
    """A sheet with very much of nothing in it."""
    return workbook(Sheet(GOOD_ROWS + " " * 20_000_000))


def shared_text_bomb() -> bytes:
    """One long text that very many cells show."""
    cells = '<c t="s"><v>0</v></c>' * 8
    rows = xml_row(NAMES) + f"<row>{cells}</row>" * 2_000
    return workbook(Sheet(rows), texts=f"<si><t>{'x' * 30_000}</t></si>")


def long_row() -> bytes:
    """A row of many long texts, all the same."""
    cells = '<c t="s"><v>0</v></c>' * 400
    texts = f"<si><t>{'x' * 30_000}</t></si>"
    return workbook(Sheet(f"<row>{cells}</row>"), texts=texts, packing=zipfile.ZIP_STORED)


def loose(rows: str) -> bytes:
    """A workbook that is not packed, so that no limit of what it unpacks to matters."""
    return workbook(Sheet(rows), packing=zipfile.ZIP_STORED)


def strict_workbook() -> bytes:
    """A workbook in the names of the standard's strict form."""
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    with zipfile.ZipFile(io.BytesIO(workbook(Sheet(GOOD_ROWS)))) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    return zipped({name: text.replace(_MAIN.encode(), strict) for name, text in parts.items()})


def entity_bomb() -> bytes:
    """Ten names that stand for ten of the one before."""
    names = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    start = f'<!DOCTYPE x [<!ENTITY a0 "bomb">{names}]>'
    return workbook(Sheet("<row><c><v>&a9;</v></c></row>"), start=start)


# Parquet


def parquet(select: str) -> bytes:
    """What DuckDB writes of a SELECT."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as duck:
        path = Path(folder) / "a.parquet"
        duck.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def good_parquet() -> bytes:
    cells = ", ".join(f"'{cell}' AS {name}" for name, cell in zip(NAMES, ROW, strict=True))
    return parquet(f"SELECT {cells}")


def json_line(**changes: object) -> bytes:
    return (json.dumps(dict(zip(NAMES, ROW, strict=True)) | changes) + "\n").encode()


def spoilt(content: bytes) -> bytes:
    """The content with its middle overwritten."""
    middle = len(content) // 2
    return content[: middle - 20] + b"\x55" * 40 + content[middle + 20 :]


REFUSED: dict[str, Refusal] = {
    # nothing to load
    "empty": Refusal(lambda: b"", "The file is empty."),
    "blank": Refusal(lambda: b" \r\n\n ", "The file is empty."),
    "only a byte order mark": Refusal(lambda: b"\xef\xbb\xbf", "The file is empty."),
    "header only": Refusal(HEADER.encode, "a header and no rows"),
    "empty gz": Refusal(lambda: gzip.compress(b""), "The file is empty."),
    "blank first line": Refusal(lambda: b"\n" + GOOD_BYTES, "The first line is blank"),
    # something else
    "binary": Refusal(lambda: bytes(range(256)) * 20, "not a text file"),
    "zeros": Refusal(lambda: bytes(5000), "not a text file"),
    "PDF": Refusal(lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "a PDF document"),
    "web page": Refusal(lambda: b"\n<!DOCTYPE html>\n<html><body>Sign in", "a web page"),
    "XML": Refusal(lambda: b"<?xml version='1.0'?><sales/>", "This is XML"),
    "picture": Refusal(lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
    "old Excel": Refusal(lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), ".xls"),
    "database": Refusal(lambda: b"SQLite format 3\0" + bytes(100), "SQLite"),
    "7z": Refusal(lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "packed as 7z"),
    "tar": Refusal(lambda: b"a.csv".ljust(257, b"\0") + b"ustar\0" + bytes(250), "tar"),
    "tar.gz": Refusal(
        lambda: gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar\0" + bytes(250)), "tar"
    ),
    "Word document": Refusal(
        lambda: zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "Word document"
    ),
    "OpenDocument": Refusal(
        lambda: zipped({"mimetype": b"application/vnd", "content.xml": b""}), "OpenDocument"
    ),
    "binary workbook": Refusal(
        lambda: zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), ".xlsb"
    ),
    # text that is none, or too much of it
    "zero byte": Refusal(lambda: GOOD_BYTES + b"2,p\0", "Line 3 holds a zero byte"),
    "UTF-16 cut off": Refusal(lambda: GOOD.encode("utf-16")[:-1], "UTF-16"),
    "UTF-32": Refusal(lambda: GOOD.encode("utf-32"), "not a text file"),
    "long line": Refusal(lambda: GOOD_BYTES + b"x" * 10_000_001, "Line 3 is longer than 10 MB"),
    "long header": Refusal(lambda: b"x" * 10_000_001, "Line 1 is longer than 10 MB"),
    "many columns": Refusal(
        (",".join(f"c{n}" for n in range(100_000)) + "\n1\n").encode, "2,000 columns"
    ),
    "column twice": Refusal(lambda: b"InvoiceNo,Price,InvoiceNo\n1,2,3\n", "“InvoiceNo” stands"),
    "column twice in another case": Refusal(
        lambda: b"Customer ID,Price,customer_id\n1,2,3\n", "once as “customer_id”"
    ),
    "lone quote": Refusal(f'{HEADER}1,p,"open,1,2024-01-01,1,,\n'.encode, "quotes"),
    "quote that swallows the file": Refusal(
        (HEADER + '1,p,"open,1,2024-01-01,1,,\n' + ",".join(ROW) * 50 + "\n").encode,
        "quotes",
    ),
    # packed
    "gz cut off": Refusal(lambda: gzip.compress(GOOD_BYTES * 100)[:-20], "cut off"),
    "gz spoilt": Refusal(lambda: gzip.compress(GOOD_BYTES)[:-6] + b"123456", "damaged"),
    "gz in gz": Refusal(self_containing_gzip, "another archive"),
    "zip in zip": Refusal(
        lambda: zipped({"a.zip": zipped({"a.csv": GOOD_BYTES})}), "another archive"
    ),
    "gz in zip": Refusal(lambda: zipped({"a.gz": gzip.compress(GOOD_BYTES)}), "another archive"),
    "zip in gz": Refusal(lambda: gzip.compress(zipped({"a.csv": GOOD_BYTES})), "another archive"),
    "zip cut off": Refusal(lambda: zipped({"a.csv": GOOD_BYTES})[:-30], "cut off"),
    "zip spoilt": Refusal(
        lambda: zipped({"a.csv": GOOD_BYTES}, zipfile.ZIP_STORED).replace(b"Pen", b"Cup"),
        "damaged",
    ),
    "zip of nothing": Refusal(lambda: zipped({}), "holds no file"),
    "zip of a folder": Refusal(lambda: zipped({"sales/": b""}), "holds no file"),
    "zip of two": Refusal(
        lambda: zipped({"a.csv": GOOD_BYTES, "x/b\u202e.csv": b"", "__MACOSX/a.csv": b""}),
        "2 files: a.csv, b?.csv.",
    ),
    "zip with a password": Refusal(
        lambda: with_password(zipped({"a.csv": GOOD_BYTES})), "has a password"
    ),
    "zip of another kind": Refusal(
        lambda: with_method(zipped({"a.csv": GOOD_BYTES}), 9), "in an unusual way"
    ),
    "crowded zip": Refusal(crowded_zip, "lists too many files", 413, "too_large"),
    "gzip bomb": Refusal(lambda: gzip_of(GOOD_BYTES, 20), "200 times", 413, "too_large"),
    "zip bomb": Refusal(
        lambda: zipped({"a.csv": GOOD_BYTES + (b"x" * 999 + b"\n") * 20_000}),
        "200 times",
        413,
        "too_large",
    ),
    # workbooks
    "workbook without rows": Refusal(lambda: workbook(Sheet("")), "no visible sheet with rows"),
    "workbook with a hidden sheet only": Refusal(
        lambda: workbook(Sheet(GOOD_ROWS, state="hidden")), "no visible sheet with rows"
    ),
    "workbook with a header only": Refusal(
        lambda: workbook(Sheet(xml_row(NAMES))), "a header and no rows"
    ),
    "formula": Refusal(workbook_with_formula, "Cell D3 of the sheet “May” holds a formula"),
    "workbook cut off": Refusal(lambda: workbook(Sheet(GOOD_ROWS))[:-200], "cut off"),
    "workbook with broken XML": Refusal(lambda: workbook(Sheet("<row><c>")), "damaged"),
    "workbook whose rows go back": Refusal(
        lambda: workbook(Sheet(xml_row(NAMES, 5) + xml_row(ROW, 4))), "damaged"
    ),
    "workbook with a row beyond the last": Refusal(
        lambda: workbook(Sheet(xml_row(NAMES) + xml_row(ROW, 10**12))), "damaged"
    ),
    "workbook with a text that is missing": Refusal(
        lambda: workbook(Sheet('<row><c t="s"><v>7</v></c></row>')), "damaged"
    ),
    "workbook with half a character": Refusal(
        lambda: workbook(Sheet(xml_row([*NAMES[:-1], "_xD800_"]) + xml_row(ROW))), "character"
    ),
    "workbook with a zero byte": Refusal(
        lambda: workbook(Sheet(xml_row([*NAMES[:-1], "a_x0000_"]) + xml_row(ROW))), "zero byte"
    ),
    "wide workbook": Refusal(
        lambda: workbook(Sheet('<row><c r="XFD1"><v>1</v></c></row>')), "2,000 columns"
    ),
    "workbook bomb": Refusal(workbook_bomb, "200 times", 413, "too_large"),
    "shared text bomb": Refusal(shared_text_bomb, "200 times", 413, "too_large"),
    "workbook with a long row": Refusal(long_row, "Row 1 of the sheet holds more than 10 MB"),
    "workbook with a long tag": Refusal(
        lambda: loose(f'{GOOD_ROWS}<row spans="{"1" * 11_000_000}"/>'), "damaged"
    ),
    "workbook with a long text": Refusal(
        lambda: loose(xml_row([*NAMES[:-1], "x" * 11_000_000])), "Row 1 of the sheet holds more"
    ),
    "workbook with much beside its rows": Refusal(
        lambda: loose(f"{GOOD_ROWS}{'<x/>' * 600_000}"), "besides its rows", 413, "too_large"
    ),
    "workbook with many cells in a row": Refusal(
        lambda: loose(f"<row>{'<c/>' * 600_000}</row>"), "besides its rows", 413, "too_large"
    ),
    "workbook with a row in a row": Refusal(
        lambda: workbook(Sheet(f"<row>{GOOD_ROWS}</row>")), "damaged"
    ),
    "workbook in strict form": Refusal(strict_workbook, "strict form"),
    "workbook with a password on its parts": Refusal(
        lambda: with_password(workbook(Sheet(GOOD_ROWS))), "has a password"
    ),
    "entity bomb": Refusal(entity_bomb, "damaged"),
    # Parquet
    "Parquet cut off": Refusal(lambda: good_parquet()[:-10], "cut off"),
    "Parquet spoilt": Refusal(lambda: spoilt(good_parquet()), "Parquet file is damaged"),
    "Parquet of nothing": Refusal(lambda: b"PAR1", "cut off"),
    "Parquet with a list": Refusal(lambda: parquet("SELECT 1 AS a, [1, 2] AS b"), "“b”"),
    "Parquet with a record": Refusal(lambda: parquet("SELECT {'x': 1} AS a, 2 AS b"), "“a”"),
    "Parquet with bytes": Refusal(
        lambda: parquet(r"SELECT '\xFF'::BLOB AS a, 2 AS b"), "Parquet file is damaged"
    ),
    "Parquet with a header only": Refusal(
        lambda: parquet("SELECT 1 AS customer_id, 2 AS age WHERE false"), "a header and no rows"
    ),
    "Parquet bomb": Refusal(
        lambda: parquet("SELECT 1 AS a, 2 AS b FROM range(20_000_000)"),
        "200 times",
        413,
        "too_large",
    ),
    "Parquet text bomb": Refusal(
        lambda: parquet("SELECT repeat('x', 90_000) AS a, 1 AS b FROM range(10_000)"),
        "200 times",
        413,
        "too_large",
    ),
    "Parquet with a huge cell": Refusal(
        lambda: parquet("SELECT repeat('x', 200_000) AS a, 1 AS b"), "100 KB", 413, "too_large"
    ),
    # JSON
    "JSON list": Refusal(lambda: b"[" + json_line().strip() + b"]", "one JSON list"),
    "JSON with a list in it": Refusal(
        lambda: json_line() + json_line(Country=["France"]), "Line 2, key “Country” holds a list"
    ),
    "JSON with an object in it": Refusal(
        lambda: json_line(Country={"code": "FR"}), "Line 1, key “Country” holds an object"
    ),
    "JSON cut off": Refusal(lambda: json_line() + json_line()[:-9], "Line 2 is no JSON object"),
    "JSON of another kind": Refusal(lambda: json_line() + b"7\n", "Line 2 is no JSON object"),
    "JSON with a key twice": Refusal(lambda: b'{"a": 1, "b": 2, "a": 3}\n', "“a” more than once"),
    "deep JSON": Refusal(lambda: b'{"a":' + b"[" * 100_000, "Line 1 is no JSON object"),
    "JSON with half a character": Refusal(lambda: json_line(Country="\ud800"), "character"),
    "JSON with a zero byte": Refusal(lambda: json_line(Country="\0"), "zero byte"),
    "JSON with many keys": Refusal(
        lambda: json.dumps({f"k{n}": n for n in range(3000)}).encode(), "2,000 columns"
    ),
    "JSON that is not a number": Refusal(
        lambda: json_line(UnitPrice=float("nan")), "line 1, column UnitPrice", 422, "bad_rows"
    ),
}
"""Every file that is refused, by what is wrong with it."""
