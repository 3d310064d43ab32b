"""What loading files of KPI values needs of the room of KPIs.

That room lies above this one, so whoever opens both hands its functions in. Without them such files
are refused.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from tillsight.accounts.models import Role
from tillsight.sales.folders import Folders
from tillsight.sales.layouts import Field


@dataclass(frozen=True)
class Loader:
    """On whose behalf: nobody is who sits at the server's terminal, and may everything.

    With `role` they may no more than that, whatever their own role is: a key has its own.
    """

    user_id: int | None = None
    role: Role | None = None


TERMINAL = Loader()


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A row as the file has it; its period is in one cell, or in two."""

    kpi: str
    period: str | None
    year: str | None
    month: str | None
    value: Decimal
    comment: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that can be loaded: its KPI, the days of its period, both ends among them, and whether
    the period has another value now.
    """

    kpi_id: int
    first_day: date
    last_day: date
    replaces: bool


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Why a row cannot be loaded: what is wrong with the cell of a field."""

    field: Field
    reason: str


@dataclass(frozen=True, slots=True)
class FileValue:
    """A value to write: of the period that begins with `first_day`."""

    kpi_id: int
    first_day: date
    value: Decimal
    comment: str


@dataclass(frozen=True)
class KpiRoom:
    """The functions of the room.

    `check` says of each row whether it can be loaded; `touched` are the KPIs whose values an import
    changed. In the transaction that changes the journal, `lock` comes before anything is read; then
    `enter` writes the values of an import, or `take_back` what was there before it, and names the
    values that stay because they were changed since.
    """

    check: Callable[[Loader, Sequence[ValueRow]], list[Placed | Unplaced]]
    touched: Callable[[int], set[int]]
    lock: Callable[[Session, Collection[int]], None]
    enter: Callable[[Session, Loader, int, Sequence[FileValue]], None]
    take_back: Callable[[Session, Loader, int], list[str]]


@dataclass(frozen=True)
class ValueFiles:
    """What undoing and redoing values takes: the room, on whose behalf, and where batches are."""

    room: KpiRoom
    loader: Loader
    folders: Folders
