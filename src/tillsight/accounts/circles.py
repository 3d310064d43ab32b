"""Circles: teams that keep their KPIs together. Whoever leads one decides who belongs to it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from unicodedata import category

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Circle, CircleMember, Role, User
from tillsight.accounts.names import name_key
from tillsight.accounts.sessions import Origin, Person
from tillsight.errors import Conflict, Forbidden, InvalidInput, NotFound

LONGEST_NAME = 150


@dataclass(frozen=True)
class Member:
    """Somebody in a circle, by the name to call them."""

    id: int
    name: str


@dataclass(frozen=True)
class Team:
    """A circle and who belongs to it."""

    id: int
    name: str
    archived: bool
    created_by: int | None
    created_at: datetime
    members: list[Member]


def list_circles(session: Session) -> list[Team]:
    """All circles by name, archived ones too."""
    circles = list(session.scalars(select(Circle).order_by(Circle.name_key)))
    members = _members(session)
    return [_team(circle, members[circle.id]) for circle in circles]


def get_circle(session: Session, circle_id: int) -> Team:
    """One circle.

    Raises:
        NotFound: there is none of this number.
    """
    circle = _found(session, circle_id)
    return _team(circle, _members(session, circle_id)[circle_id])


def list_names(session: Session) -> list[Member]:
    """Everybody with an account that is switched on, by the name to call them: who may be made a
    member.
    """
    people = session.scalars(select(User).where(User.is_active))
    found = [Member(one.id, one.name) for one in people]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def is_member(session: Session, person: Person, circle_id: int) -> bool:
    """Whether the person belongs to the circle."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    CircleMember.circle_id == circle_id, CircleMember.user_id == person.id
                )
            )
        )
    )


def require_member(session: Session, person: Person, circle_id: int) -> None:
    """Refuse unless the person belongs to the circle, or is an admin.

    Raises:
        NotFound: there is no such circle.
        Forbidden: it is somebody else's.
    """
    circle = _found(session, circle_id)
    if person.role is not Role.admin and not is_member(session, person, circle_id):
        raise Forbidden(f"You do not belong to the circle “{circle.name}”.")


def require_lead(session: Session, person: Person, circle_id: int) -> None:
    """Refuse unless the person is a manager who belongs to the circle or made it, or an admin.

    Raises:
        NotFound: there is no such circle.
        Forbidden: it is not theirs to change.
    """
    circle = _found(session, circle_id)
    person.require(Role.manager)
    theirs = circle.created_by == person.id or is_member(session, person, circle_id)
    if person.role is not Role.admin and not theirs:
        raise Forbidden(
            f"The circle “{circle.name}” is changed by managers who belong to it or made it, or by"
            " an admin."
        )


def create_circle(session: Session, person: Person, name: str, origin: Origin) -> int:
    """Make a circle that the maker belongs to; returns its number.

    Raises:
        InvalidInput: the name is empty or too long.
        Conflict: there is one of this name, in any case.
    """
    circle = make_circle(session, name, person.id)
    session.add(CircleMember(circle_id=circle.id, user_id=person.id))
    record(session, Action.circle_created, person, _called(circle), None, origin)
    return circle.id


def make_circle(session: Session, name: str, by: int | None) -> Circle:
    """Make a circle that nobody belongs to; who may, and the audit log, are the caller's.

    Raises:
        InvalidInput, Conflict: as `create_circle`.
    """
    circle = Circle(created_by=by, created_at=datetime.now(UTC))
    _name(session, circle, name)
    return circle


def rename_circle(
    session: Session, person: Person, circle_id: int, name: str, origin: Origin
) -> None:
    """Give a circle another name.

    Raises:
        NotFound, Forbidden: as `require_lead`.
        InvalidInput, Conflict: as `create_circle`.
    """
    require_lead(session, person, circle_id)
    circle = _found(session, circle_id)
    before = circle.name
    _name(session, circle, name)
    if circle.name != before:
        details = {"before": before}
        record(session, Action.circle_renamed, person, _called(circle), details, origin)


