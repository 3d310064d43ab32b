"""Plain purchases: who, where, when, how much; every row is an order of its own."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout
from tillsight.sales.layouts.money import CURRENCY

PURCHASES = Layout(
    name="purchases",
    label="Purchases",
    kind=FileKind.sales,
    columns={
        Field.customer_name: ("customer_name",),
        Field.country: ("country",),
        Field.time: ("purchase_date",),
        Field.amount: ("amount",),
        Field.currency: CURRENCY,
    },
    required=frozenset({Field.customer_name, Field.country, Field.time, Field.amount}),
)
