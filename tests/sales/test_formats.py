"""From any file to the same lines, or to a refusal in words that leaves nothing behind."""

import csv
import gzip
import io
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api_shop import Api
from hostile_files import (
    GOOD,
    GOOD_BYTES,
    GOOD_ROWS,
    NAMES,
    REFUSED,
    ROW,
    Sheet,
    good_parquet,
    json_line,
    workbook,
    xml_row,
    zipped,
)
from shop import HEADER, Shop, temporary_shop
from tillsight.api.app import create_api
from tillsight.errors import BadRows, InvalidInput, NoSpace, SetupError, TillsightError, TooLarge
from tillsight.sales import journal
from tillsight.sales.formats.limits import Limits
from tillsight.sales.import_list import list_imports
from tillsight.sales.models import ImportState
from tillsight.sales.unpack import Format, Unpacked, unpack
from tillsight.server import Doorkeeper
from tillsight.settings import load_settings


def unpacked(folder: Path, content: bytes | str, limits: Limits | None = None) -> Unpacked:
    source = folder / "upload"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return unpack(source, work, limits or Limits())


def rows_of(folder: Path, content: bytes | str) -> list[list[str]]:
    """The cells of a file once unpacked, header included."""
    text = unpacked(folder, content).path.read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def files_of(shop: Shop) -> list[Path]:
    """All that a load could leave in the home folder."""
    folders = (shop.folders.incoming, shop.folders.batches, shop.folders.rejects)
    return [path for folder in folders for path in folder.rglob("*")]


def nothing_changed(shop: Shop) -> None:
    """What was tried failed, nothing entered the journal, and no file is left."""
    assert files_of(shop) == []
    with shop.database.reading() as session:
        tried = list_imports(session, None, 500)
        assert {one.state for one in tried} <= {ImportState.failed}
        assert journal.head(session).version == 0


# What is refused


@pytest.fixture(scope="module")
def untouched() -> Iterator[Shop]:
    """A shop that nothing may change."""
    with temporary_shop() as shop:
        yield shop


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_and_leaves_nothing(
    untouched: Shop, tmp_path: Path, name: str
) -> None:
    shop, wanted = untouched, REFUSED[name]
    path = tmp_path / "sales.csv"
    path.write_bytes(wanted.make())
    with pytest.raises(TillsightError) as refused:
        shop.load(path)
    error = refused.value
    assert wanted.words in error.message
    assert (error.status, error.code) == (wanted.status, wanted.code)
    for leak in (str(tmp_path), str(shop.settings.home), "duckdb", "Error", "Exception"):
        assert leak.casefold() not in error.message.casefold()
    nothing_changed(shop)


OVER_HTTP = (
    *("empty", "binary", "PDF", "zero byte", "long line", "many columns", "lone quote"),
    *("gz cut off", "gzip bomb", "zip of two", "crowded zip", "formula", "workbook bomb"),
    *("Parquet spoilt", "Parquet bomb", "JSON with a list in it", "deep JSON"),
)


def test_refusals_over_http(api: Api) -> None:
    told = []
    for name in OVER_HTTP:
        wanted = REFUSED[name]
        answer = api.upload(wanted.make(), name="sales.csv")
        body = answer.json()
        assert (answer.status_code, body["code"]) == (wanted.status, wanted.code), name
        assert wanted.words in body["detail"]
        told.append(body["detail"])
        assert str(api.shop.settings.home) not in answer.text
        assert "Traceback" not in answer.text
        nothing_changed(api.shop)
    listed = api.get("/api/imports", role="editor")["imports"]
    assert {one["state"] for one in listed} == {"failed"}
    assert [one["error"]["message"] for one in listed][::-1] == told


