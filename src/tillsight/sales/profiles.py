"""Mappings that people saved: a file with the same header is read by them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import User
from tillsight.accounts.names import name_key
from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import Conflict, InvalidInput, NotFound, UnknownName
from tillsight.sales.choices import DecimalMark, Mapping
from tillsight.sales.layouts import LAYOUTS, DateOrder, Field, FileKind, normal_header
from tillsight.sales.models import ImportProfile

LONGEST_NAME = 50
LONGEST_MAPPING = 60_000  # what a column of text holds on every database, and a little less
RESERVED = frozenset({"mapped", "purchase", "purchases"})
"""Sources of order ids that are none of a profile."""


@dataclass(frozen=True)
class Profile:
    """A saved mapping, with what was chosen for its files; `header` is the whole header of them."""

    id: int
    name: str
    header: Sequence[str]
    mapping: Mapping
    date_order: DateOrder | None
    decimal: DecimalMark | None
    created_at: datetime
    created_by: str | None

    @property
    def header_hash(self) -> str:
        """By which files of this profile are known."""
        return header_hash(self.header)


@dataclass(frozen=True)
class NewProfile:
    """What to save."""

    name: str
    header: Sequence[str]
    mapping: Mapping
    date_order: DateOrder | None = None
    decimal: DecimalMark | None = None


def header_hash(header: Sequence[str]) -> str:
    """A hash of the names of all columns, in order, without what people vary in them."""
    names = json.dumps([normal_header(name) for name in header])
    return hashlib.sha256(names.encode()).hexdigest()


def list_profiles(session: Session) -> list[Profile]:
    """All profiles, by name."""
    query = select(ImportProfile, User).outerjoin(User, User.id == ImportProfile.created_by)
    found = session.execute(query.order_by(ImportProfile.name_key)).all()
    return [_profile(saved, creator) for saved, creator in found]


def all_profiles(database: Database) -> list[Profile]:
    """All profiles, for a file that is about to be read."""
    with database.reading() as session:
        return list_profiles(session)


def named(name: str, profiles: Sequence[Profile]) -> Profile:
    """The profile of a name, in any case.

    Raises:
        InvalidInput: there are no profiles.
        UnknownName: there is none of this name.
    """
    if not profiles:
        raise InvalidInput(f"There is no profile “{name}”: none is saved yet.")
    wanted = name_key(name)
    for one in profiles:
        if name_key(one.name) == wanted:
            return one
    raise UnknownName("profile", name, (one.name for one in profiles))


def save_profile(session: Session, new: NewProfile, user_id: int, origin: Origin) -> Profile:
    """Save a mapping under a name, which becomes the source of the order ids of its files.

    Raises:
        InvalidInput: the name is empty, too long or that of a layout, or the header too long.
        Conflict: there is a profile of this name, in any case.
    """
    name = _checked_name(new.name)
    kept = _kept(new)
    saved = ImportProfile(
        name=name,
        name_key=name_key(name),
        header_hash=header_hash(new.header),
        mapping=kept,
        created_at=datetime.now(UTC),
        created_by=user_id,
    )
    session.add(saved)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a profile “{name}” already. Choose another name.") from None
    user = session.get(User, user_id)
    record(session, Action.import_profile_saved, user, f"profile {saved.id}: {name}", None, origin)
    return _profile(saved, user)


def delete_profile(session: Session, profile_id: int, user_id: int, origin: Origin) -> None:
    """Forget a profile. What was loaded with it stays.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.get(ImportProfile, profile_id)
    if found is None:
        raise NotFound(f"There is no profile {profile_id}.")
    session.delete(found)
    user, subject = session.get(User, user_id), f"profile {found.id}: {found.name}"
    record(session, Action.import_profile_deleted, user, subject, None, origin)


def _kept(new: NewProfile) -> str:
    """A profile as its row has it.

    Raises:
        InvalidInput: its header is too long to be kept.
    """
    kept = json.dumps(
        {
            "kind": new.mapping.kind,
            "columns": new.mapping.columns,
            "header": list(new.header),
            "date_order": new.date_order,
            "decimal": new.decimal,
        }
    )
    if len(kept) > LONGEST_MAPPING:
        raise InvalidInput("The header is too long to be kept in a profile.")
    return kept


def _checked_name(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise InvalidInput(
            f"A profile's name has 1 to {LONGEST_NAME} characters that can be shown."
        )
    taken = {other.casefold() for one in LAYOUTS for other in (one.name, one.label)}
    if text.casefold() in taken | RESERVED:
        raise InvalidInput(f"“{text}” is the name of a layout. Choose another name.")
    return text


def _profile(saved: ImportProfile, creator: User | None) -> Profile:
    kept = json.loads(saved.mapping)
    columns = {name: Field(field) for name, field in kept["columns"].items()}
    return Profile(
        id=saved.id,
        name=saved.name,
        header=kept["header"],
        mapping=Mapping(FileKind(kept["kind"]), columns, saved.name),
        date_order=DateOrder(kept["date_order"]) if kept["date_order"] else None,
        decimal=DecimalMark(kept["decimal"]) if kept["decimal"] else None,
        created_at=saved.created_at,
        created_by=(creator.full_name or creator.username) if creator else None,
    )
