"""What every move from an older product shares: what was moved before, and what is told of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.database import Database
from tillsight.errors import InvalidInput
from tillsight.migrating.models import MovedRow

LONGEST_SOURCE = 100
Opening = Callable[[], AbstractContextManager[Session]]
"""Opens a session to write with: `Database.writing`, or `rehearsing` of it."""


@dataclass(frozen=True)
class LeftOut:
    """A row of the older database that was not moved."""

    older_id: int | str
    reason: str


@dataclass
class Count:
    """What became of the rows of one kind; `what` names them as a table shows it."""

    what: str
    found: int = 0
    added: int = 0
    there: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def leave_out(self, older_id: int | str, reason: str) -> None:
        """Count a row that cannot be moved, and say why."""
        self.left_out.append(LeftOut(older_id, reason))


@dataclass(frozen=True)
class Invitation:
    """A link that lets somebody choose a password, where no mail brings it."""

    name: str
    address: str


@dataclass(frozen=True)
class Outcome:
    """What a move did, or would do. Of `invited` people some get a mail, others have their
    `invitations` handed out. `notes` are sentences that the operator should read.
    """

    source: str
    counts: list[Count]
    invited: int = 0
    invitations: list[Invitation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Moved:
    """What was moved from one source before, by kind and older number; adds what is moved now."""

    def __init__(self, session: Session, source: str) -> None:
        self._session = session
        self._source = source
        self._known: dict[str, dict[int, int]] = {}

    def ours(self, kind: str) -> dict[int, int]:
        """Our numbers of the rows of a kind, by their older ones."""
        if kind not in self._known:
            query = select(MovedRow.older_id, MovedRow.our_id)
            rows = query.where(MovedRow.source == self._source, MovedRow.kind == kind)
            self._known[kind] = dict(self._session.execute(rows).all())
        return self._known[kind]

    def note(self, kind: str, older_id: int, our_id: int) -> None:
        """Remember that a row was moved, or is the same as one of ours."""
        self.ours(kind)[older_id] = our_id
        row = MovedRow(source=self._source, kind=kind, older_id=older_id, our_id=our_id)
        self._session.add(row)


def read_source(text: str) -> str:
    """The name of an older database.

    Raises:
        InvalidInput: it is empty, too long, or holds what cannot be seen.
    """
    name = text.strip()
    if not 0 < len(name) <= LONGEST_SOURCE or not name.isprintable():
        raise InvalidInput(f"The name of a source has 1 to {LONGEST_SOURCE} printable characters.")
    return name


@contextmanager
def rehearsing(database: Database) -> Iterator[Session]:
    """Open a session as for writing, and throw away what it did."""
    with database.writing() as session:
        yield session
        session.rollback()


def record_move(session: Session, outcome: Outcome) -> None:
    """Have the audit log tell of a move, as of one thing that the operator did."""
    added = {one.what: one.added for one in outcome.counts}
    left_out = {one.what: len(one.left_out) for one in outcome.counts}
    details = {"added": _in_words(added), "left_out": _in_words(left_out)}
    record(session, Action.migrated, None, outcome.source, {**details, "invited": outcome.invited})


def _in_words(numbers: Mapping[str, int]) -> str:
    """Such as “People 5, Circles 2”; those that are 0 are not told."""
    told = [f"{what} {number:,}" for what, number in numbers.items() if number]
    return ", ".join(told) or "nothing"