def archive_circle(session: Session, person: Person, circle_id: int, origin: Origin) -> None:
    """Put a circle away; its members and KPIs stay.

    Raises:
        NotFound, Forbidden: as `require_lead`.
    """
    require_lead(session, person, circle_id)
    circle = _found(session, circle_id)
    if circle.archived_at is None:
        circle.archived_at = datetime.now(UTC)
        record(session, Action.circle_archived, person, _called(circle), None, origin)


def restore_circle(session: Session, person: Person, circle_id: int, origin: Origin) -> None:
    """Take a circle out of the archive.

    Raises:
        NotFound, Forbidden: as `require_lead`.
    """
    require_lead(session, person, circle_id)
    circle = _found(session, circle_id)
    if circle.archived_at is not None:
        circle.archived_at = None
        record(session, Action.circle_restored, person, _called(circle), None, origin)


def add_member(
    session: Session, person: Person, circle_id: int, user_id: int, origin: Origin
) -> None:
    """Have somebody belong to a circle; nothing changes for who does already.

    Raises:
        NotFound: there is no such circle or person.
        Forbidden: as `require_lead`.
    """
    require_lead(session, person, circle_id)
    user = _person(session, user_id)
    if session.get(CircleMember, (circle_id, user_id)) is not None:
        return
    session.add(CircleMember(circle_id=circle_id, user_id=user_id))
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("Somebody else changed this circle just now. Look again.") from None
    _record_member(session, Action.member_added, person, circle_id, user, origin)


def remove_member(
    session: Session, person: Person, circle_id: int, user_id: int, origin: Origin
) -> None:
    """Have somebody belong to a circle no more.

    Raises:
        NotFound: there is no such circle or person, or they do not belong to it.
        Forbidden: as `require_lead`.
    """
    require_lead(session, person, circle_id)
    user = _person(session, user_id)
    removed = session.connection().execute(
        delete(CircleMember).where(
            CircleMember.circle_id == circle_id, CircleMember.user_id == user_id
        )
    )
    if removed.rowcount == 0:
        raise NotFound(f"Person {user_id} does not belong to circle {circle_id}.")
    _record_member(session, Action.member_removed, person, circle_id, user, origin)


def _record_member(
    session: Session, action: Action, person: Person, circle_id: int, user: User, origin: Origin
) -> None:
    details = {"member": user.email or user.username, "member_id": user.id}
    record(session, action, person, _called(_found(session, circle_id)), details, origin)


def _found(session: Session, circle_id: int) -> Circle:
    circle = session.get(Circle, circle_id)
    if circle is None:
        raise NotFound(f"There is no circle {circle_id}.")
    return circle


def _person(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"There is no person {user_id}.")
    return user


def _name(session: Session, circle: Circle, name: str) -> None:
    """Set the name; the constraint decides between two who want the same at once."""
    text = " ".join(name.split())
    if not text or len(text) > LONGEST_NAME or any(category(sign) == "Cc" for sign in name):
        raise InvalidInput(
            f"A circle's name has 1 to {LONGEST_NAME} characters, and no control characters."
        )
    circle.name, circle.name_key = text, name_key(text)
    session.add(circle)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a circle “{text}” already. Choose another name.") from None


def _members(session: Session, circle_id: int | None = None) -> dict[int, list[Member]]:
    query = select(CircleMember.circle_id, User).join(User, User.id == CircleMember.user_id)
    if circle_id is not None:
        query = query.where(CircleMember.circle_id == circle_id)
    members: dict[int, list[Member]] = defaultdict(list)
    for circle, user in session.execute(query.order_by(User.username)):
        members[circle].append(Member(user.id, user.full_name or user.username))
    return members


def _team(circle: Circle, members: list[Member]) -> Team:
    archived = circle.archived_at is not None
    return Team(circle.id, circle.name, archived, circle.created_by, circle.created_at, members)


def _called(circle: Circle) -> str:
    return f"circle {circle.id}: {circle.name}"
