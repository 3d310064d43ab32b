"""The command that removes what is not kept for ever."""

from typing import TYPE_CHECKING, Annotated

import typer

from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import out
from tillsight.settings import size

if TYPE_CHECKING:
    from tillsight.operating.retention import Purged


def purge_old(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")
    ] = False,
    keep_undone_days: Annotated[
        int | None, typer.Option(min=0, help="Instead of the setting; 0: for ever.")
    ] = None,
    keep_audit_days: Annotated[
        int | None, typer.Option(min=0, help="Instead of the setting; 0: for ever.")
    ] = None,
) -> None:
    """Remove what is not kept for ever: undone imports, old entries of the audit log, what expired.

    Servers do the same once a day.
    """
    from tillsight.operating.retention import Policy, due, purge
    from tillsight.sales.folders import Folders

    settings = read_settings(keep_undone_days=keep_undone_days, keep_audit_days=keep_audit_days)
    policy = Policy.of(settings)
    with open_database(settings) as database:
        if dry_run:
            _show(due(database, policy), "Would be removed")
        else:
            _show(purge(database, Folders.of(settings), policy), "Removed")


def _show(purged: "Purged", title: str) -> None:
    out.print(f"{title}:")
    out.print(f"  {purged.imports:,} undone imports ({size(purged.bytes)} of files)")
    out.print(f"  {purged.sign_ins:,} sign-ins that ended")
    out.print(f"  {purged.links:,} links and invitations that do not work any more")
    out.print(f"  {purged.answers:,} answers kept for purchases that are sent again")
    out.print(f"  {purged.audit_entries:,} entries of the audit log")
