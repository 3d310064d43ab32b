"""Questions about the sales that people saved under a name, and pinned to their Overview.

A view keeps what was asked, never an answer. It is its owner's alone, or shared with everybody.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from unicodedata import category

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Role, User
from tillsight.accounts.names import name_key
from tillsight.accounts.sessions import Origin, Person
from tillsight.accounts.users import who_did
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound
from tillsight.metrics import catalogue
from tillsight.metrics.models import PinnedView, SavedView

LONGEST_NAME = 100
LONGEST_VALUE, MOST_VALUES = 400, 200
MOST_VIEWS, MOST_PINS = 200, 12
TIME = "time"
"""A dimension of the page Explore: day, week or month, as its `grain` says."""
NAMED = ("measures", "by")
CHOSEN = ("chart", "sort", "top", "days", "since", "until", "compare", "grain")
"""What else a question may say beside filters by dimension; the page knows what they mean."""

Asked = Mapping[str, Sequence[str]]


class ViewChanged(Conflict):
    """Somebody else changed the view since it was read; `details` tell what it is now."""


@dataclass(frozen=True)
class New:
    """A view to save: address parameters of the page Explore, each with its values."""

    name: str
    question: Asked
    is_shared: bool = False


@dataclass(frozen=True)
class Edit:
    """What to change of a view, None stays; `version` is the one that was seen."""

    version: int
    name: str | None = None
    question: Asked | None = None
    is_shared: bool | None = None


@dataclass(frozen=True)
class Shown:
    """A view with who saved it, and its place on the Overview of whoever looks, from 1 on."""

    view: SavedView
    owner: User | None
    place: int | None

    @property
    def question(self) -> dict[str, list[str]]:
        """What it asks."""
        asked: dict[str, list[str]] = json.loads(self.view.question)
        return asked

    @property
    def gone(self) -> list[str]:
        """Measures and dimensions it asks for that are not in the catalogue any more."""
        return _unknown(self.question)


def list_views(session: Session, person: Person) -> list[Shown]:
    """Their own views and those that are shared, by name."""
    query = _seen_by(person).order_by(SavedView.name_key, SavedView.id)
    return [Shown(*one) for one in session.execute(query)]


def get_view(session: Session, person: Person, view_id: int) -> Shown:
    """One view.

    Raises:
        NotFound: there is none of this number, or it is private to somebody else.
    """
    found = session.execute(_seen_by(person).where(SavedView.id == view_id)).first()
    if found is None:
        raise _no_view(view_id)
    return Shown(*found)


def save_view(session: Session, person: Person, new: New, origin: Origin) -> int:
    """Save a view; gives its number.

    Raises:
        InvalidInput: the name or the question cannot be one.
        UnknownName: it asks for a measure or dimension there is not.
        Forbidden: a viewer shares one.
        Conflict: they have one of this name, in any case, or too many.
    """
    of_person = select(func.count()).where(SavedView.created_by == person.id)
    if (session.scalar(of_person) or 0) >= MOST_VIEWS:
        raise Conflict(f"You have {MOST_VIEWS} views. Delete one you do not need any more.")
    row = SavedView(version=1, created_by=person.id, created_at=datetime.now(UTC))
    _share(person, row, is_shared=new.is_shared)
    row.question = _checked_question(new.question)
    session.add(row)
    _name(session, row, new.name)
    record(session, Action.view_saved, person, called(row), _told(row), origin)
    return row.id


def change_view(session: Session, person: Person, view_id: int, edit: Edit, origin: Origin) -> None:
    """Rename, replace or share a view; first thing in a transaction.

    Raises:
        NotFound: there is none of this number, or it is private to somebody else.
        Forbidden: it is somebody else's, and the person no manager; or a viewer shares it.
        ViewChanged: it is of another version by now.
        InvalidInput, UnknownName, Conflict: as `save_view`.
    """
    row = _held(session, person, view_id, edit.version)
    before = _told(row)
    if edit.is_shared is False and row.created_by != person.id:
        raise Forbidden("A shared view is taken back by whoever saved it. You may delete it.")
    if edit.is_shared is not None:
        _share(person, row, is_shared=edit.is_shared)
    if edit.question is not None:
        row.question = _checked_question(edit.question)
    _name(session, row, row.name if edit.name is None else edit.name)
    if _told(row) == before:
        return
    row.version += 1
    row.updated_by, row.updated_at = person.id, datetime.now(UTC)
    session.flush()
    details = {"before": before, "now": _told(row)}
    record(session, Action.view_changed, person, called(row), details, origin)


def delete_view(
    session: Session, person: Person, view_id: int, version: int | None, origin: Origin
) -> None:
    """Delete a view, and take it from every Overview. Raises as `change_view`."""
    row = _held(session, person, view_id, version)
    record(session, Action.view_deleted, person, called(row), _told(row), origin)
    session.execute(delete(PinnedView).where(PinnedView.view_id == row.id))
    session.delete(row)
    session.flush()


def pin_views(session: Session, person: Person, view_ids: Sequence[int]) -> None:
    """Have exactly these views on the person's Overview, in this order.

    Raises:
        NotFound: one of them is not there for this person.
        InvalidInput: one is named twice, or there are too many.
    """
    if len(set(view_ids)) < len(view_ids):
        raise InvalidInput("A view can be pinned once. Name each of them once.")
    if len(view_ids) > MOST_PINS:
        raise InvalidInput(f"Pin up to {MOST_PINS} views; an Overview of more would be none.")
    # Held, so that of two who pin at once for one person the second sees what the first did.
    session.get(User, person.id, with_for_update=True)
    seen = {one.view.id for one in list_views(session, person)}
    for view_id in view_ids:
        if view_id not in seen:
            raise _no_view(view_id)
    session.execute(delete(PinnedView).where(PinnedView.user_id == person.id))
    session.add_all(
        PinnedView(user_id=person.id, view_id=view_id, place=place)
        for place, view_id in enumerate(view_ids, 1)
    )
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("One of these views was deleted just now. Look again.") from None


def may_change(person: Person, view: SavedView) -> bool:
    """Whether the person may change and delete the view: its owner, of shared ones managers."""
    if view.created_by == person.id:
        return not view.is_shared or person.role.includes(Role.editor)
    return view.is_shared and person.role.includes(Role.manager)


def called(row: SavedView) -> str:
    """How the audit log names a view."""
    return f"view {row.id}: {row.name}"


def _seen_by(person: Person) -> Select[SavedView, User, int]:
    mine = SavedView.created_by == person.id
    return (
        select(SavedView, User, PinnedView.place)
        .outerjoin(User, User.id == SavedView.created_by)
        .outerjoin(
            PinnedView, (PinnedView.view_id == SavedView.id) & (PinnedView.user_id == person.id)
        )
        .where(or_(mine, SavedView.is_shared.is_(True)))
    )


def _held(session: Session, person: Person, view_id: int, seen: int | None) -> SavedView:
    """The view, locked for the rest of the transaction."""
    row = session.get(SavedView, view_id, with_for_update=True)
    if row is None or not (row.is_shared or row.created_by == person.id):
        raise _no_view(view_id)
    if not may_change(person, row):
        raise Forbidden(
            "A shared view is changed and deleted by whoever saved it, while they are editors, by"
            " managers and by admins. Save one of your own."
        )
    if seen is not None and seen != row.version:
        who = who_did(session, row.updated_by)
        raise ViewChanged(
            f"{who} changed this view since you opened it. Open it again, and change it then.",
            version=row.version,
            **_told(row),
        )
    return row


def _share(person: Person, row: SavedView, *, is_shared: bool) -> None:
    if is_shared and not row.is_shared and not person.role.includes(Role.editor):
        raise Forbidden("Views are shared by editors and above. Save it for yourself.")
    row.is_shared = is_shared


def _name(session: Session, row: SavedView, name: str) -> None:
    text = " ".join(name.split())
    if not 0 < len(text) <= LONGEST_NAME:
        raise InvalidInput(f"The name of a view has 1 to {LONGEST_NAME} characters.")
    if any(category(sign) in {"Cc", "Cs"} for sign in text):
        raise InvalidInput("The name holds characters that cannot be shown. Type it again.")
    row.name, row.name_key = text, name_key(text)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(
            f"There is a view “{text}” of the same person already. Replace it, or choose another"
            " name."
        ) from None


def _checked_question(asked: Asked) -> str:
    """The question as it is kept."""
    known: Collection[str] = {*NAMED, *CHOSEN, *(one.name for one in catalogue.DIMENSIONS)}
    for name, values in asked.items():
        if name not in known:
            raise InvalidInput(
                f"“{name[:40]}” is nothing a view can ask: it takes {', '.join((*NAMED, *CHOSEN))}"
                " and dimensions as filters."
            )
        if len(values) > MOST_VALUES or any(len(one) > LONGEST_VALUE for one in values):
            raise InvalidInput(
                f"A view keeps up to {MOST_VALUES} values of up to {LONGEST_VALUE} characters for"
                f" each parameter; {name} has more."
            )
        if name in NAMED and len(values) > 1:
            raise InvalidInput(f"Name all {name} in one text, separated by commas.")
    measures = _names(asked, "measures")
    if not measures:
        raise InvalidInput("A view asks for at least one measure, such as revenue.")
    catalogue.measures(measures)
    catalogue.dimensions([one for one in _names(asked, "by") if one != TIME])
    return json.dumps({name: [*values] for name, values in asked.items()}, ensure_ascii=False)


def _names(asked: Asked, parameter: str) -> list[str]:
    texts = asked.get(parameter, ())
    return [one.strip() for text in texts for one in text.split(",") if one.strip()]


def _unknown(asked: Asked) -> list[str]:
    measures = {one.name for one in catalogue.MEASURES}
    dimensions = {TIME, *(one.name for one in catalogue.DIMENSIONS)}
    own = {*NAMED, *CHOSEN}
    return [
        *(one for one in _names(asked, "measures") if one not in measures),
        *(one for one in _names(asked, "by") if one not in dimensions),
        *(one for one in asked if one not in own and one not in dimensions),
    ]


def _told(row: SavedView) -> dict[str, object]:
    """What a view is, by the names the API has for it."""
    return {"name": row.name, "shared": row.is_shared, "question": json.loads(row.question)}


def _no_view(view_id: int) -> NotFound:
    return NotFound(f"There is no view {view_id} for you. It may have been deleted.")
