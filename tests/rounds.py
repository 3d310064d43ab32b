"""A server whose rounds of mails follow one another quickly, so that no test waits for minutes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from prepared import begin
from tillsight.kpis import mails

QUICK = timedelta(seconds=0.5)
"""Leases are for three rounds, as ever."""


def with_short_rounds(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    streams: tuple[Path, ...],
) -> None:
    """Be the command, with such rounds."""
    mails.ROUND = QUICK
    begin(arguments, environment, folder, streams)
