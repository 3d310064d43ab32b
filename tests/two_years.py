"""Two years of sales of customers who buy at rates of their own until they stop."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

import numpy as np

from random_lines import Line
from shop import HEADER

FIRST, DAYS = date(2022, 1, 3), 760


@cache
def sold(customers: int = 1400) -> list[Line]:
    """A line for each purchase; more than 500 customers come again."""
    numbers = np.random.default_rng(3)
    found = []
    for customer in range(customers):
        rate, mean = numbers.gamma(1.2, 1 / 25), numbers.gamma(6, 5)
        day, stops = numbers.uniform(0, DAYS), numbers.beta(0.8, 3)
        while day < DAYS:
            price = Decimal(str(round(numbers.gamma(4, mean / 4) + 0.01, 2)))
            time = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=int(day))
            order = str(len(found))
            found.append(Line(order, "p1", 1, time, price, f"c{customer:04}", "France"))
            if numbers.random() < stops:
                break
            day += max(1.0, numbers.exponential(1 / rate))
    return found


def two_years() -> str:
    """The same as a file."""
    return HEADER + "".join(line.csv() for line in sold())
