"""Which country a shop means by what it wrote: names in English and German, codes, and others."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

NAMES = Path(__file__).parent / "names.txt"
_IN_BRACKETS = re.compile(r"\(.*?\)")
_NO_LETTER = re.compile(r"[^\w]+")
Degrees = tuple[float, float]
"""Longitude and latitude."""


def code_of(name: str | None) -> str | None:
    """The code of the country that is meant; None where nobody can tell."""
    if not name:
        return None
    codes = _codes()
    return codes.get(plain(name)) or codes.get(plain(_IN_BRACKETS.sub("", name)))


def plain(name: str) -> str:
    """A name without what people write in different ways: case, accents, signs, articles."""
    parts = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("ß", "ss"))
    letters = "".join(one for one in parts if not unicodedata.combining(one)).casefold()
    words = [word for word in _NO_LETTER.split(letters.replace(".", "")) if word]
    said = ["saint" if word == "st" else word for word in words if word not in {"the", "of"}]
    return "".join(said)


@lru_cache(maxsize=1)
def positions() -> Mapping[str, Degrees]:
    """Where those lie that the outlines do not have."""
    found = {one[0]: one[6].split(",") for one in _rows() if one[6]}
    return {code: (float(east), float(north)) for code, (east, north) in found.items()}


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, three, _, english, german, others, _ in _rows():
        for name in (code, three, english, german, *others.split(";")):
            if name:
                found.setdefault(plain(name), code)
    return found


def _rows() -> list[list[str]]:
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    return [line.split("|") for line in lines if not line.startswith("#")]
