"""What a layout is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What a column of a sales file can hold."""

    order_id = "order_id"
    product_id = "product_id"
    product_name = "product_name"
    category = "category"
    quantity = "quantity"
    price = "price"
    amount = "amount"
    time = "time"
    customer_id = "customer_id"
    customer_name = "customer_name"
    country = "country"
    channel = "channel"


class DateOrder(StrEnum):
    """How the dates of a column are written; decided for the column as a whole."""

    iso = "iso"
    month_first = "month_first"
    day_first = "day_first"


@dataclass(frozen=True)
class Layout:
    """One kind of file. `columns` gives each field the names its column may have."""

    name: str
    label: str
    kind: str
    columns: Mapping[Field, Sequence[str]]
    required: frozenset[Field]
    date_orders: Sequence[DateOrder]

    def columns_in(self, header: Sequence[str]) -> dict[Field, int]:
        """The position of each field's column in a header; fields without one are left out."""
        places = {normal_header(name): place for place, name in enumerate(header)}
        return {
            field: places[normal_header(name)]
            for field, names in self.columns.items()
            for name in names
            if normal_header(name) in places
        }

    def sample_header(self) -> list[str]:
        """The required columns by their usual names."""
        return [names[0] for field, names in self.columns.items() if field in self.required]


def normal_header(name: str) -> str:
    """A column name without what people vary: case, spaces, underscores."""
    return name.strip().replace(" ", "").replace("_", "").casefold()
