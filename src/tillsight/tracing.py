"""Traces: what a request did and how long each part of it took, for a collector.

Nothing of OpenTelemetry is read, and a part costs next to nothing, unless `start` was called. Spans
name routes, measures, dimensions and tables, never values.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from tillsight.errors import SetupError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as Recorded
    from opentelemetry.trace import Tracer

STOP_SECONDS = 2.0
Value = str | int | float | bool | Sequence[str]


class Span:
    """A part of what is done; this one is kept nowhere."""

    def part(self, name: str, **attributes: Value) -> "Span":
        """Begin a part of this one."""
        del name, attributes
        return self

    def note(self, **attributes: Value) -> None:
        """Say more of it; `__` in a name stands for a dot."""

    def rename(self, name: str) -> None:
        """Call it something else, once that is known."""

    def end(self, *, failed: bool = False) -> None:
        """It is over."""


NOWHERE = Span()
_current: ContextVar[Span] = ContextVar("span", default=NOWHERE)


@dataclass(frozen=True)
class _Kept(Span):
    tracer: "Tracer"
    recorded: "Recorded"

    def part(self, name: str, **attributes: Value) -> Span:
        from opentelemetry.trace import set_span_in_context

        above = set_span_in_context(self.recorded)
        begun = self.tracer.start_span(name, above, attributes=_dotted(attributes))
        return _Kept(self.tracer, begun)

    def note(self, **attributes: Value) -> None:
        self.recorded.set_attributes(_dotted(attributes))

    def rename(self, name: str) -> None:
        self.recorded.update_name(name)

    def end(self, *, failed: bool = False) -> None:
        if failed:
            from opentelemetry.trace import StatusCode

            self.recorded.set_status(StatusCode.ERROR)
        self.recorded.end()


class Tracing:
    """Spans on their way to a collector at `endpoint`, some at a time and in a thread of its own.

    `OTEL_…` variables of the environment that OpenTelemetry knows, such as `OTEL_TRACES_SAMPLER`
    and `OTEL_EXPORTER_OTLP_HEADERS`, count as well.

    Raises:
        SetupError: what sends them is not installed.
    """

    def __init__(self, endpoint: str, version: str) -> None:
        self._provider = _provider(endpoint, version)
        self._tracer = self._provider.get_tracer("tillsight", version)

    def begin(self, name: str, **attributes: Value) -> Span:
        """Begin a span that is part of no other."""
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind

        begun = self._tracer.start_span(
            name, Context(), kind=SpanKind.SERVER, attributes=_dotted(attributes)
        )
        return _Kept(self._tracer, begun)

    def close(self) -> None:
        """Send what waits, for some seconds at most: a collector that is away holds up no stop."""
        sending = Thread(target=self._provider.shutdown, name="traces", daemon=True)
        sending.start()
        sending.join(STOP_SECONDS)


def nothing_begun(name: str, **attributes: Value) -> Span:
    """As `Tracing.begin`, where no traces are made."""
    return NOWHERE.part(name, **attributes)


def current() -> Span:
    """What runs here is part of."""
    return _current.get()


@contextmanager
def within(span: Span) -> Iterator[None]:
    """What runs inside, threads that are asked from there included, is part of `span`."""
    before = _current.set(span)
    try:
        yield
    finally:
        _current.reset(before)


def _provider(endpoint: str, version: str) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SetupError(
            "TILLSIGHT_TRACES_ENDPOINT is set, but what sends traces is not installed. Install"
            " Tillsight with the extra traces, such as pip install 'tillsight[traces]', or leave"
            " the setting empty."
        ) from None
    about = Resource.create({"service.name": "tillsight", "service.version": version})
    provider = TracerProvider(resource=about, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider


def _dotted(attributes: dict[str, Value]) -> dict[str, Value]:
    return {name.replace("__", "."): value for name, value in attributes.items()}
