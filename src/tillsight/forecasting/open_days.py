"""When the shop trades: learnt from its sales, corrected by people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Because(StrEnum):
    """Why a day counts as open or closed."""

    traded = "traded"
    weekday = "weekday"
    holiday = "holiday"
    year_end = "year_end"
    corrected = "corrected"


@dataclass(frozen=True)
class Corrections:
    """What people said: of single days, of weekdays (1 Monday to 7 Sunday), of holidays by name.

    A day is stronger than a holiday, a holiday than a weekday.
    """

    days: Mapping[date, bool] = field(default_factory=dict)
    weekdays: Mapping[int, bool] = field(default_factory=dict)
    holidays: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenDay:
    """Whether a day is open, and why."""

    day: date
    is_open: bool
    because: Because
    holiday: str | None
