"""Rows of sales, one a line of an order."""

from collections.abc import Mapping

from tillsight.sales.layouts import DateOrder, Field
from tillsight.sales.rows.kind import Check, Kind, Reading, Source, text

MONTH_FIRST = ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%y", "%m/%d/%Y")
DAY_FIRST = tuple(text.replace("%m/%d", "%d/%m") for text in MONTH_FIRST)
OFFSET = r"([zZ]|[+-]\d\d(:?\d\d)?)$"
FIRST_YEAR, LAST_YEAR = 1900, 2199


COLUMNS = """
    kind, order_id, time, hour, product_id, product_name, category, customer_id,
    customer_name, country, channel, quantity, price, amount
"""
"""What a batch of sales has after `line`, the row's number in the file: `kind` sale, return or
adjustment, `time` in shop time, `hour` null where the file gives dates only, `amount` with four
decimals. Ids are text as in the file, trimmed."""
TOTALS = """
    SELECT count(*), coalesce(sum(amount) FILTER (kind = 'sale'), 0),
           min(time)::DATE, max(time)::DATE, count(*) FILTER (rounded)
    FROM staged WHERE problem IS NULL
"""

_TEXT_FIELDS = (
    Field.order_id,
    Field.product_id,
    Field.product_name,
    Field.category,
    Field.customer_id,
    Field.customer_name,
    Field.country,
    Field.channel,
)


_KIND = """
    CASE WHEN quantity > 0 AND price > 0 THEN 'sale'
         WHEN quantity < 0 AND price > 0 THEN 'return'
         ELSE 'adjustment' END AS kind,
"""

# Whether the file gives the line total. If so, the sign tells a sale from a return, and the price
# is what one piece would cost.
_NUMBERS = {
    False: """
        try_cast(raw_quantity AS DECIMAL(18, 4)) AS given_quantity, given_quantity AS quantity,
        try_cast(raw_price AS DECIMAL(18, 8)) AS given_price, given_price AS price
    """,
    True: """
        try_cast(raw_amount AS DECIMAL(38, 8)) AS given_amount,
        CASE WHEN given_amount < 0 THEN -1 ELSE 1 END::DECIMAL(18, 4) AS quantity,
        try_cast(abs(given_amount) AS DECIMAL(18, 8)) AS price
    """,
}
_EXACT = {
    False: "quantity * price::DECIMAL(38, 8)",  # wide enough for any product of the two
    True: "given_amount",
}


def _checks(source: Source) -> list[Check]:
    checks = [
        Check(field, "is empty", f"{field} IS NULL")
        for field in source.columns
        if field in source.layout.required and field in _TEXT_FIELDS
    ]
    checks += [
        Check(Field.time, "is empty", "raw_time IS NULL"),
        Check(Field.time, "is not a date that could be read", "time IS NULL"),
        Check(
            Field.time,
            f"is not a year from {FIRST_YEAR} to {LAST_YEAR}",
            f"NOT year(time) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}",
        ),
    ]
    for field in (Field.quantity, Field.price, Field.amount):
        if field in source.columns:
            checks += [
                Check(field, "is empty", f"raw_{field} IS NULL"),
                Check(field, "is not a number", f"given_{field} IS NULL"),
            ]
    last = Field.amount if Field.amount in source.columns else Field.quantity
    return [*checks, Check(last, "makes an amount too large to store", "amount IS NULL")]


def _converted(reading: Reading, problem: str) -> str:
    cells, time = reading.cells, _time_sql(reading.order, reading.timezone)
    texts = ", ".join(f"{cells.get(field, 'NULL::VARCHAR')} AS {field}" for field in _TEXT_FIELDS)
    return f"""
        WITH cells AS (
            SELECT {texts}, {cells[Field.time]} AS raw_time, {_raw_numbers(cells)}
            FROM {reading.file}
        ), typed AS (
            SELECT *, {time} AS time, {_NUMBERS[Field.amount in cells]}
            FROM cells
        ), exact AS (
            SELECT * REPLACE (coalesce(customer_id, customer_name) AS customer_id),
                   {_EXACT[Field.amount in cells]} AS exact_amount,
                   CASE WHEN contains(raw_time, ':') THEN hour(time) END AS hour
            FROM typed
        ), amounts AS (
            SELECT *, try_cast(round_even(exact_amount, 4) AS DECIMAL(18, 4)) AS amount
            FROM exact
        )
        SELECT {COLUMNS.replace("kind,", _KIND, 1)},
               coalesce(amount <> exact_amount, false) AS rounded,
               CASE {problem} END AS problem
        FROM amounts
    """


def _raw_numbers(cells: Mapping[Field, str]) -> str:
    fields = [field for field in (Field.quantity, Field.price, Field.amount) if field in cells]
    return ", ".join(f"{cells[field]} AS raw_{field}" for field in fields)


def _time_sql(order: DateOrder, timezone: str) -> str:
    if order is not DateOrder.iso:
        formats = MONTH_FIRST if order is DateOrder.month_first else DAY_FIRST
        return f"try_strptime(raw_time, [{', '.join(text(one) for one in formats)}])"
    # The cast would take 03/04/2024 as the 3rd of April without a word, and drop an offset. An
    # offset makes a text longer than 16 bytes, and then never like 2024-05-07 09:30:00.
    return f"""
        CASE WHEN raw_time NOT LIKE '____-%' THEN NULL
             WHEN strlen(raw_time) <= 16 OR raw_time LIKE '________________:__'
               OR NOT regexp_matches(raw_time, {text(OFFSET)})
             THEN try_cast(raw_time AS TIMESTAMP)
             ELSE timezone({text(timezone)}, try_cast(raw_time AS TIMESTAMPTZ)) END
    """


SALES = Kind(COLUMNS, _checks, _converted, TOTALS)