def test_a_folder_is_no_file(shop: Shop, tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero")):
        with pytest.raises(InvalidInput, match="not a file"):
            shop.load(path)
    nothing_changed(shop)


# Limits


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda text: zipped({"a.csv": text}),
        lambda text: workbook(
            Sheet("".join(xml_row(line.split(",")) for line in text.decode().split("\n")))
        ),
        lambda text: b"".join(json_line(Description=text.decode()[:500]) for _ in range(8)),
    ],
    ids=["gz", "zip", "xlsx", "jsonl"],
)
def test_nothing_unpacks_to_more_than_the_server_takes(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(HEADER.encode() + (",".join(ROW) + "\n").encode() * 80)
    unpacked(tmp_path, packed, Limits(unpacked=100_000))
    with pytest.raises(TooLarge, match="more than 2 KB, the most this server takes"):
        unpacked(tmp_path, packed, Limits(unpacked=2000))


def test_the_limit_is_a_setting(api: Api) -> None:
    settings = load_settings(home=api.shop.settings.home, max_unpacked="50 B")
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    client = TestClient(Doorkeeper(app, settings, api.shop.database))
    files = {"file": gzip.compress(GOOD_BYTES)}
    answer = client.post("/api/imports", files=files, headers=api.as_("editor"))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "TILLSIGHT_MAX_UNPACKED" in answer.json()["detail"]
    answer = client.post("/api/imports", files={"file": GOOD}, headers=api.as_("editor"))
    assert answer.status_code == 201  # it has nothing to unpack


def test_the_limit_is_written_as_people_write_it(tmp_path: Path) -> None:
    assert load_settings(home=tmp_path).max_unpacked == 10_000_000_000
    assert load_settings(home=tmp_path, max_unpacked="1.5 GB").max_unpacked == 1_500_000_000
    with pytest.raises(SetupError, match="MAX_UNPACKED"):
        load_settings(home=tmp_path, max_unpacked="much")


def test_a_tight_file_is_refused_once_it_is_large(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 500_000)
    assert len(packed) * 200 < 2_000_000
    assert unpacked(tmp_path, packed).lines == 500_001  # 2 MB are little, however they are packed
    with pytest.raises(TooLarge, match="200 times"):
        unpacked(tmp_path, packed, Limits(floor=1_000_000))


# A full disk


def _mounted(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.fixture
def full_soon(shop: Shop) -> Iterator[Callable[[str], Shop]]:
    """Puts one folder of a shop on a disk of 1 MB."""
    mounted: list[Path] = []

    def mount(name: str) -> Shop:
        folder = shop.settings.home / name
        folder.mkdir(exist_ok=True)
        if not _mounted(folder):
            pytest.skip("a small disk can be mounted by root only")
        mounted.append(folder)
        return shop

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def _random_rows(count: int) -> str:
    return HEADER + "".join(
        f"{n},p{n},{os.urandom(20).hex()},1,2024-01-01,1,,\n" for n in range(count)
    )


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda text: zipped({"a.csv": text}),
        lambda text: text.decode().encode("utf-16"),
        lambda text: text + "\xe9".encode("cp1252"),
        lambda text: workbook(
            Sheet("".join(xml_row(line.split(",")) for line in text.decode().splitlines()))
        ),
        lambda text: b"".join(json_line(StockCode=line.decode()) for line in text.splitlines()),
    ],
    ids=["gz", "zip", "utf-16", "cp1252", "xlsx", "jsonl"],
)
def test_a_disk_that_is_full_while_unpacking(
    full_soon: Callable[[str], Shop], tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    shop = full_soon("incoming")
    path = tmp_path / "a"
    path.write_bytes(pack(_random_rows(20_000).encode()))
    _refused_for_space(shop, path)


def test_a_disk_that_is_full_while_unpacking_parquet(
    full_soon: Callable[[str], Shop], tmp_path: Path
) -> None:
    shop = full_soon("incoming")
    path = tmp_path / "a"
    with duckdb.connect() as duck:
        rows = "SELECT uuid() AS a, uuid() AS b FROM range(40_000)"
        duck.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    _refused_for_space(shop, path)


@pytest.mark.parametrize("folder", ["sales", "rejects"])
def test_a_disk_that_is_full_while_writing(
    full_soon: Callable[[str], Shop], tmp_path: Path, folder: str
) -> None:
    shop = full_soon(folder)
    path = tmp_path / "a"
    text = _random_rows(60_000)
    path.write_text(text if folder == "sales" else text.replace(",2024-01-01,", ",never,") + GOOD)
    _refused_for_space(shop, path, skip_bad_rows=True)


def test_a_disk_that_is_full_while_a_file_comes_in(
    api: Api, full_soon: Callable[[str], Shop]
) -> None:
    full_soon("incoming")
    for text in (_random_rows(40_000), gzip.compress(_random_rows(12_000).encode())):
        answer = api.upload(text)
        assert (answer.status_code, answer.json()["code"]) == (507, "no_space")
        assert str(api.shop.settings.home) not in answer.text
        nothing_changed(api.shop)


def _refused_for_space(shop: Shop, path: Path, **choices: bool) -> None:
    with pytest.raises(NoSpace) as refused:
        shop.load(path, **choices)
    assert (refused.value.status, refused.value.code) == (507, "no_space")
    assert "disk is full" in refused.value.message
    assert str(shop.settings.home) not in refused.value.message
    nothing_changed(shop)


# What is read


@pytest.mark.parametrize("content", [GOOD_BYTES, good_parquet()], ids=["csv", "parquet"])
def test_only_the_file_itself_is_read_whatever_its_name(
    shop: Shop, tmp_path: Path, content: bytes
) -> None:
    if os.name != "posix":
        pytest.skip("no file can have such a name here")
    for name in ("a*.csv", "ab.csv", "[a]b.csv"):
        (tmp_path / name).write_bytes(content)
    for name in ("a*.csv", "[a]b.csv"):
        assert shop.load(tmp_path / name).loaded.rows == 1


def test_blank_column_names_are_allowed(shop: Shop) -> None:
    loaded = shop.load_text(f",{HEADER.strip()},,\n0,{','.join(ROW)},,\n").loaded
    assert (loaded.rows, loaded.rejected_rows) == (1, 0)


@pytest.mark.parametrize(
    ("content", "wanted", "encoding"),
    [
        (GOOD_BYTES, Format.csv, "utf-8"),
        (b"\xef\xbb\xbf" + GOOD_BYTES, Format.csv, "utf-8"),
        (GOOD.encode("utf-16"), Format.csv, "utf-16-le"),
        (GOOD.encode("utf-16-le"), Format.csv, "utf-16-le"),
        (GOOD.encode("utf-16-be"), Format.csv, "utf-16-be"),
        (GOOD.replace("Pen", "Café").encode("cp1252"), Format.csv, "cp1252"),
        (GOOD.replace("Pen", "Caf\xe9\x81").encode("latin-1"), Format.csv, "latin-1"),
        (gzip.compress(GOOD_BYTES), Format.csv, "utf-8"),
        (gzip.compress(GOOD_BYTES[:50]) + gzip.compress(GOOD_BYTES[50:]), Format.csv, "utf-8"),
        (gzip.compress(GOOD.encode("utf-16")), Format.csv, "utf-16-le"),
        (zipped({"x/": b"", "x/a": GOOD_BYTES, "__MACOSX/x/._a": b"1"}), Format.csv, "utf-8"),
        (zipped({"a": GOOD_BYTES}, zipfile.ZIP_STORED), Format.csv, "utf-8"),
        (workbook(Sheet(GOOD_ROWS)), Format.spreadsheet, "utf-8"),
        (zipped({"a.xlsx": workbook(Sheet(GOOD_ROWS))}), Format.spreadsheet, "utf-8"),
        (gzip.compress(workbook(Sheet(GOOD_ROWS))), Format.spreadsheet, "utf-8"),
        (good_parquet(), Format.parquet, "utf-8"),
        (zipped({"a.parquet": good_parquet()}), Format.parquet, "utf-8"),
        (json_line(), Format.json_lines, "utf-8"),
        (gzip.compress(json_line()), Format.json_lines, "utf-8"),
        (json_line().decode().encode("utf-16"), Format.json_lines, "utf-16-le"),
        (b"\xef\xbb\xbf\n" + json_line(), Format.json_lines, "utf-8"),
    ],
)
def test_a_file_is_known_by_its_content(
    tmp_path: Path, content: bytes, wanted: Format, encoding: str
) -> None:
    found = unpacked(tmp_path, content)
    assert (found.format, found.encoding) == (wanted, encoding)
    [header, row] = [one for one in rows_of(tmp_path, content) if one]
    assert (header, row[0], row[-1]) == (NAMES, "1", "France")


def test_the_same_text_is_the_same_content_however_it_is_packed(shop: Shop, tmp_path: Path) -> None:
    first = shop.load_text(GOOD).loaded.id
    for content in (gzip.compress(GOOD_BYTES), zipped({"b.csv": GOOD_BYTES})):
        path = tmp_path / "again"
        path.write_bytes(content)
        again = shop.load(path)
        assert (again.loaded.id, again.added) == (first, False)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\r1,2\r3,4\r",
        "a,b\n1,2\r\n3,4\r",
        "a,b\r\n1,2\n3,4",
        "a,b\r\n1,2\r\n3,4\r\n",
    ],
)
def test_line_ends_of_any_kind(tmp_path: Path, text: str) -> None:
    assert rows_of(tmp_path, text) == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_line_ends_at_the_edge_of_what_is_read_at_once(tmp_path: Path) -> None:
    for before in range(1_048_570, 1_048_580):
        text = "a,b\r\n1," + "x" * before + "\r\n2,y\r\n"
        found = unpacked(tmp_path, text)
        assert found.path == tmp_path / "upload", before  # it could stay as it is
        mixed = unpacked(tmp_path, text + "3,z\n")
        assert mixed.path.read_bytes() == (text + "3,z\n").replace("\r\n", "\n").encode()


