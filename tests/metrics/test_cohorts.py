"""Cohorts against plain Python."""

from collections import defaultdict
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from random_lines import Line, lines
from shop import HEADER, temporary_shop
from tillsight.metrics.cohorts import cohorts


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


@given(lines=lines, cut=st.integers(0, 40), days=st.sampled_from([1, 9, 31]))
def test_cohorts_are_what_plain_python_makes_of_them(
    lines: list[Line], cut: int, days: int
) -> None:
    """Spread over up to four years, and in two imports, so that first sales come late."""
    lines = [
        Line(**vars(one) | {"time": one.time + (one.time - lines[0].time) * days}) for one in lines
    ]
    with temporary_shop() as shop:
        for part in filter(None, (lines[cut:], lines[:cut])):
            shop.load_text(HEADER + "".join(line.csv() for line in part))
        shop.warehouse.catch_up(wait=60)
        found = cohorts(shop.warehouse).rows

    months = defaultdict(set)
    for line in lines:
        if line.customer and line.quantity > 0 and line.price > 0:
            months[line.customer].add(month_of(line.time.date()))
    last = max((one.time.date() for one in lines if one.quantity and one.price > 0), default=None)
    wanted = []
    for start in sorted({min(bought) for bought in months.values()}):
        cohort = [bought for bought in months.values() if min(bought) == start]
        for month in range(start, month_of(last) + 1):
            came = sum(month in bought for bought in cohort)
            over = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
            wanted.append(
                (
                    f"{start // 12}-{start % 12 + 1:02}",
                    month - start,
                    came,
                    round(came / len(cohort), 6),
                    (over - last).days <= 1,
                )
            )
    assert [tuple(vars(one).values()) for one in found] == wanted
