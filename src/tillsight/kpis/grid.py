"""Many values at once, as somebody fills in a grid: all of them are taken, or none."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from tillsight.accounts.sessions import Person
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound, TillsightError
from tillsight.kpis.holding import hold_known, no_kpi
from tillsight.kpis.models import Kpi, KpiValue
from tillsight.kpis.values import (
    Changed,
    Edit,
    New,
    Write,
    Written,
    find_values,
    require_entry,
    to_change,
    to_enter,
    write_all,
)

MOST_CELLS = 2000
Place = tuple[int, date]
"""A KPI and the first day of a period."""


@dataclass(frozen=True)
class Cell:
    """A cell of the grid: without a value it is left as it is.

    `version` is the one of the value that was seen, none where there was no value.
    """

    kpi_id: int
    period: str
    value: Decimal | None
    comment: str | None = None
    version: int | None = None


@dataclass
class Refusals:
    """The cells that were refused, and the weightiest reason."""

    cells: list[dict[str, object]]
    worst: type[TillsightError] | None = None

    @contextmanager
    def of(self, index: int, cell: Cell) -> Iterator[None]:
        """Around what is done about a cell: notes why it is refused, and goes on."""
        try:
            yield
        except (Forbidden, NotFound, InvalidInput, Conflict) as error:
            self.cells.append(
                {
                    "index": index,
                    "kpi_id": cell.kpi_id,
                    "period": cell.period,
                    "reason": error.message,
                    "code": error.code,
                    **error.details,
                }
            )
            kinds = (Forbidden, InvalidInput, Conflict)
            kind = InvalidInput if isinstance(error, NotFound) else type(error)
            found = next(one for one in kinds if issubclass(kind, one))
            worse = self.worst is None or kinds.index(found) < kinds.index(self.worst)
            self.worst = found if worse else self.worst

    def raise_if_any(self, total: int) -> None:
        """Refuse the grid if a cell was refused."""
        if self.worst is not None:
            raise self.worst(
                f"{len(self.cells)} of {total} cells cannot be taken, so none was. Correct them,"
                " and send the grid again.",
                cells=sorted(self.cells, key=lambda cell: int(str(cell["index"]))),
            )


def enter_grid(
    session: Session, person: Person, cells: Sequence[Cell], today: date
) -> list[KpiValue]:
    """Enter and change values; first thing in a transaction. Gives those that the cells have now.

    Raises:
        Forbidden, InvalidInput, Conflict: a cell cannot be taken; `cells` of the details name each
            one with the reason it would have by itself.
    """
    filled = [(index, cell) for index, cell in enumerate(cells) if cell.value is not None]
    held = hold_known(session, {cell.kpi_id for _, cell in filled})
    refused = Refusals([])
    placed = _placed(session, person, held, filled, refused)
    starts: dict[int, list[date]] = defaultdict(list)
    for kpi_id, start in placed:
        starts[kpi_id].append(start)
    known = {kpi_id: find_values(session, kpi_id, some) for kpi_id, some in starts.items()}
    writes: dict[int, list[Write]] = defaultdict(list)
    for (kpi_id, start), (index, cell) in placed.items():
        with refused.of(index, cell):
            row = known[kpi_id].get(start)
            writes[kpi_id].append(_checked(session, held[kpi_id], row, cell, person, today))
    refused.raise_if_any(len(cells))
    rows = {
        (kpi_id, row.period_start): row
        for kpi_id, some in writes.items()
        for row in write_all(session, held[kpi_id], some)
    }
    return [rows[place] for place in placed]


def _allowed(
    session: Session, person: Person, held: dict[int, Kpi]
) -> dict[int, TillsightError | None]:
    """For each KPI why its values may not be entered, if so."""
    return {kpi_id: _refusal(session, person, kpi) for kpi_id, kpi in held.items()}


def _refusal(session: Session, person: Person, kpi: Kpi) -> TillsightError | None:
    try:
        require_entry(session, person, kpi)
    except TillsightError as error:
        return error
    return None


def _kpi_of(cell: Cell, held: dict[int, Kpi], allowed: dict[int, TillsightError | None]) -> Kpi:
    if cell.kpi_id not in held:
        raise no_kpi(cell.kpi_id)
    refusal = allowed[cell.kpi_id]
    if refusal is not None:
        raise refusal
    return held[cell.kpi_id]


def _placed(
    session: Session,
    person: Person,
    held: dict[int, Kpi],
    filled: Sequence[tuple[int, Cell]],
    refused: Refusals,
) -> dict[Place, tuple[int, Cell]]:
    """The cells, with their index, by the KPI and the first day of the period they are for."""
    allowed = _allowed(session, person, held)
    placed: dict[Place, tuple[int, Cell]] = {}
    for index, cell in filled:
        with refused.of(index, cell):
            kpi = _kpi_of(cell, held, allowed)
            place = (kpi.id, Written(cell.period).start(kpi.periodicity))
            if place in placed:
                raise InvalidInput(f"The grid has {cell.period} of “{kpi.name}” twice.")
            placed[place] = (index, cell)
    return placed


def _checked(
    session: Session, kpi: Kpi, row: KpiValue | None, cell: Cell, person: Person, today: date
) -> Write:
    if cell.value is None:
        raise ValueError("an empty cell is left as it is")
    if cell.version is None:
        new = New(kpi.id, Written(cell.period), cell.value, cell.comment or "")
        return to_enter(session, kpi, row, new, person, today)
    if row is None:
        raise Changed(f"Somebody deleted the value of “{kpi.name}” for {cell.period} meanwhile.")
    edit = Edit(cell.value, cell.comment, cell.version)
    return to_change(session, kpi, row, edit, person)
