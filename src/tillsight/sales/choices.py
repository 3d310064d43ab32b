"""What whoever loads a file may decide about it; everything else is read from the file."""

from dataclasses import dataclass, field
from enum import StrEnum

from tillsight.sales.layouts import DateOrder, Field, FileKind


class Overlap(StrEnum):
    """What becomes of orders that earlier imports of the same source hold: refuse and tell, leave
    them out, have them take the place of the earlier ones, or add their rows to them.
    """

    ask = "ask"
    skip = "skip"
    supersede = "replace"  # "replace" is a method of every text
    add = "add"


class DecimalMark(StrEnum):
    """What separates the whole part of a number from the rest."""

    point = "point"
    comma = "comma"


@dataclass(frozen=True)
class Mapping:
    """Which column of a file (by its name in the header) holds which field, for a file that no
    layout fits. `source` names where its order ids are from, such as the profile's name.
    """

    kind: FileKind
    columns: dict[str, Field]
    source: str = "mapped"


@dataclass(frozen=True)
class Choices:
    """The decisions; those left out are taken from the file, or asked for where it is in doubt.

    `copy` adds content that is loaded already once more. `profile` is the name of a saved mapping.
    With `layout`, the name of one of ours, the file is read by that one, whatever else it may be.
    """

    skip_bad_rows: bool = False
    overlap: Overlap = Overlap.ask
    copy: bool = False
    date_order: DateOrder | None = None
    decimal: DecimalMark | None = None
    mapping: Mapping | None = field(default=None)
    profile: str | None = None
    layout: str | None = None


USUAL_CHOICES = Choices()


@dataclass(frozen=True)
class Locale:
    """What a shop's own settings say of its files: times with an offset are taken to `timezone`,
    and all money is in `currency`, a code of three letters.
    """

    timezone: str
    currency: str
