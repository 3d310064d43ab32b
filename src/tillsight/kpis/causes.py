"""What made a computed value another one: the entry of the journal that is told with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tillsight.kpis.spans import bucket_of, end_of
from tillsight.kpis.words import Periodicity, Reason
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind
from tillsight.sales.moves import Move

FACTS = {
    FileKind.customers: frozenset({"gender", "age_band"}),
    FileKind.products: frozenset({"category"}),
}
"""By kind of file, the filters whose sales it decides: those of all history."""


@dataclass(frozen=True)
class Told:
    """What made the difference, with the journal's version, and the import where it was one."""

    reason: Reason
    version: int
    import_id: int | None = None


@dataclass(frozen=True)
class Causes:
    """The entries that may have changed a KPI's values: imports, the newest first, and the newest
    purchase of each period, by its first day. `otherwise` is told where no entry can have.
    """

    periodicity: Periodicity
    otherwise: Told
    imports: Sequence[Move]
    purchases: Mapping[date, Move]
    newest: Move | None

    @staticmethod
    def among(
        moves: Iterable[Move], periodicity: Periodicity, filters: Iterable[str], otherwise: Told
    ) -> "Causes":
        """Of these entries, the newest first, for a KPI that is filtered so."""
        names = frozenset(filters)
        possible = [move for move in moves if _can_change(move, names)]
        start_of = bucket_of(periodicity).start
        purchases: dict[date, Move] = {}
        for move in possible:
            if move.file_kind is None and move.first_day:
                purchases.setdefault(start_of(move.first_day), move)
        imports = [move for move in possible if move.file_kind is not None]
        newest = possible[0] if possible else None
        return Causes(periodicity, otherwise, imports, purchases, newest)

    def of(self, start: date) -> Told:
        """What changed the period that begins with `start`.

        That is the newest entry with sales of its days; else the newest at all: a first sale or a
        segment, and orders that take the place of others, reach into other periods.
        """
        end = end_of(self.periodicity, start)
        touching = (move for move in self.imports if _touches(move, start, end))
        found = [next(touching, None), self.purchases.get(start)]
        move = max((one for one in found if one), key=lambda one: one.version, default=self.newest)
        return self.otherwise if move is None else _told(move)


def _can_change(move: Move, filters: frozenset[str]) -> bool:
    if move.kind is EntryKind.erase:
        return bool(filters & FACTS[FileKind.customers])
    if move.file_kind in {None, FileKind.sales}:
        return True
    return any(kind == move.file_kind and filters & names for kind, names in FACTS.items())


def _touches(move: Move, start: date, end: date) -> bool:
    if move.first_day is None or move.last_day is None:
        return move.file_kind != FileKind.sales
    return move.first_day < end and move.last_day >= start


def _told(move: Move) -> Told:
    return Told(Reason(move.kind.value), move.version, move.import_id)