def test_cells_of_a_spreadsheet_that_another_program_wrote(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([])
    sheet.append(["id", "when", "day", "hour", "number", "truth", "text"])
    sheet.append([17850, datetime(2024, 5, 7, 9, 30), date(2024, 5, 7), time(9, 30), 2.55, True])
    sheet.append([1e15, datetime(1999, 12, 31, 23, 59, 59), date(1900, 1, 1), None, 0.1 + 0.2])
    sheet.append([])
    sheet.append([-3.0, None, None, None, 1e-7, False, ' "é",\nx_x0041_'])
    sheet["B7"] = 45419
    sheet["B7"].number_format = 'dd"d"/mm/yyyy hh:mm'
    sheet["C7"] = 45419.5
    sheet["C7"].number_format = "[Red]0.00"
    sheet["A7"] = "00017"
    kept = io.BytesIO()
    book.save(kept)
    found = unpacked(tmp_path, kept.getvalue())
    assert (found.numbering.first, found.cautions) == (2, ())
    assert rows_of(tmp_path, kept.getvalue()) == [
        ["id", "when", "day", "hour", "number", "truth", "text"],
        ["17850", "2024-05-07 09:30:00", "2024-05-07", "09:30:00", "2.55", "true", ""],
        ["1000000000000000", "1999-12-31 23:59:59", "1900-01-01", "", "0.3", "", ""],
        [],
        ["-3", "", "", "", "0.0000001", "false", ' "é",\nxA'],
        ["00017", "2024-05-07 00:00:00", "45419.5", "", "", "", ""],
    ]


def test_cells_of_a_spreadsheet_of_every_kind(tmp_path: Path) -> None:
    rows = (
        '<row r="3"><c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c>'
        '<c r="D3" t="inlineStr"><is><r><t>da</t></r><r><t>ys</t></r></is></c></row>'
        '<row r="4"><c r="B4"><f>1+1</f><v>2.0000000000000004</v></c>'
        '<c r="C4" t="str"><f>A1</f><v></v></c><c r="D4" s="1"><v>45419</v></c></row>'
        '<row r="6"><c r="B6" t="b"><v>1</v></c><c r="C6" t="e"><v>#N/A</v></c>'
        '<c r="D6" t="d"><v>2024-05-07</v></c><c r="F6"><v>1.5E+3</v></c></row>'
        '<row r="9"><c r="B9" s="2"/></row>'
    )
    texts = (
        '<si><t>num</t><rPh sb="0" eb="1"><t>x</t></rPh></si>'
        "<si><r><t>te</t></r><r><t>xt</t></r></si>"
    )
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/></cellXfs>'
    mac = '<workbookPr date1904="1"/>'
    assert rows_of(tmp_path, workbook(Sheet(rows), texts=texts, styles=styles)) == [
        ["", "num", "text", "days"],
        ["", "2", "", "2024-05-07"],
        [],
        ["", "true", "#N/A", "2024-05-07", "", "1500"],
    ]
    old = workbook(Sheet(rows), texts=texts, styles=styles, properties=mac)
    assert rows_of(tmp_path, old)[1][3] == "2028-05-08"


def test_the_first_visible_sheet_with_rows_is_read_and_named(tmp_path: Path) -> None:
    book = workbook(
        Sheet(xml_row(["hidden"]), "Secret", "hidden"),
        Sheet("<row/>", "Empty"),
        Sheet(GOOD_ROWS, "May & June"),
        Sheet(xml_row(["more"]), "July"),
    )
    assert rows_of(tmp_path, book)[0] == NAMES
    [caution] = unpacked(tmp_path, book).cautions
    assert "“May & June” was read" in caution.message
    assert "Empty, July" in caution.message
    assert "Secret" not in caution.message


def test_times_of_a_spreadsheet_are_told_to_the_second(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["took", "hour", "when"])
    book.active.append([timedelta(hours=26, minutes=30), 0.3958217592, 45419.3958217592])
    book.active["B2"].number_format = "h:mm"
    book.active["C2"].number_format = "YYYY-MM-DD HH:MM"
    kept = io.BytesIO()
    book.save(kept)
    assert rows_of(tmp_path, kept.getvalue())[1] == ["26:30:00", "09:29:59", "2024-05-07 09:29:59"]


def test_a_sheet_of_charts_does_not_matter(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    book.create_chartsheet("Chart", 0)
    kept = io.BytesIO()
    book.save(kept)
    assert rows_of(tmp_path, kept.getvalue()) == [NAMES]
    assert unpacked(tmp_path, kept.getvalue()).cautions == ()


def test_what_follows_the_rows_of_a_sheet_does_not_matter(tmp_path: Path) -> None:
    wrong = '<filterColumn colId="first"><customFilters and="no"/></filterColumn>'
    filters = f'</sheetData><autoFilter ref="A1:H2">{wrong}</autoFilter><sheetData>'
    assert rows_of(tmp_path, workbook(Sheet(GOOD_ROWS + filters))) == [NAMES, ROW]


def test_whoever_loads_a_workbook_is_told_of_other_sheets(api: Api) -> None:
    book = workbook(Sheet(xml_row(NAMES, 4) + xml_row(ROW)), Sheet(GOOD_ROWS, "July"))
    files = {"file": ("May.xlsx", book)}
    answer = api.client.post("/api/imports/preview", files=files, headers=api.as_("editor"))
    seen = answer.json()
    assert (seen["format"], seen["first_rows"][0]["line"]) == ("xlsx", 5)
    loaded = api.upload(book, name="May.xlsx").json()
    for told in (seen, loaded):
        assert "has others: July." in told["warnings"][0]["message"]


def test_cells_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with duckdb.connect() as duck:
        duck.execute(f"""
            COPY (SELECT 17850.0::DOUBLE AS id, 2.55::DOUBLE AS price, 1.50::DECIMAL(9, 2) AS money,
                         TIMESTAMP '2024-05-07 09:30:00' AS moment, DATE '2024-05-07' AS "day, 1",
                         TIMESTAMPTZ '2024-05-07 09:30:00+02' AS aware, true AS truth,
                         'a "b",' || chr(10) || 'c' AS text, NULL::VARCHAR AS nothing,
                         'bytes'::BLOB AS raw, 'x'::ENUM ('x', 'y') AS known)
            TO '{path}' (FORMAT parquet)
        """)
    header, cells = rows_of(tmp_path, path.read_bytes())
    assert dict(zip(header, cells, strict=True)) == {
        "id": "17850",
        "price": "2.55",
        "money": "1.50",
        "moment": "2024-05-07 09:30:00",
        "day, 1": "2024-05-07",
        "aware": "2024-05-07 07:30:00+00",
        "truth": "true",
        "text": 'a "b",\nc',
        "nothing": "",
        "raw": "bytes",
        "known": "x",
    }


def test_cells_of_json_lines(tmp_path: Path) -> None:
    lines = [
        '{"id": 17850.0, "big": 123456789012345678901234567890, "text": "a,\\n\\"b\\""}',
        "",
        '{"truth": true, "id": 1e3, "nothing": null}',
        "{}",
    ]
    assert rows_of(tmp_path, "\n".join(lines)) == [
        ["id", "big", "text", "truth", "nothing"],
        ["17850", "123456789012345678901234567890", 'a,\n"b"', "", ""],
        [],
        ["1e3", "", "", "true", ""],
        ["", "", "", "", ""],
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{HEADER}{','.join(ROW)}\n".replace("Pen", '"two\nlines"') + "x\n", 4),
        (
            workbook(
                Sheet(
                    xml_row(NAMES, 5)
                    + xml_row([*ROW[:2], "two\nlines", *ROW[3:]])
                    + xml_row(["2", "p", "", "many", "2024-01-01", "1"], 9)
                )
            ),
            9,
        ),
        (json_line(Description="two\nlines") + b"\n" + json_line(Quantity="many"), 3),
    ],
    ids=["csv", "xlsx", "jsonl"],
)
def test_problems_name_lines_of_the_file_as_its_owner_sees_it(
    shop: Shop, tmp_path: Path, content: bytes | str, line: int
) -> None:
    path = tmp_path / "a"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadRows, match=f"line {line}") as refused:
        shop.load(path)
    assert [one["line"] for one in refused.value.details["problems"]] == [line]


