"""Rows that give a KPI a value. Which KPI and period that is, the room of KPIs says: `placing`."""

from tillsight.sales.layouts import Field
from tillsight.sales.rows.kind import Check, FieldOf, Kind, Reading, Source, ValueKind
from tillsight.sales.rows.numbers import number_text

COLUMNS = """
    kpi, period, period_year, period_month, value, comment, kpi_id, first_day, last_day
"""
"""What a batch of values has after `line`: what stands in the file, then what it means."""
TOTALS = """
    SELECT count(*), 0::DECIMAL(18, 4), min(first_day), max(last_day), 0
    FROM staged WHERE problem IS NULL
"""
TEXTS = (Field.kpi, Field.period, Field.period_year, Field.period_month, Field.comment)

_EMPTY = Check(Field.kpi, "is empty", "kpi IS NULL")
_VALUES = (
    Check(Field.value, "is empty", "raw_value IS NULL"),
    Check(Field.value, "is not a number", "value IS NULL"),
)


def _checks(source: Source) -> list[Check]:
    parts = [one for one in (Field.period_year, Field.period_month) if one in source.columns]
    if Field.period not in source.columns:
        dated = [Check(one, "is empty", f"{one} IS NULL") for one in parts]
    else:
        # Where both are there, a row may have either.
        either = "".join(f" AND {one} IS NULL" for one in parts)
        dated = [Check(Field.period, "is empty", f"period IS NULL{either}")]
    return [_EMPTY, *dated, *_VALUES]


def _converted(reading: Reading, problem: str) -> str:
    cells = {one: reading.cells.get(one, "NULL::VARCHAR") for one in TEXTS}
    texts = ", ".join(f"{cells[one]} AS {one}" for one in TEXTS)
    number = number_text("raw_value", reading.decimal)
    # Eight decimals: what a spreadsheet computed is off by less, and means four.
    return f"""
        WITH cells AS (
            SELECT {texts}, {reading.cells[Field.value]} AS raw_value FROM {reading.file}
        ), typed AS (
            SELECT *, try_cast({number} AS DECIMAL(38, 8)) AS value,
                   NULL::INTEGER AS kpi_id, NULL::DATE AS first_day, NULL::DATE AS last_day
            FROM cells
        )
        SELECT {COLUMNS}, false AS replaces, CASE {problem} END AS problem FROM typed
    """


FIELDS = (
    FieldOf(Field.kpi, "KPI", required=True),
    FieldOf(Field.period, "Period", required=True, instead=Field.period_month),
    FieldOf(Field.period_year, "Year", required=True, instead=Field.period),
    FieldOf(Field.period_month, "Last month", required=True, instead=Field.period),
    FieldOf(Field.value, "Value", ValueKind.number, required=True),
    FieldOf(Field.comment, "Comment"),
)
KPI_VALUES = Kind(COLUMNS, _checks, _converted, TOTALS, FIELDS)
