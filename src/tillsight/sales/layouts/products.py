"""Products: what is offered, with figures over all time where the file gives them."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout, normal_header

# A row with one of these is about a sale or a customer, unless it has figures over all time.
OF_SALES = frozenset(
    normal_header(name)
    for name in (
        *("date", "order date", "purchase date", "invoice date", "transaction date", "t_dat"),
        *("order id", "order number", "invoice", "invoice no", "transaction id", "receipt id"),
        *("customer", "customer id", "customer name", "quantity", "amount", "sales"),
    )
)
OF_ALL_TIME = {
    Field.quantity_sold: ("quantity_sold",),
    Field.rating: ("rating",),
    Field.review_count: ("review_count",),
}

PRODUCTS = Layout(
    name="products",
    label="Products",
    kind=FileKind.products,
    columns={
        Field.product_id: ("product_id",),
        Field.product_name: ("product_name",),
        Field.category: ("category",),
        Field.price: ("price",),
        **OF_ALL_TIME,
    },
    required=frozenset(
        {Field.product_id, Field.product_name, Field.category, Field.price, *OF_ALL_TIME}
    ),
)
PRODUCT_LIST = Layout(
    name="product-list",
    label="a list of products",
    kind=FileKind.products,
    columns={
        Field.product_id: ("product_id",),
        Field.product_name: ("product_name",),
        Field.category: ("category",),
        Field.price: ("price",),
    },
    required=frozenset({Field.product_id, Field.product_name}),
    # A file with some of the figures is meant to have them all: what is missing is named.
    never_with=OF_SALES | {normal_header(field) for field in OF_ALL_TIME},
)
"""The same without figures: every column but id and name may be missing, or its cells empty."""
