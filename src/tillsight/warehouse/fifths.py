"""Where the fifths of all customers with a sale end: computed once for a version of the sales.

A statement mentions them by `cut`, and its snapshot makes them known before it runs. To the engine
they are constants, so nothing but the customers' own rows has to be read to place one among all.
"""

COLUMNS = ("last_day", "whole_orders", "revenue")
"""Columns of the table `customers` whose fifths are known."""
MENTION = "getvariable('fifths_of_"
"""What stands in every statement that needs them."""

# A fifth ends at the value in place ceiling(k × n / 5), which is what quantile_disc finds without
# sorting: three times as fast as ranks.
FIFTHS = f"""
    SELECT {", ".join(f"quantile_disc({one}, [0.2, 0.4, 0.6, 0.8])" for one in COLUMNS)}
    FROM customers WHERE last_day IS NOT NULL
"""


def variable(column: str) -> str:
    """Name of the variable with the four values that end the fifths of a column."""
    return f"fifths_of_{column}"


def cut(column: str, number: int) -> str:
    """SQL for the value that ends the fifth of this number, 1 to 4; null in an empty store."""
    return f"{MENTION}{column}')[{number}]"
