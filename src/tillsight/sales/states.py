"""How an import comes to be and how it ends, as its row says.

    waiting ──► running ──► done        stands in the journal, and counts until it is undone
       │           ├──────► known       its content is that of another import
       └───────────┴──────► failed      with what was wrong; or cancelled by somebody

`step` is set while somebody is at it. One that is done is laid out for questions still, until its
step is empty.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import Cancelled, Conflict, NotFound, TillsightError
from tillsight.sales.choices import Choices
from tillsight.sales.models import Import, ImportState
from tillsight.sales.watch import WAS_CANCELLED, Progressed, Step

UNFINISHED = (ImportState.waiting, ImportState.running)
UNEXPECTED = "Something went wrong on the server, and nothing was loaded. Try again."
_CHOICES = TypeAdapter(Choices)


@dataclass(frozen=True)
class Order:
    """What was asked for, kept with the import for whoever takes it up: the token of its file, the
    file's size in bytes, what was chosen, where the request came from, and the role of a key.
    `home` tells the home folder that the file lies in from those of other servers.
    """

    upload: str
    size: int
    choices: Choices
    origin: Origin
    role: Role | None = None
    home: str = ""


@dataclass(frozen=True)
class Interrupted:
    """An import that somebody was at when it was looked for, and when they last said so."""

    id: int
    file_name: str
    user_id: int | None
    order: Order
    is_done: bool
    seen_at: datetime | None


def begin(
    database: Database, file_name: str, user_id: int | None, order: Order, state: ImportState
) -> int:
    """Make the row of an import that is not loaded yet; gives its id."""
    step = Step.waiting if state is ImportState.waiting else Step.reading
    begun = Import(
        kind="",
        layout="",
        file_name=Path(file_name).name[:255] or "file",
        content_hash="",
        rows=0,
        rejected_rows=0,
        revenue=Decimal(0),
        batch="",
        batch_bytes=0,
        created_at=datetime.now(UTC),
        created_by=user_id,
        state=state,
        step=step,
        seen_at=datetime.now(UTC),
        options=_written(order),
    )
    with database.writing() as session:
        session.add(begun)
        session.flush()
        return begun.id


def begin_again(database: Database, import_id: int, order: Order) -> bool:
    """Have one that was refused wait once more; no if it is not there any more."""
    return _changed(
        database,
        import_id,
        (ImportState.failed,),
        state=ImportState.waiting,
        step=Step.waiting,
        progress=0,
        progress_whole=0,
        seen_at=datetime.now(UTC),
        finished_at=None,
        error=None,
        cancel_asked=False,
        options=_written(order),
    )


def start(database: Database, import_id: int) -> None:
    """Begin to work on it.

    Raises:
        Cancelled: it is not to be loaded any more.
    """
    with database.writing() as session:
        started = session.connection().execute(
            update(Import)
            .where(
                Import.id == import_id,
                Import.state.in_(UNFINISHED),
                Import.cancel_asked.is_(False),
            )
            .values(state=ImportState.running, step=Step.reading, seen_at=datetime.now(UTC))
        )
        if started.rowcount == 0:
            raise Cancelled(WAS_CANCELLED)


def complete(session: Session, loaded: Import) -> Import:
    """Make the row of `loaded.id` what `loaded` says, in the transaction of its journal entry.

    Raises:
        Cancelled: somebody wanted it stopped, or another server had it already.
    """
    taken = session.connection().execute(
        update(Import)
        .where(
            Import.id == loaded.id,
            Import.state == ImportState.running,
            Import.cancel_asked.is_(False),
        )
        .values(
            state=ImportState.done,
            step=Step.laying_out,
            progress=0,
            progress_whole=0,
        )
    )
    if taken.rowcount == 0:
        raise Cancelled(WAS_CANCELLED)
    return session.merge(loaded)


def finish(database: Database, import_id: int) -> None:
    """It is laid out for questions, and nobody is at it any more."""
    _changed(database, import_id, (ImportState.done,), step=None, finished_at=datetime.now(UTC))


def end_as_known(database: Database, import_id: int, same_as: int) -> None:
    """Its content is that of another import."""
    _changed(
        database,
        import_id,
        UNFINISHED,
        state=ImportState.known,
        same_as=same_as,
        step=None,
        finished_at=datetime.now(UTC),
    )


def forget_known(database: Database, import_id: int) -> None:
    """Remove one that is known and whose sender was told so."""
    with database.writing() as session:
        session.execute(
            delete(Import).where(Import.id == import_id, Import.state == ImportState.known)
        )


def end_by(database: Database, import_id: int, error: BaseException) -> None:
    """It was refused, cancelled, or something broke."""
    cancelled = isinstance(error, Cancelled | KeyboardInterrupt)
    said = (
        {
            "status": error.status,
            "code": error.code,
            "message": error.message,
            "details": dict(error.details),
        }
        if isinstance(error, TillsightError)
        else {"status": 500, "code": "error", "message": UNEXPECTED, "details": {}}
    )
    _changed(
        database,
        import_id,
        UNFINISHED,
        state=ImportState.cancelled if cancelled else ImportState.failed,
        error=None if cancelled else json.dumps(said, default=str),
        step=None,
        finished_at=datetime.now(UTC),
    )


def wait_again(database: Database, import_id: int) -> None:
    """Leave it to be taken up."""
    _changed(
        database, import_id, UNFINISHED, state=ImportState.waiting, step=Step.waiting, progress=0
    )


def ask_to_cancel(database: Database, import_id: int) -> None:
    """Have whoever is at it stop, unless it is too late.

    Raises:
        NotFound: there is no such import.
        Conflict: it is not under way any more.
    """
    if _changed(database, import_id, UNFINISHED, cancel_asked=True):
        return
    with database.reading() as session:
        found = session.get(Import, import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id}.")
    if found.state is ImportState.done:
        raise Conflict(f"Import {import_id} is loaded already. Undo it instead.")
    raise Conflict(f"Import {import_id} is not under way any more.")


def note(database: Database, at: Mapping[int, Progressed]) -> None:
    """Write down how far imports are."""
    now = datetime.now(UTC)
    with database.writing() as session:
        for import_id, done in at.items():
            session.execute(
                update(Import)
                .where(Import.id == import_id, Import.step.is_not(None))
                .values(step=done.step, progress=done.done, progress_whole=done.whole, seen_at=now)
                .execution_options(synchronize_session=False)
            )


def to_cancel(database: Database, import_ids: Iterable[int]) -> list[int]:
    """Those of these imports that somebody wants stopped."""
    with database.reading() as session:
        asked = select(Import.id).where(Import.id.in_(import_ids), Import.cancel_asked.is_(True))
        return list(session.scalars(asked))


def unfinished(database: Database) -> list[Interrupted]:
    """The imports that somebody is at, or was when their server stopped, oldest first."""
    with database.reading() as session:
        rows = session.execute(
            select(
                *(Import.id, Import.file_name, Import.created_by),
                *(Import.options, Import.state, Import.seen_at),
            )
            .where(
                or_(
                    Import.state.in_(UNFINISHED),
                    and_(Import.state == ImportState.done, Import.step.is_not(None)),
                )
            )
            .order_by(Import.id)
        ).all()
    return [
        Interrupted(
            row.id,
            row.file_name,
            row.created_by,
            _read(row.options),
            row.state is ImportState.done,
            row.seen_at,
        )
        for row in rows
    ]


def is_unfinished(database: Database, import_id: int) -> bool:
    """Whether it is neither done nor ended otherwise."""
    with database.reading() as session:
        return session.scalar(select(Import.state).where(Import.id == import_id)) in UNFINISHED


def _changed(
    database: Database, import_id: int, states: tuple[ImportState, ...], **values: object
) -> bool:
    """Change the row if it is in one of these states; says whether it was."""
    with database.writing() as session:
        changed = session.connection().execute(
            update(Import).where(Import.id == import_id, Import.state.in_(states)).values(**values)
        )
    return changed.rowcount > 0


def _written(order: Order) -> str:
    choices = _CHOICES.dump_python(order.choices, mode="json")
    return json.dumps(
        {
            "upload": order.upload,
            "size": order.size,
            "choices": choices,
            "origin": order.origin._asdict(),
            "role": order.role,
            "home": order.home,
        }
    )


def _read(text: str | None) -> Order:
    found: dict[str, Any] = json.loads(text or "{}")
    return Order(
        found.get("upload", ""),
        found.get("size", 0),
        _CHOICES.validate_python(found.get("choices", {}), strict=False),
        Origin(**found.get("origin", {})),
        Role(found["role"]) if found.get("role") else None,
        found.get("home", ""),
    )
