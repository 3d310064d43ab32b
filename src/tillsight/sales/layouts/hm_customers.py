"""H&M's customers, of whom the age is known: `customer_id,FN,Active,…,age,postal_code`."""

from tillsight.sales.layouts.customers import OF_SALES
from tillsight.sales.layouts.layout import Field, FileKind, Layout

HM_CUSTOMERS = Layout(
    name="hm-customers",
    label="H&M customers",
    kind=FileKind.customers,
    columns={Field.customer_id: ("customer_id",), Field.age: ("age",)},
    required=frozenset({Field.customer_id, Field.age}),
    never_with=OF_SALES,
)