# Any format gives the same lines

texts = st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8
).map(str.strip)
sold = st.lists(
    st.tuples(
        texts,
        st.integers(-50, 50),
        st.datetimes(datetime(2001, 1, 1), datetime(2030, 1, 1)),
        st.decimals(-1000, 1000, places=2),
        texts,
    ),
    min_size=1,
    max_size=8,
)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@st.composite
def text_files(draw: st.DrawFn, cells: list[list[str]]) -> bytes:
    """The cells as CSV in a random encoding, delimiter, line end, quoting and packing."""
    kept = io.StringIO(newline="")
    csv.writer(
        kept,
        delimiter=draw(st.sampled_from(",;\t|")),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
    ).writerows(cells)
    text = kept.getvalue()
    encodings = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
    if not _is_utf8(text.encode("cp1252")):  # or nobody could tell
        encodings += ["cp1252"] * 3
    raw = text.encode(draw(st.sampled_from(encodings)))
    return draw(st.sampled_from([lambda one: one, gzip.compress, lambda one: zipped({"a": one})]))(
        raw
    )


def cells_of(lines: list[tuple]) -> list[list[str]]:
    rows = [
        [str(n), f"p{n}", name, str(quantity), f"{at:%Y-%m-%d %H:%M:%S}", str(price), "", country]
        for n, (name, quantity, at, price, country) in enumerate(lines)
    ]
    return [NAMES, *rows]


