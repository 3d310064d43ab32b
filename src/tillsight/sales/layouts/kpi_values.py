"""Values of KPIs, one a row; the period stands in one column, or its year and last month in two."""

from tillsight.sales.layouts.layout import Field, FileKind, Layout

_KPI = {Field.kpi: ("kpi", "kpi_name", "kpi_id")}
_SAID = {Field.value: ("value",), Field.comment: ("comment",)}

KPI_VALUES = Layout(
    name="kpi-values",
    label="KPI values",
    kind=FileKind.kpi_values,
    columns={**_KPI, Field.period: ("period",), **_SAID},
    required=frozenset({Field.kpi, Field.period, Field.value}),
)
KPI_VALUES_BY_MONTH = Layout(
    name="kpi-values-by-month",
    label="KPI values by year and month",
    kind=FileKind.kpi_values,
    columns={
        **_KPI,
        Field.period_year: ("period_year", "year"),
        Field.period_month: ("period_month", "month"),
        **_SAID,
    },
    required=frozenset({Field.kpi, Field.period_year, Field.period_month, Field.value}),
)
