"""The words of KPIs: how often, in which unit, which way, and how values make a year."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tillsight.sales.currencies import CODES

DECIMALS = Decimal("0.0001")
LARGEST = Decimal("99999999999999.9999")
"""Values have four decimals at most, and a size that every database keeps exactly."""


class Periodicity(StrEnum):
    """How long the period of one value is."""

    daily = "daily"
    weekly = "weekly"
    monthly = "monthly"
    quarterly = "quarterly"
    yearly = "yearly"


class Direction(StrEnum):
    """What keeping the promise means: to come to the target, or to stay on one side of it."""

    increase = "increase"
    decrease = "decrease"
    stay_above = "stay_above"
    stay_below = "stay_below"


class Aggregation(StrEnum):
    """How the values of a year make one number."""

    sum = "sum"
    last = "last"
    average = "average"


class Why(StrEnum):
    """Where a change of a value comes from."""

    typed = "typed"
    imported = "import"
    undone = "undo"
    recomputed = "recomputed"
    accepted = "accepted"
    moved = "moved"


class Activity(StrEnum):
    """What was done to a value."""

    created = "created"
    updated = "updated"
    deleted = "deleted"


class Reason(StrEnum):
    """Why a computed value is another one now: an entry of the journal, or, where none explains it,
    the KPI's own definition or another journal.
    """

    imported = "import"
    undo = "undo"
    redo = "redo"
    purchase = "purchase"
    purchase_undo = "purchase_undo"
    erase = "erase"
    definition = "definition"
    journal = "journal"


class Settled(StrEnum):
    """What became of a restatement."""

    accepted = "accepted"
    replaced = "replaced"
    taken_back = "taken_back"
    dropped = "dropped"  # the KPI is not computed any more, or the value was deleted


class Status(StrEnum):
    """Where a KPI stands against the pace that its target asks for."""

    ahead = "ahead"
    on_track = "on_track"
    behind = "behind"
    no_data = "no_data"


PERCENTAGE, AMOUNT, SCORE = "percentage", "amount", "score"
CURRENCIES = tuple(code.lower() for code in CODES)
UNITS = (PERCENTAGE, AMOUNT, SCORE, *CURRENCIES)
"""Codes of units: percentage, amount, score, or a currency in lower case such as `chf`."""


@dataclass(frozen=True)
class Range:
    """The values a KPI may have; None is open on that side."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in it, ends included."""
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)


def usual_aggregation(unit: str) -> Aggregation:
    """Amounts and money add up over the year; of a percentage or a score the last one counts."""
    return Aggregation.last if unit in {PERCENTAGE, SCORE} else Aggregation.sum


def usual_range(unit: str) -> Range:
    """What values of a unit may be unless a KPI says so itself: percentages are 0 to 100."""
    return Range(Decimal(0), Decimal(100)) if unit == PERCENTAGE else Range()
