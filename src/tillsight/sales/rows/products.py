"""Rows that say what a product is."""

from tillsight.sales.choices import DecimalMark
from tillsight.sales.layouts import Field
from tillsight.sales.rows.kind import Check, FieldOf, Kind, Reading, Source, ValueKind
from tillsight.sales.rows.numbers import number_text

COLUMNS = """
    product_id, product_name, category, price, quantity_sold, rating, review_count, deleted
"""
"""What a batch of products has after `line`: `price` and `rating` with four decimals. All but the
id may be null. `deleted` marks a product that left the catalogue."""
TOTALS = """
    SELECT count(*), 0::DECIMAL(18, 4), NULL, NULL, count(*) FILTER (rounded)
    FROM staged WHERE problem IS NULL
"""
BEST_RATING = 5

TEXTS = (Field.product_id, Field.product_name, Field.category)
COUNTS = (Field.quantity_sold, Field.review_count)
NUMBERS = (Field.price, Field.rating, *COUNTS)

_OF_NUMBERS = (
    *(Check(one, "is not a number", f"raw_{one} IS NOT NULL AND exact_{one} IS NULL")
      for one in (Field.price, Field.rating)),
    *(Check(one, "is not a whole number", f"raw_{one} IS NOT NULL AND {one} IS NULL")
      for one in COUNTS),
    *(Check(one, "is below 0", f"{one} < 0") for one in (Field.price, *COUNTS)),
    Check(Field.price, "is too large to store", "exact_price IS NOT NULL AND price IS NULL"),
    Check(
        Field.rating,
        f"is not a rating from 0 to {BEST_RATING}",
        f"NOT exact_rating BETWEEN 0 AND {BEST_RATING}",
    ),
)  # fmt: skip


def _checks(source: Source) -> list[Check]:
    required = [one for one in source.columns if one in source.layout.required]
    empty = [
        Check(one, "is empty", f"{one if one in TEXTS else f'raw_{one}'} IS NULL")
        for one in required
    ]
    return [*empty, *(check for check in _OF_NUMBERS if check.field in source.columns)]


def _converted(reading: Reading, problem: str) -> str:
    cells = {one: reading.cells.get(one, "NULL::VARCHAR") for one in (*TEXTS, *NUMBERS)}
    texts = ", ".join(f"{cells[one]} AS {one}" for one in TEXTS)
    raw = ", ".join(f"{cells[one]} AS raw_{one}" for one in NUMBERS)
    decimals = ", ".join(
        f"try_cast({number_text(f'raw_{one}', reading.decimal)} AS DECIMAL(38, 8)) AS exact_{one},"
        f" try_cast(round_even(exact_{one}, 4) AS DECIMAL(18, 4)) AS {one}"
        for one in (Field.price, Field.rating)
    )
    counts = ", ".join(_count(one, reading.decimal) for one in COUNTS)
    return f"""
        WITH cells AS (
            SELECT {texts}, {raw} FROM {reading.file}
        ), typed AS (
            SELECT *, {decimals}, {counts}, false AS deleted
            FROM cells
        )
        SELECT {COLUMNS},
               coalesce(price <> exact_price OR rating <> exact_rating, false) AS rounded,
               CASE {problem} END AS problem
        FROM typed
    """


def _count(field: Field, decimal: DecimalMark | None) -> str:
    # Some programs write every number of a column with gaps as 49.0.
    number = number_text(f"raw_{field}", decimal)
    return f"""
        CASE WHEN regexp_full_match({number}, '[+-]?[0-9]{{1,15}}([.]0*)?')
             THEN CAST(split_part({number}, '.', 1) AS BIGINT) END AS {field}
    """


FIELDS = (
    FieldOf(Field.product_id, "Product id", required=True),
    FieldOf(Field.product_name, "Product", required=True),
    FieldOf(Field.category, "Category"),
    FieldOf(Field.price, "Price", ValueKind.money),
    FieldOf(Field.quantity_sold, "Quantity sold", ValueKind.number),
    FieldOf(Field.rating, "Rating", ValueKind.number),
    FieldOf(Field.review_count, "Reviews", ValueKind.number),
)
PRODUCTS = Kind(COLUMNS, _checks, _converted, TOTALS, FIELDS)
