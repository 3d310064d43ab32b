"""Gender and age of everybody known: who bought, and who stands in a file of customers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tillsight.warehouse import Warehouse
from tillsight.warehouse.customer_facts import attributes_of

EVERYBODY = f"""(
    SELECT customer_id, gender, age FROM customers
    UNION ALL
    SELECT customer_id, gender, age FROM ({attributes_of("customer_facts")})
    WHERE customer_id NOT IN (SELECT customer_id FROM customers)
)"""


@dataclass(frozen=True)
class Attributes:
    """What is known of a customer besides their sales."""

    customer_id: str
    gender: str | None
    age: int | None


def known_genders(warehouse: Warehouse) -> list[str]:
    """Every gender that a file of customers gave somebody, by name."""
    with warehouse.snapshot() as at:
        rows = at.rows(f"SELECT DISTINCT gender FROM {EVERYBODY} WHERE gender IS NOT NULL")
    return sorted(gender for (gender,) in rows)


def everybody(
    warehouse: Warehouse, genders: Sequence[str] = (), ages: tuple[int, int] | None = None
) -> Iterator[list[Attributes]]:
    """The customers by id, some at a time: of these genders in any case, and of these ages, both
    ends among them. Whose gender or age is unknown is among them only where it is not asked for.

    Raises:
        Unavailable: it takes too long.
    """
    chunks = _chunks(warehouse, genders, ages)
    # What has to be refused is refused here, before anybody was promised an answer.
    first = next(chunks, [])
    return chain([first], chunks)


def _chunks(
    warehouse: Warehouse, genders: Sequence[str], ages: tuple[int, int] | None
) -> Iterator[list[Attributes]]:
    condition, values = "TRUE", list[object]()
    if genders:
        condition += " AND list_contains(?, upper(gender))"
        values.append([gender.upper() for gender in genders])
    if ages:
        condition += " AND age BETWEEN ? AND ?"
        values += ages
    sql = f"SELECT customer_id, gender, age FROM {EVERYBODY} WHERE {condition} ORDER BY customer_id"
    with warehouse.snapshot() as at:
        for rows in at.chunks(sql, values):
            yield [Attributes(*row) for row in rows]
