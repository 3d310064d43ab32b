"""Rows that say who a customer is."""

from tillsight.sales.layouts import Field
from tillsight.sales.rows.kind import Check, FieldOf, Kind, Reading, Source

COLUMNS = "customer_id, gender, age"
"""What a batch of customers has after `line`; gender and age may be null."""
TOTALS = "SELECT count(*), 0::DECIMAL(18, 4), NULL, NULL, 0 FROM staged WHERE problem IS NULL"

_CHECKS = (
    Check(Field.customer_id, "is empty", "customer_id IS NULL"),
    Check(Field.age, "is not a whole number", "raw_age IS NOT NULL AND age IS NULL"),
    Check(Field.age, "is not an age from 0 to 150", "NOT age BETWEEN 0 AND 150"),
)


def _checks(source: Source) -> list[Check]:
    return [check for check in _CHECKS if check.field in source.columns]


def _converted(reading: Reading, problem: str) -> str:
    cells = reading.cells
    given = {field: cells.get(field, "NULL::VARCHAR") for field in (Field.gender, Field.age)}
    # Some programs write every number of a column with gaps as 49.0.
    return f"""
        WITH cells AS (
            SELECT {cells[Field.customer_id]} AS customer_id, {given[Field.gender]} AS raw_gender,
                   {given[Field.age]} AS raw_age
            FROM {reading.file}
        ), typed AS (
            SELECT customer_id, raw_age,
                   CASE WHEN lower(raw_gender) IN ('f', 'female', 'w', 'woman') THEN 'female'
                        WHEN lower(raw_gender) IN ('m', 'male', 'man') THEN 'male'
                        ELSE raw_gender END AS gender,
                   CASE WHEN regexp_full_match(raw_age, '[+-]?[0-9]{{1,9}}([.]0*)?')
                        THEN CAST(split_part(raw_age, '.', 1) AS INTEGER) END AS age
            FROM cells
        )
        SELECT {COLUMNS}, CASE {problem} END AS problem FROM typed
    """


FIELDS = (
    FieldOf(Field.customer_id, "Customer id", required=True),
    FieldOf(Field.gender, "Gender"),
    FieldOf(Field.age, "Age"),
)
CUSTOMERS = Kind(COLUMNS, _checks, _converted, TOTALS, FIELDS)
