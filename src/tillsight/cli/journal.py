"""Commands about the place where the files of the sales are kept."""

from typing import Annotated

import typer

from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import out, plain, progress
from tillsight.settings import PREFIX, load_settings

app = typer.Typer(help="The place where the files of the sales are kept.", no_args_is_help=True)


@app.command("copy")
def journal_copy(
    place: Annotated[
        str, typer.Argument(help="A folder that is there, or s3://bucket/prefix: where to.")
    ],
) -> None:
    """Copy all files of the sales from where the settings say to another place, with their hashes
    checked; again, only what is new. Then stop the servers, copy again, and name the place in
    TILLSIGHT_JOURNAL.
    """
    from tillsight.operating.moving import copy_files
    from tillsight.sales.folders import Folders

    settings = read_settings()
    target = Folders.of(load_settings(journal=place))
    with open_database(settings) as database, progress() as show:
        done = copy_files(database, Folders.of(settings), target, show)
    out.print(f"Copied: {done.copied:,} files; {done.before:,} were there already.")
    if done.missing:
        out.print(
            f"Not copied, as they are missing: {done.missing:,} files of imports that are undone,"
            " or of rejected rows."
        )
    out.print(
        plain(
            "If a server ran meanwhile, stop every server and copy again. Then set"
            f" {PREFIX}JOURNAL={target.journal} for all of them, and start. Remove the files where"
            " they were once all is well."
        )
    )
