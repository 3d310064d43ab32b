"""Dates as people write them."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from tillsight.sales.layouts import DateOrder
from tillsight.sales.rows.kind import text

FIRST_YEAR, LAST_YEAR = 1900, 2199
CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
NAMED: Final = ("%d %b %Y", "%d %B %Y", "%d-%b-%y", "%d-%b-%Y", "%d. %B %Y", "%b %d %Y", "%B %d %Y")
YEAR_FIRST: Final = ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
BY_NAME: Final = "name"
"""Stands for a separator where months are written by name."""
_OFFSET = (
    r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9:.]+) ?([zZ]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)$"
)


def time_sql(raw: str, orders: Mapping[str, DateOrder], timezone: str) -> str:
    """SQL for a time, of the name of a column of trimmed cells. Years that stand first are always
    ISO; `orders` tells for the separators of all other dates how their parts are ordered.
    """
    # The cast would take 03/04/2024 as the 3rd of April without a word, and drop what follows.
    return f"""
        CASE WHEN {raw} LIKE '____-%' THEN
             CASE WHEN strlen({raw}) <= 10 OR {raw} LIKE '____-__-_____:__:__'
                    OR {raw} LIKE '____-__-_____:__' THEN try_cast({raw} AS TIMESTAMP)
                  WHEN regexp_matches({raw}, {text(_OFFSET)})
                  THEN timezone({text(timezone)}, try_cast({_with_offset(raw)} AS TIMESTAMPTZ))
                  ELSE {_listed(raw, _iso())} END
             ELSE {_written(raw, orders) if orders else "NULL"} END
    """


def _with_offset(raw: str) -> str:
    zone = f"regexp_extract({raw}, {text(_OFFSET)}, 2)"
    named = f"CASE WHEN {zone} IN ('UTC', 'GMT', 'z') THEN 'Z' ELSE {zone} END"
    return f"regexp_extract({raw}, {text(_OFFSET)}, 1) || {named}"


def _written(raw: str, orders: Mapping[str, DateOrder]) -> str:
    formats: list[str] = []
    for separator, order in orders.items():
        if separator == BY_NAME:
            formats += NAMED
            continue
        parts = ("%m", "%d") if order is DateOrder.month_first else ("%d", "%m")
        formats += [separator.join((*parts, year)) for year in ("%y", "%Y")]
    formats += YEAR_FIRST
    with_clocks = [day + clock for day, clock in product(formats, CLOCKS)]
    return _listed(f"replace({raw}, ',', '')", with_clocks)


def _iso() -> list[str]:
    days = ("%Y-%m-%d", "%Y-%m-%dT")
    return [(day + clock).replace("T ", "T") for day, clock in product(days, CLOCKS[1:])]


def _listed(raw: str, formats: Sequence[str]) -> str:
    return f"try_strptime({raw}, [{', '.join(text(one) for one in formats)}])"
