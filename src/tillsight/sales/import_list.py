"""The imports there are, newest first."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from tillsight.errors import NotFound
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import Import, ImportState


@dataclass(frozen=True)
class Which:
    """Which imports to list: of these states, as `Import.shown_state` calls them, and this kind."""

    states: frozenset[str] = frozenset()
    kind: FileKind | None = None


EVERY_IMPORT = Which()


def list_imports(
    session: Session, before: int | None, limit: int, which: Which = EVERY_IMPORT
) -> list[Import]:
    """The imports, newest first; `before` is the id to go on from."""
    query = select(Import).order_by(Import.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Import.id < before)
    if which.states:
        query = query.where(or_(*(_shown_as(state) for state in which.states)))
    if which.kind is not None:
        query = query.where(Import.kind == which.kind)
    return list(session.scalars(query))


def _shown_as(state: str) -> ColumnElement[bool]:
    done, counts = Import.state == ImportState.done, Import.in_force.is_not(None)
    return {
        "undone": and_(done, ~counts),
        "done": and_(done, counts, Import.step.is_(None)),
        "running": or_(
            Import.state == ImportState.running, and_(done, counts, Import.step.is_not(None))
        ),
    }.get(state, Import.state == state)


def get_import(session: Session, import_id: int) -> Import:
    """One import.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id}.")
    return found
