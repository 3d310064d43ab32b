"""What the orders are narrowed to beside the filters of the bar, from the page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders.values import BUCKETS, narrowed, span_of
from tillsight.dashboard.periods import Span

DIMENSIONS = ("product", "customer", *reversed(BUCKETS), "weekday", "hour")
"""Those the bar has no place for; each is an address parameter, repeated for several values, empty
for unknown."""

Asked = dict[str, str | Sequence[str]]


@dataclass(frozen=True)
class Narrowing:
    """Values by dimension, the `measure` whose number led here, and the key of the order opened."""

    values: Mapping[str, Sequence[str]]
    measure: str = ""
    order: str = ""

    def own(self, *, without: tuple[str, str] | None = None) -> dict[str, Sequence[str]]:
        """The address parameters for it, without an order; `without` one value of a dimension."""
        left: dict[str, Sequence[str]] = {
            name: [one for one in values if (name, one) != without]
            for name, values in self.values.items()
        }
        measure = {"measure": [self.measure]} if self.measure else {}
        return {name: values for name, values in left.items() if values} | measure

    def parameters(self, choice: Choice) -> Asked:
        """The days and filters as parameters of the API.

        A single bucket of time becomes its days: measures such as new customers ask when the period
        begins.
        """
        asked: Asked = {**choice.parameters(), **self.values}
        span: Span = choice.span
        for bucket in BUCKETS:
            both = _within(span, bucket, self.values.get(bucket, ()))
            if both is not None:
                span = both
                del asked[bucket]
        days = {"from": span.start, "to": span.end}
        return asked | {name: day.isoformat() for name, day in days.items() if day}


def _within(span: Span, bucket: str, texts: Sequence[str]) -> Span | None:
    """The days of the span in the only bucket; none where the API has to look at it."""
    if len(texts) != 1:
        return None
    try:
        return narrowed(span, span_of(bucket, texts[0]))
    except (ValueError, OverflowError):  # the API says in words what is wrong with it
        return None
