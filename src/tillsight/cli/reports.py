"""The command that writes the report of a period."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tillsight.cli.opening import open_shop, read_settings
from tillsight.cli.terminal import filters_in, out, plain
from tillsight.errors import InvalidInput
from tillsight.metrics.periods import Compare


def report(
    output: Annotated[Path, typer.Option(help="File to write, such as may.html")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last day")
    ] = None,
    compare: Annotated[
        Compare | None, typer.Option(help="What the period is compared with")
    ] = Compare.previous_period,
    where: Annotated[
        list[str] | None, typer.Option(help="Filter such as country=France; may be repeated")
    ] = None,
) -> None:
    """Write the report of a period as one HTML page that can be printed."""
    from tillsight.api.report.facts import Wanted, report_of
    from tillsight.api.report.page import Shop, report_page
    from tillsight.kpis.spans import today_in
    from tillsight.metrics.periods import Period

    settings = read_settings()
    period = Period(since.date() if since else None, until.date() if until else None)
    wanted = Wanted(period, filters_in(where or []), compare)
    shop = Shop(settings.shop_name, settings.currency, today_in(settings.timezone))
    with open_shop(settings) as (database, warehouse), database.reading() as session:
        page = report_page(shop, report_of(warehouse, session, wanted))
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"The file could not be written: {error.strerror}. Choose another one."
        ) from error
    out.print("Wrote", plain(str(output)))
