"""All that is counted and looked up, as the text that Prometheus reads."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from tillsight import __version__
from tillsight.measured import ALL, Counted, Durations
from tillsight.operating import figures
from tillsight.operating.figures import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PROCESS = {
    "process_resident_memory_bytes": "Memory the process has, in bytes (Linux).",
    "process_virtual_memory_bytes": "Memory the process has addresses for, in bytes (Linux).",
    "process_open_fds": "Files and connections it has open (Linux).",
    "process_max_fds": "How many it may have open (Linux).",
    "process_cpu_seconds_total": "Processor time it has used (Linux).",
    "process_start_time_seconds": "When it was started, in seconds since 1970 (Linux).",
}
"""What `prometheus_client` tells of the process itself."""


SHARED = {
    "tillsight_build_info",
    *(one.name for one in (figures.JOBS_WAITING, figures.JOBS_LATE, figures.IMPORTS)),
    *(one.name for one in (figures.JOURNAL_VERSION, figures.DISK_FREE, figures.DISK_SIZE)),
    figures.LAST_BACKUP.name,
}
"""What every process of a shop tells alike."""


class _All(Collector):
    def __init__(self, found: Figures) -> None:
        self._figures = found

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("tillsight_build", "Version of Tillsight.", {"version": __version__})
        for one in ALL:
            yield _durations(one) if isinstance(one, Durations) else _counted(one)
        for gauge, values in self._figures.items():
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family


def text(found: Figures) -> bytes:
    """These figures, what this process has counted since it started, and the process itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_All(found))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


def together(texts: Mapping[int, bytes], here: int) -> bytes:
    """The figures of several workers as one text, by their numbers: each has the label `worker`,
    but for those that are of the shop or the machine, which are told once, as worker `here` did.
    """
    families: dict[str, Metric] = {}
    for number, text_of_it in sorted(texts.items()):
        for one in text_string_to_metric_families(text_of_it.decode()):
            shared = one.name in SHARED
            if shared and number != here:
                continue
            family = families.setdefault(one.name, Metric(one.name, one.documentation, one.type))
            more = {} if shared else {"worker": str(number)}
            for sample in one.samples:
                family.add_sample(sample.name, {**sample.labels, **more}, sample.value)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_These(list(families.values())))
    return generate_latest(registry)


class _These(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _counted(one: Counted) -> Metric:
    kind = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
    family = kind(one.name, one.help, labels=one.labels)
    for labels, value in one.values().items():
        family.add_metric(labels, value)
    return family


def _durations(one: Durations) -> Metric:
    family = HistogramMetricFamily(one.name, one.help, labels=one.labels)
    limits = [*map(str, one.limits), "+Inf"]
    for labels, (classes, seconds) in one.values().items():
        so_far, buckets = 0, []
        for limit, count in zip(limits, classes, strict=True):
            so_far += count
            buckets.append((limit, float(so_far)))
        family.add_metric(labels, buckets, seconds)
    return family
