"""What a layout is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    """What the rows of a file are."""

    sales = "sales"
    customers = "customers"
    products = "products"
    kpi_values = "kpi_values"


class Field(StrEnum):
    """What a column of a file can hold."""

    order_id = "order_id"
    product_id = "product_id"
    product_name = "product_name"
    category = "category"
    quantity = "quantity"
    price = "price"
    amount = "amount"
    time = "time"
    clock = "clock"
    customer_id = "customer_id"
    customer_name = "customer_name"
    country = "country"
    currency = "currency"
    channel = "channel"
    gender = "gender"
    age = "age"
    quantity_sold = "quantity_sold"
    rating = "rating"
    review_count = "review_count"
    kpi = "kpi"
    period = "period"
    period_year = "period_year"
    period_month = "period_month"
    value = "value"
    comment = "comment"


class DateOrder(StrEnum):
    """How the dates of a column are written; decided for the column as a whole."""

    iso = "iso"
    month_first = "month_first"
    day_first = "day_first"


@dataclass(frozen=True)
class Layout:
    """One layout of a kind of file. `columns` gives each field the names its column may have, the
    first of them that a file has counts.

    A file with a column of `never_with` is something else, however well the others fit. Where a
    file has no order ids, the fields of `order_of` together say which lines are one order, by day
    of their time. What `once_an_order` names stands on the first row of an order, and its other
    rows may leave it blank.
    """

    name: str
    label: str
    kind: FileKind
    columns: Mapping[Field, Sequence[str]]
    required: frozenset[Field]
    never_with: frozenset[str] = frozenset()
    order_of: Sequence[Field] = ()
    once_an_order: frozenset[Field] = frozenset()

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a file with this header can be read."""
        names = {normal_header(name) for name in header}
        return self.required <= self.columns_in(header).keys() and not names & self.never_with

    def share_in(self, header: Sequence[str]) -> float:
        """Which share of the required columns a header has, from 0 to 1."""
        return len(self.required & self.columns_in(header).keys()) / len(self.required)

    def columns_in(self, header: Sequence[str]) -> dict[Field, int]:
        """The position of each field's column in a header; fields without one are left out."""
        places = {normal_header(name): place for place, name in enumerate(header)}
        return {
            field: places[normal_header(name)]
            for field, names in self.columns.items()
            for name in reversed(names)  # so that the first of them counts
            if normal_header(name) in places
        }

    def missing_in(self, header: Sequence[str]) -> list[str]:
        """The required columns that a header lacks, by their usual names and in their order."""
        found = self.columns_in(header)
        return [
            names[0]
            for field, names in self.columns.items()
            if field in self.required and field not in found
        ]

    def sample_header(self) -> list[str]:
        """The required columns by their usual names."""
        return [names[0] for field, names in self.columns.items() if field in self.required]


def normal_header(name: str) -> str:
    """A column name without what people vary: case, spaces, underscores."""
    return name.strip().replace(" ", "").replace("_", "").casefold()
