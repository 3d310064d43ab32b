"""Customers: who they are, for whatever they buy."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout, normal_header

# Files of sales often say gender and age on every line; such a file is no list of customers.
OF_SALES = frozenset(
    normal_header(name)
    for name in (
        *("date", "order date", "purchase date", "invoice date", "transaction date", "t_dat"),
        *("order id", "order number", "invoice", "invoice no", "transaction id", "receipt id"),
        *("product id", "product", "product name", "product category", "article id", "stock code"),
        *("quantity", "price", "unit price", "price per unit", "amount", "total amount", "sales"),
        *("revenue", "total"),
    )
)

CUSTOMERS = Layout(
    name="customers",
    label="Customers",
    kind=FileKind.customers,
    columns={
        Field.customer_id: ("customer_id",),
        Field.gender: ("gender", "sex"),
        Field.age: ("age",),
    },
    required=frozenset({Field.customer_id, Field.gender}),
    never_with=OF_SALES,
)
