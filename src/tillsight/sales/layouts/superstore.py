"""Orders like those of the Superstore samples: `Sales` is what all pieces of a line cost."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout
from tillsight.sales.layouts.money import CURRENCY

SUPERSTORE = Layout(
    name="superstore",
    label="Superstore orders",
    kind=FileKind.sales,
    columns={
        Field.order_id: ("Order ID",),
        Field.time: ("Order Date",),
        Field.product_id: ("Product ID",),
        Field.product_name: ("Product Name",),
        Field.category: ("Category",),
        Field.quantity: ("Quantity",),
        Field.amount: ("Sales",),
        Field.customer_id: ("Customer ID",),
        Field.customer_name: ("Customer Name",),
        Field.country: ("Country", "Country/Region"),
        Field.currency: CURRENCY,
    },
    required=frozenset({Field.order_id, Field.time, Field.product_id, Field.amount}),
)
