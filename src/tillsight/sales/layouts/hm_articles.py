"""H&M's articles: `article_id,product_code,prod_name,…,product_group_name,…`; no prices."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout
from tillsight.sales.layouts.products import OF_SALES

HM_ARTICLES = Layout(
    name="hm-articles",
    label="H&M articles",
    kind=FileKind.products,
    columns={
        Field.product_id: ("article_id",),
        Field.product_name: ("prod_name",),
        Field.category: ("product_group_name",),
    },
    required=frozenset({Field.product_id, Field.product_name, Field.category}),
    never_with=OF_SALES,
)
