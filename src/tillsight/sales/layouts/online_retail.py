"""UCI “Online Retail” I and II: a row for each article of an invoice.

Category and channel, which those do not have, may follow.
"""

from tillsight.sales.layouts.layout import Field, FileKind, Layout
from tillsight.sales.layouts.money import CURRENCY

ONLINE_RETAIL = Layout(
    name="online-retail",
    label="Online Retail",
    kind=FileKind.sales,
    columns={
        Field.order_id: ("InvoiceNo", "Invoice"),
        Field.product_id: ("StockCode",),
        Field.product_name: ("Description",),
        Field.quantity: ("Quantity",),
        Field.time: ("InvoiceDate",),
        Field.price: ("UnitPrice", "Price"),
        Field.customer_id: ("CustomerID", "Customer ID"),
        Field.country: ("Country",),
        Field.category: ("Category",),
        Field.channel: ("Channel",),
        Field.currency: CURRENCY,
    },
    required=frozenset({Field.order_id, Field.product_id, Field.quantity, Field.time, Field.price}),
)
