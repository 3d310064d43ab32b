"""What the server says of itself: one line an event, on standard error."""

import logging
import sys

import structlog

from tillsight.settings import LogLevel

log: structlog.stdlib.BoundLogger = structlog.get_logger("tillsight")


def configure_logging(level: LogLevel) -> None:
    """Write events of `level` and above to standard error, our own and the libraries'."""
    number = logging.getLevelNamesMapping()[level.value.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The default shows local variables, and with them passwords and people's rows.
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, force=True)