def spreadsheet_of(lines: list[tuple]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(NAMES)
    for row, (_, quantity, at, price, _) in zip(cells_of(lines)[1:], lines, strict=True):
        seconds = at.replace(microsecond=0)
        sheet.append([*row[:3], quantity, seconds, float(price), *row[6:]])
        for cell in (*sheet[sheet.max_row][:3], sheet[sheet.max_row][7]):
            cell.data_type = "s"  # a text, even if it begins with =
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def parquet_of(lines: list[tuple]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as duck:
        path = Path(folder) / "a.parquet"
        kinds = {"Quantity": "DOUBLE", "InvoiceDate": "TIMESTAMP", "UnitPrice": "DOUBLE"}
        names = ", ".join(f"{name} {kinds.get(name, 'VARCHAR')}" for name in NAMES)
        duck.execute(f"CREATE TABLE sales ({names})")
        duck.executemany(f"INSERT INTO sales VALUES ({', '.join('?' * 8)})", cells_of(lines)[1:])
        duck.execute(f"COPY sales TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def json_of(lines: list[tuple]) -> bytes:
    header, *rows = cells_of(lines)
    objects = [
        dict(zip(header, row, strict=True)) | {"Quantity": quantity, "UnitPrice": float(price)}
        for row, (_, quantity, _, price, _) in zip(rows, lines, strict=True)
    ]
    return "\n".join(json.dumps(one) for one in objects).encode()


@given(lines=sold, data=st.data())
def test_the_same_lines_come_of_every_format(lines: list[tuple], data: st.DataObject) -> None:
    write = data.draw(st.sampled_from(["text", "text", "xlsx", "parquet", "jsonl"]))
    if write == "text":
        content = data.draw(text_files(cells_of(lines)))
    else:
        content = {"xlsx": spreadsheet_of, "parquet": parquet_of, "jsonl": json_of}[write](lines)
    with temporary_shop() as shop:
        path = shop.settings.home / "a"
        path.write_bytes(content)
        loaded = shop.load(path).loaded
        with duckdb.connect() as duck:
            stored = duck.execute(
                "SELECT product_name, quantity, time, price, country, amount"
                f" FROM '{shop.folders.batches / loaded.batch}' ORDER BY line"
            ).fetchall()
    assert stored == [
        (
            name or None,
            quantity,
            at.replace(microsecond=0),
            price,
            country or None,
            Decimal(quantity * price),
        )
        for name, quantity, at, price, country in lines
    ]
