"""H&M's transactions, an article a row: what somebody buys in a day in one channel is an order."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout

HM_TRANSACTIONS = Layout(
    name="hm-transactions",
    label="H&M transactions",
    kind=FileKind.sales,
    columns={
        Field.time: ("t_dat",),
        Field.customer_id: ("customer_id",),
        Field.product_id: ("article_id",),
        Field.price: ("price",),
        Field.channel: ("sales_channel_id",),
    },
    required=frozenset({Field.time, Field.customer_id, Field.product_id, Field.price}),
    order_of=(Field.customer_id, Field.time, Field.channel),
)
