"""What the server says of itself: one line an event, on standard error or in a file.

No line holds a secret, an e-mail address or a value of the shop's data: events name ids and routes,
of exceptions the text is left out where it may quote what was worked on, and what looks like an
address or a token is struck out of all texts, the libraries' among them.
"""

import logging
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from tillsight.log_files import RotatedFile
from tillsight.measured import LOGGED
from tillsight.settings import LogFormat, LogLevel

log: structlog.stdlib.BoundLogger = structlog.get_logger("tillsight")

COUNTED = frozenset({"warning", "error", "critical"})
OURS = frozenset({"timestamp", "level", "request_id", "method", "route"})
"""Parts of a line that are made here, and hold nothing to strike out."""
PLAIN_SPOKEN = (
    TypeError,
    AttributeError,
    NameError,
    ImportError,
    ConnectionError,
    TimeoutError,
    MemoryError,
    RecursionError,
    NotImplementedError,
)
"""Exceptions whose text names code or the machine; others may quote a name, a cell, a row."""

_ADDRESS = re.compile(r"[^\s@<>()\[\]{}\"',;:=/]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w.-]+|\btsk_[\w-]+|\bBearer\s+[\w.~+/=-]+")
_NAMED = re.compile(
    r"(?i)([?&](?:code|state)=|[\w-]*(?:token|secret|password|passwd|pwd|api_?key)[\"']?\s*[=:]\s*)"
    r"[\"']?[^\s&\"',;)}\]]+"
)
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_IN_URL = re.compile(r"(://)[^/\s@]+@")

_Information = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


@dataclass(frozen=True)
class LogFile:
    """A file for the log: put aside at so many bytes, and so many of those kept."""

    path: Path
    largest: int
    kept: int


class StandardError:
    """Standard error as it is when a line is written: another may have taken its place since."""

    def write(self, text: str) -> None:
        """Write there."""
        sys.stderr.write(text)

    def flush(self) -> None:
        """Have it seen."""
        sys.stderr.flush()

    def isatty(self) -> bool:
        """Whether somebody reads along."""
        return sys.stderr.isatty()


def configure_logging(
    level: LogLevel, log_format: LogFormat = LogFormat.human, file: LogFile | None = None
) -> None:
    """Write events of `level` and above, our own and the libraries' (from warning on).

    Raises:
        SetupError: the file cannot be written.
    """
    number = logging.getLevelNamesMapping()[level.value.upper()]
    out = RotatedFile(file.path, file.largest, file.kept) if file else StandardError()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _count,
        _tell_exception,
        _strike_out,
        _in_order,
    ]
    written = _renderer(log_format, colours=out.isatty())
    structlog.configure(
        processors=[*shared, written],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", out)),
        cache_logger_on_first_use=True,
    )
    vars(log).pop("bind", None)  # what it kept of an earlier configuration
    _configure_libraries(max(number, logging.WARNING), out, [_name_library, *shared], written)


def _configure_libraries(
    level: int, out: RotatedFile | StandardError, shared: list[Processor], written: Processor
) -> None:
    """Have the libraries' lines look as ours do."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder([]), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, written],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _renderer(log_format: LogFormat, *, colours: bool) -> Processor:
    if log_format is LogFormat.json:
        return structlog.processors.JSONRenderer(default=repr)
    return _OneLine(structlog.dev.ConsoleRenderer(colors=colours, sort_keys=False))


class _OneLine:
    """Has nothing that somebody sent begin a line of its own, or steer the terminal."""

    def __init__(self, console: structlog.dev.ConsoleRenderer) -> None:
        self._console = console

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        for key, value in event.items():
            if isinstance(value, str) and key != "exception":
                event[key] = value.translate(_CONTROLS)
        return str(self._console(logger, method, event))


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When, how bad and what stand first, as people read them."""
    first = {key: event.pop(key) for key in ("timestamp", "level", "event")}
    return {**first, **event}


def _name_library(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say whose line it is, and take up the exception, which only the record has."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["logger"] = record.name
        if record.exc_info:
            event["exc_info"] = record.exc_info
            record.exc_info, record.exc_text = None, None
    return event


def _count(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if event["level"] in COUNTED:
        LOGGED.add(event["level"])
    return event


def _tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = told(error)
    return event


def told(error: BaseException) -> str:
    """An exception with its frames and causes; its text only where that quotes nothing.

    Local variables are never shown: there are passwords and people's rows among them.
    """
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = f"{told(before)}\n\nthen:\n\n" if before is not None else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    said = f": {error}" if isinstance(error, PLAIN_SPOKEN) else ""
    return f"{earlier}{frames}{type(error).__module__}.{type(error).__qualname__}{said}"


def _strike_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str) and key not in OURS:
            event[key] = without_secrets(value)
    return event


def without_secrets(text: str) -> str:
    """A text without what looks like an e-mail address, a token, or a value named as a secret."""
    if "@" in text:
        text = _ADDRESS.sub("…", _IN_URL.sub(r"\1…@", text))
    if "=" in text or ":" in text:
        text = _NAMED.sub(r"\1…", text)
    return _TOKEN.sub("…", text)
