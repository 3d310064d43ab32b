"""Rows of sales, one a line of an order."""

from collections.abc import Sequence

from tillsight.sales.layouts import Field
from tillsight.sales.rows.kind import Check, FieldOf, Kind, Reading, Source, ValueKind, text
from tillsight.sales.rows.numbers import number_text
from tillsight.sales.rows.times import FIRST_YEAR, LAST_YEAR, time_sql

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


_NUMBERS = {
    Field.quantity: "DECIMAL(18, 4)",
    Field.price: "DECIMAL(18, 8)",
    Field.amount: "DECIMAL(38, 8)",
}
_LARGE = "[+-]?([0-9]{10,}([.,][0-9]*)?|[0-9]+([.,][0-9]*)?[eE][+]?[0-9]{2,})"
_KIND = """
    CASE WHEN quantity > 0 AND price > 0 THEN 'sale'
         WHEN quantity < 0 AND price > 0 THEN 'return'
         ELSE 'adjustment' END AS kind,
"""


def _numbers(reading: Reading) -> str:
    """Quantity and price, as the file gives them or as they follow from what it gives.

    Of a line total alone, the sign tells a sale from a return. Price is that of one piece.
    """
    given = ", ".join(
        f"try_cast({number_text(f'raw_{field}', reading.decimal)} AS {kind}) AS given_{field}"
        for field, kind in _NUMBERS.items()
        if field in reading.cells
    )
    if Field.amount not in reading.cells:
        quantity = "given_quantity" if Field.quantity in reading.cells else "1::DECIMAL(18, 4)"
        return f"{given}, {quantity} AS quantity, given_price AS price"
    if Field.quantity not in reading.cells:
        return f"""
            {given}, CASE WHEN given_amount < 0 THEN -1 ELSE 1 END::DECIMAL(18, 4) AS quantity,
            try_cast(abs(given_amount) AS DECIMAL(18, 8)) AS price
        """
    if Field.price in reading.cells:
        return f"{given}, given_quantity AS quantity, given_price AS price"
    # Of nothing, one piece costs nothing; the total stays what the file says.
    return f"""
        {given}, given_quantity AS quantity,
        CASE WHEN given_quantity = 0 THEN 0
             ELSE try_cast(given_amount::DOUBLE / given_quantity::DOUBLE AS DECIMAL(18, 8))
             END AS price
    """


def _exact(reading: Reading) -> str:
    if Field.amount in reading.cells:
        return "given_amount"
    return "quantity * price::DECIMAL(38, 8)"  # wide enough for any product of the two


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
    for field in _NUMBERS:
        if field in source.columns:
            checks += [
                Check(field, "is empty", f"raw_{field} IS NULL"),
                Check(
                    field,
                    "is too large to store",
                    f"CASE WHEN given_{field} IS NULL"
                    f" THEN regexp_full_match(raw_{field}, {text(_LARGE)}) END",
                ),
                # The engine would take 1_5 for 15.
                Check(
                    field,
                    "is not a number",
                    f"given_{field} IS NULL OR contains(raw_{field}, '_')",
                ),
            ]
    last = Field.amount if Field.amount in source.columns else Field.price
    last = Field.quantity if Field.quantity in source.columns else last
    return [
        *checks,
        Check(last, "makes an amount too large to store", "amount IS NULL OR price IS NULL"),
    ]


def _converted(reading: Reading, problem: str) -> str:
    layout = reading.source.layout
    identified = ["coalesce(customer_id, customer_name) AS customer_id"]
    if Field.product_id not in layout.required:
        identified.append("coalesce(product_id, product_name) AS product_id")
    if layout.order_of:
        identified.append(f"{_order_of(layout.order_of)} AS order_id")
    return f"""
        WITH {_cells(reading)}, typed AS (
            SELECT *, {time_sql("raw_time", reading.orders, reading.timezone)} AS time,
                   {_numbers(reading)}
            FROM cells
        ), exact AS (
            SELECT * REPLACE ({", ".join(identified)}), {_exact(reading)} AS exact_amount,
                   CASE WHEN contains(raw_time, ':') THEN hour(time) END AS hour
            FROM typed
        ), amounts AS (
            SELECT *, try_cast(round_even(exact_amount, 4) AS DECIMAL(18, 4)) AS amount
            FROM exact
        )
        SELECT {COLUMNS.replace("kind,", _KIND, 1)},
               coalesce(amount <> exact_amount, false) AS rounded, currency,
               CASE {problem} END AS problem
        FROM amounts {"ORDER BY place" if layout.once_an_order else ""}
    """


def _cells(reading: Reading) -> str:
    """The cells as they are, those that stand once an order on all its lines."""
    cells = dict(reading.cells)
    if clock := cells.pop(Field.clock, None):
        cells[Field.time] = f"{cells[Field.time]} || coalesce(' ' || {clock}, '')"
    texts = [
        f"{cells.get(one, 'NULL::VARCHAR')} AS {one}" for one in (*_TEXT_FIELDS, Field.currency)
    ]
    raw = [f"{cells[one]} AS {_raw(one)}" for one in (Field.time, *_NUMBERS) if one in cells]
    once = [_raw(one) for one in reading.source.layout.once_an_order if one in cells]
    columns = ", ".join((*texts, *raw))
    if not once:
        return f"cells AS (SELECT {columns} FROM {reading.file})"
    filled = ", ".join(
        f"CASE WHEN order_id IS NULL THEN {one}"
        f" ELSE last_value({one} IGNORE NULLS) OVER one_order END AS {one}"
        for one in sorted(once)
    )
    return f"""
        placed AS (SELECT {columns}, row_number() OVER () AS place FROM {reading.file}),
        cells AS (
            SELECT * REPLACE ({filled}) FROM placed
            WINDOW one_order AS (PARTITION BY order_id ORDER BY place
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        )
    """


def _raw(field: Field) -> str:
    return f"raw_{field}" if field is Field.time or field in _NUMBERS else str(field)


def _order_of(fields: Sequence[Field]) -> str:
    """An id of what makes an order; a line without a customer is an order of its own."""
    parts = {Field.time: "time::DATE::VARCHAR", Field.customer_id: "customer_id"}
    return " || '/' || ".join(parts.get(field, f"coalesce({field}, '')") for field in fields)


FIELDS = (
    FieldOf(Field.order_id, "Order id"),
    FieldOf(Field.time, "Date", ValueKind.date, required=True),
    FieldOf(Field.clock, "Time of day"),
    FieldOf(Field.product_id, "Product id"),
    FieldOf(Field.product_name, "Product"),
    FieldOf(Field.category, "Category"),
    FieldOf(Field.quantity, "Quantity", ValueKind.number),
    FieldOf(Field.price, "Price of one", ValueKind.money),
    FieldOf(Field.amount, "Total of the line", ValueKind.money, required=True, instead=Field.price),
    FieldOf(Field.customer_id, "Customer id"),
    FieldOf(Field.customer_name, "Customer"),
    FieldOf(Field.country, "Country"),
    FieldOf(Field.channel, "Channel"),
    FieldOf(Field.currency, "Currency"),
)

SALES = Kind(COLUMNS, _checks, _converted, TOTALS, FIELDS)
