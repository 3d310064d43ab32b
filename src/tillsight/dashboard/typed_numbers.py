"""Numbers as people write them, never guessed; entry.js reads them alike."""

import re

from tillsight import formats
from tillsight.dashboard import texts

_POINTS = re.compile(r"-?\d{1,3}(,\d{3})+\.\d+|-?\d{1,3}(,\d{3}){2,}")
_COMMAS = re.compile(r"-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}")
_EITHER = re.compile(r"-?[1-9]\d{0,2},\d{3}")
_EITHER_WITH_COMMAS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
"""The same where the comma is the decimal sign: there 12.500 is twelve thousand five hundred."""
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")


class NotANumber(ValueError):
    """A text that is no number, or could be two; says what to write."""


def read(text: str) -> float:
    """A number such as 1250.5, 1 250,5, 1'250.50 or 1,250.50.

    Raises:
        NotANumber: it is none, or may be two, as 12,500 may.
    """
    plain = re.sub(r"[\s'’]", "", text)
    plain = re.sub("^[−–]", "-", plain).removesuffix("%")  # noqa: RUF001 - signs people type
    decimal = formats.decimal_sign()
    if (_EITHER_WITH_COMMAS if decimal == "," else _EITHER).fullmatch(plain):
        whole, part = re.sub("[.,]", "", plain), re.sub("[.,]", decimal, plain) + "0"
        raise NotANumber(texts.NUMBER_TWO_WAYS.format(text=text.strip(), whole=whole, part=part))
    if _POINTS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _COMMAS.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise NotANumber(texts.NUMBER_NEEDED)
    return float(plain)
