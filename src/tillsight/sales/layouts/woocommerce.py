"""Orders of WooCommerce, a row for each item, as “Advanced Order Export” writes them."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout
from tillsight.sales.layouts.money import CURRENCY

WOOCOMMERCE = Layout(
    name="woocommerce",
    label="WooCommerce order items",
    kind=FileKind.sales,
    columns={
        Field.order_id: ("Order Number", "Order ID"),
        Field.time: ("Order Date",),
        Field.product_id: ("SKU",),
        Field.product_name: ("Item Name", "Product Name"),
        Field.category: ("Category",),
        Field.quantity: ("Quantity (- Refund)", "Quantity"),
        Field.price: ("Item Cost",),
        Field.customer_id: ("Email (Billing)",),
        Field.customer_name: ("Full Name (Billing)",),
        Field.country: ("Country Code (Billing)", "Country Name (Billing)"),
        Field.currency: CURRENCY,
    },
    required=frozenset(
        {Field.order_id, Field.time, Field.product_name, Field.quantity, Field.price}
    ),
    once_an_order=frozenset(
        {Field.time, Field.customer_id, Field.customer_name, Field.country, Field.currency}
    ),
)
