"""What a file is, by its first bytes; its name plays no part."""

import re
from enum import StrEnum

from tillsight.errors import InvalidInput

GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
PARQUET = b"PAR1"

_CAN_BE_READ = "Load a CSV, .xlsx, .parquet or .jsonl file, plain or packed as .gz or .zip."

_OTHERS = {
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a text document (RTF)",
    b"SQLite format 3\0": "a SQLite database",
    b"\x7fELF": "a program",
}
_PACKED_OTHERWISE = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PARQUET = b"PARE"
_TAR = b"ustar"
_TAR_AT = 257

_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body|table|script|div)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<(\?xml|!doctype)\b", re.IGNORECASE)
_JSON_LIST = re.compile(rb"\s*\[\s*[\[{\]]")
_JSON_OBJECT = re.compile(rb"\s*\{\s*(\"|\}|$)")


class Content(StrEnum):
    """What the bytes of a file are, as far as the first of them tell."""

    text = "text"
    gzip = "gzip"
    zip = "zip"
    parquet = "parquet"


def content_of(head: bytes) -> Content:
    """What begins with these bytes.

    Raises:
        InvalidInput: it is something that holds no sales, or cannot be read here.
    """
    if head.startswith(GZIP):
        return Content.gzip
    if head.startswith(ZIP):
        return Content.zip
    if head.startswith(PARQUET):
        return Content.parquet
    _refuse_others(head)
    return Content.text


def _refuse_others(head: bytes) -> None:
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            raise InvalidInput(f"This is {what}, whatever its name ends in. {_CAN_BE_READ}")
    for magic, what in _PACKED_OTHERWISE.items():
        if head.startswith(magic):
            raise InvalidInput(f"The file is packed as {what}. Unpack it first. {_CAN_BE_READ}")
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        raise InvalidInput(f"This is an archive (tar). Unpack it first. {_CAN_BE_READ}")
    if head.startswith(_OLD_OFFICE):
        raise InvalidInput(
            "This is an old Excel file (.xls), or a workbook with a password. Save it as .xlsx"
            " without a password, or as CSV."
        )
    if head.startswith(_ENCRYPTED_PARQUET):
        raise InvalidInput("The Parquet file is encrypted. Save it without.")


def is_json_lines(head: bytes) -> bool:
    """Whether a text that begins like this holds one JSON object a line.

    Raises:
        InvalidInput: it is a web page, XML, or JSON of another kind.
    """
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _WEB_PAGE.match(head):
        raise InvalidInput(
            "This is a web page (HTML), whatever its name ends in. Perhaps a sign-in page was saved"
            f" in place of the file: download it again. {_CAN_BE_READ}"
        )
    if _XML.match(head):
        raise InvalidInput(f"This is XML, whatever its name ends in. {_CAN_BE_READ}")
    if _JSON_LIST.match(head):
        raise InvalidInput(
            "This is one JSON list. Write one object a line, without brackets and commas between"
            " them (.jsonl)."
        )
    return bool(_JSON_OBJECT.match(head))


def not_text() -> InvalidInput:
    """The refusal of bytes that mean nothing here."""
    return InvalidInput(f"This is not a text file. {_CAN_BE_READ}")
