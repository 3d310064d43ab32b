"""Kinds of rows: what is checked of each, and how its cells become columns of a batch."""

from collections.abc import Mapping
from typing import Final

from tillsight.sales.layouts import FileKind
from tillsight.sales.rows.customers import CUSTOMERS
from tillsight.sales.rows.kind import Kind
from tillsight.sales.rows.kpi_values import KPI_VALUES
from tillsight.sales.rows.products import PRODUCTS
from tillsight.sales.rows.sales import SALES

KINDS: Final[Mapping[FileKind, Kind]] = {
    FileKind.sales: SALES,
    FileKind.customers: CUSTOMERS,
    FileKind.products: PRODUCTS,
    FileKind.kpi_values: KPI_VALUES,
}
