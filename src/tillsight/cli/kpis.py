"""Commands about KPIs."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import cell, out, percent, plain
from tillsight.errors import UnknownName

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(help="What was promised and how far it is.", no_args_is_help=True)


@app.command("board")
def kpi_board(
    circle: Annotated[str, typer.Option(help="Name of a circle; default: all")] = "",
    period: Annotated[
        str, typer.Option(help="Such as last_month or this_year; default: up to today")
    ] = "",
) -> None:
    """Print where KPIs stand: the same figures as on the dashboard."""
    from tillsight.kpis.board import Asked, KeptFigures, board
    from tillsight.kpis.outlook import in_short
    from tillsight.kpis.period_names import as_of, asked_period
    from tillsight.metrics.periods import Period

    settings = read_settings()
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    day = as_of(asked_period(period or None, Period(), today), today)
    with open_database(settings) as database, database.reading() as session:
        asked = Asked(_circle(session, circle) if circle else None)
        found = board(session, KeptFigures(), asked, day)
    table = Table(title=f"As of {day}", title_justify="left")
    for heading in ("Circle", "KPI", "Unit"):
        table.add_column(heading)
    for heading in ("Value", "Target", "Done"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Outlook", justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            plain(one.circle),
            plain(one.name),
            one.unit,
            cell(one.x),
            cell(one.target_value),
            percent(one.progress),
            one.status.replace("_", " "),
            in_short(one.outlook),
        )
    out.print(table)


def _circle(session: "Session", name: str) -> int:
    """The number of a circle, by its name in any case."""
    from tillsight.accounts.circles import list_circles
    from tillsight.accounts.names import name_key

    known = {name_key(one.name): one for one in list_circles(session)}
    if (key := name_key(name)) not in known:
        raise UnknownName("circle", name[:80], [one.name for one in known.values()])
    return known[key].id
