"""Servers whose rounds follow one another quickly, so that no test waits for minutes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from prepared import begin
from tillsight import jobs
from tillsight.forecasting import scoring
from tillsight.kpis import mails
from tillsight.operating import retention

QUICK = timedelta(seconds=0.5)
"""Leases are for three rounds, as ever."""
MANY = 100
"""Rounds of a lease that no server loses by being late, however busy the machine is."""


def with_short_rounds(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    streams: tuple[Path, ...],
) -> None:
    """Be the command, with such rounds."""
    mails.ROUND = QUICK
    begin(arguments, environment, folder, streams)


def with_short_rounds_and_long_leases(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    streams: tuple[Path, ...],
) -> None:
    """Be the command, with short rounds of what one server does for all but mails."""
    retention.ROUND = scoring.ROUND = QUICK
    jobs.ROUNDS_PER_LEASE = MANY
    begin(arguments, environment, folder, streams)
