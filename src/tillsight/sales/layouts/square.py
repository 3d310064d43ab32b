"""Items sold with Square: date and time of day in two columns, and the gross sales of each line."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout

SQUARE = Layout(
    name="square",
    label="Square items",
    kind=FileKind.sales,
    columns={
        Field.order_id: ("Transaction ID",),
        Field.time: ("Date",),
        Field.clock: ("Time",),
        Field.product_id: ("SKU",),
        Field.product_name: ("Item",),
        Field.category: ("Category",),
        Field.quantity: ("Qty",),
        Field.amount: ("Gross Sales",),
        Field.customer_id: ("Customer ID",),
        Field.customer_name: ("Customer Name",),
        Field.channel: ("Channel", "Location"),
    },
    required=frozenset(
        {Field.order_id, Field.time, Field.product_name, Field.quantity, Field.amount}
    ),
)
