"""What can be asked, in the words of the catalogue."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tillsight.metrics.periods import Compare, Period

Value = int | float | str | None
Row = dict[str, Any]
"""Keys are names of the catalogue."""
Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Question:
    """What is asked. An empty text among a filter's values stands for “unknown”.

    `order` is the name of a measure or dimension of the question, with `-` for descending.
    """

    measures: Sequence[str]
    by: Sequence[str] = ()
    period: Period = field(default_factory=Period)
    filters: Filters = field(default_factory=dict)
    compare: Compare | None = None
    order: str = ""
    limit: int | None = None

    def key(self) -> Hashable:
        """The same for questions that ask the same."""
        filters = sorted((name, tuple(values)) for name, values in self.filters.items())
        return (
            *(tuple(self.measures), tuple(self.by), self.period, tuple(filters)),
            *(self.compare, self.order, self.limit),
        )
