"""The command that asks the one query."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from tillsight.cli.opening import open_warehouse, read_settings
from tillsight.cli.terminal import cell, filters_in, names, out


def query(
    measures: Annotated[str, typer.Argument(help="Such as revenue,orders")] = "revenue,orders",
    by: Annotated[str, typer.Option(help="Up to three dimensions, such as month,country")] = "",
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last day")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Filter such as country=France; may be repeated")
    ] = None,
    order: Annotated[str, typer.Option(help="Such as -revenue")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Rows to show")] = None,
) -> None:
    """Print any measures by any dimensions: the same numbers as on the dashboard."""
    from tillsight.metrics.periods import Period
    from tillsight.metrics.query import answer
    from tillsight.metrics.question import Question

    period = Period(since.date() if since else None, until.date() if until else None)
    filters = filters_in(where or [])
    asked = Question(names(measures), names(by), period, filters, order=order, limit=limit)
    with open_warehouse(read_settings()) as warehouse:
        found = answer(warehouse, asked)
    table = Table()
    for column in found.columns:
        table.add_column(column.label, justify="left" if column.unit == "text" else "right")
    for row in found.rows:
        table.add_row(*(cell(row[column.name]) for column in found.columns))
    out.print(table)
