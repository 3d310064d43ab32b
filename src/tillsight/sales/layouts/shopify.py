"""Orders exported from Shopify: a row for each item; its first says what is known of an order.

Prices are those of the items, before discounts, taxes and shipping.
"""

from tillsight.sales.layouts.layout import Field, FileKind, Layout
from tillsight.sales.layouts.money import CURRENCY

SHOPIFY = Layout(
    name="shopify",
    label="Shopify orders",
    kind=FileKind.sales,
    columns={
        Field.order_id: ("Name",),
        Field.time: ("Created at", "Paid at"),
        Field.product_id: ("Lineitem sku",),
        Field.product_name: ("Lineitem name",),
        Field.quantity: ("Lineitem quantity",),
        Field.price: ("Lineitem price",),
        Field.customer_id: ("Email",),
        Field.customer_name: ("Billing Name",),
        Field.country: ("Billing Country", "Shipping Country"),
        Field.channel: ("Source",),
        Field.currency: CURRENCY,
    },
    required=frozenset(
        {Field.order_id, Field.time, Field.product_name, Field.quantity, Field.price}
    ),
    once_an_order=frozenset(
        {
            *(Field.time, Field.customer_id, Field.customer_name, Field.country),
            *(Field.channel, Field.currency),
        }
    ),
)
