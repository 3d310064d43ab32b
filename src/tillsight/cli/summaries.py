"""Commands about the summaries that a Spark cluster builds."""

from typing import Annotated

import typer

from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import err, out
from tillsight.errors import InvalidInput
from tillsight.settings import require_folder_for_spark

app = typer.Typer(help="The summaries that a Spark cluster builds.", no_args_is_help=True)


@app.command("build")
def summaries_build(
    spark: Annotated[
        str,
        typer.Option(
            metavar="MASTER", help="The cluster: spark://HOST:7077, or local[2] for this machine."
        ),
    ],
    conf: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A setting of Spark's own; may be repeated."),
    ] = None,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew", help="Build all from nothing, also where there is nothing new: heals damage."
        ),
    ] = False,
) -> None:
    """Have Spark build the summaries of all sales; servers with TILLSIGHT_SUMMARIES=spark follow at
    their next question.
    """
    from tillsight.sales.folders import Folders
    from tillsight.warehouse.building import build, build_anew
    from tillsight.warehouse.spark import opened

    settings = read_settings()
    require_folder_for_spark(settings)
    given = dict(_setting(one) for one in conf or [])
    with open_database(settings) as database, opened(spark, given) as engine:
        folders = Folders.of(settings)
        doing = build_anew if anew else build
        done = doing(database, folders, engine, lambda name: err.print(f"Building {name} ..."))
    if done.is_new:
        out.print(f"Built: {done.set.lines:,} lines, data version {done.set.version}.")
    else:
        out.print(f"Nothing new since data version {done.set.version}.")


def _setting(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not (found and name):
        raise InvalidInput(f"“{text[:80]}” is no setting of Spark: write NAME=VALUE.")
    return name, value
