"""Sets of summaries that Spark built, as they lie beside the journal.

    <home>/summaries/
      current.json                  which set counts: put in place by one rename, so all or nothing
      <version>-<id>/set.json       the same of this set
      <version>-<id>/order_parts/…  Parquet files, written once and never changed
      <version>-<id>/building       until it counts: gone if another build cleared it away

A set exists from the moment `current.json` names it. It may name files of earlier sets, which did
not change. What a killed build left, and files that no server can be reading any more, are
removed by the next build.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.folders import durable
from tillsight.sales.journal import Head

FORMAT = 3
"""Raised with every change of what a set holds; a set of another format has to be built again."""
_CURRENT = "current.json"
_ITSELF = "set.json"
_BUILDING = "building"


@dataclass(frozen=True)
class BuiltSet:
    """What a set holds: the sales of `journal` up to `version`, entered at `entered_at` (ISO, UTC).

    `tables` names the files of each table, below the folder of the sets, with their bytes. Of each
    import of sales that counts, `imports` has the source of its order ids, and `batches` the file
    of its lines. Customers are divided into `buckets`.
    """

    name: str
    before: str | None
    journal: str
    version: int
    entered_at: str | None
    lines: int
    buckets: int
    imports: Mapping[int, str]
    batches: Mapping[int, str]
    tables: Mapping[str, Mapping[str, int]]

    @property
    def files(self) -> dict[str, int]:
        """All its files, with their bytes."""
        return {one: size for files in self.tables.values() for one, size in files.items()}

    def is_of_journal(self, session: Session, head: Head) -> bool:
        """Whether it is of the journal that stands at `head`, and its last entry one of it still.
        Of a database that was put back by other means than ours the journal has the same name, and
        other entries.
        """
        if self.journal != head.journal or self.version > head.version:
            return False
        at = journal.entered_at(session, self.version)
        return self.entered_at == (at and at.isoformat())


class BuiltSets:
    """The folder of all sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: tuple[tuple[int, int] | None, BuiltSet | None] = (None, None)

    def current(self) -> BuiltSet | None:
        """The set that counts, if there is one; costs one look at the disk while it stays."""
        path = self.folder / _CURRENT
        with suppress(FileNotFoundError):
            found = path.stat()
            mark = found.st_ino, found.st_mtime_ns
            if mark != self._seen[0]:
                self._seen = mark, _read(path)
            return self._seen[1]
        return None

    def begin(self, version: int) -> str:
        """Make the folder of a new set; returns its name."""
        name = f"{version}-{uuid4().hex[:12]}"
        (self.folder / name).mkdir(parents=True)
        (self.folder / name / _BUILDING).touch()
        return name

    def is_there(self, name: str) -> bool:
        """Whether a set that was begun was not cleared away since, as another build does."""
        return (self.folder / name / _BUILDING).exists()

    def files_of(self, name: str, table: str, kept: Sequence[Path]) -> dict[str, int]:
        """The Parquet files of a table: those in a set's folder, and those that were kept."""
        found = [*(self.folder / name / table).rglob("*.parquet"), *kept]
        return {str(one.relative_to(self.folder)): one.stat().st_size for one in sorted(found)}

    def damaged(self, found: BuiltSet) -> Iterator[str]:
        """The files of a set that are not there, or not as long as the ones that were written."""
        return (one for one, size in found.files.items() if not self._is_whole(one, size))

    def _is_whole(self, file: str, size: int) -> bool:
        try:
            return (self.folder / file).stat().st_size == size
        except OSError:
            return False

    def publish(self, made: BuiltSet) -> None:
        """Have a set count from now on."""
        told = json.dumps({"format": FORMAT, **asdict(made)}, indent=1)
        for place in (self.folder / made.name / _ITSELF, self.folder / _CURRENT):
            with durable(place) as path:
                path.write_text(told, "utf-8")

    def clear_away(self, *, keep_earlier: bool = True) -> None:
        """Remove all but the files of the current set and, unless it names people who were erased
        since, of the one before it.
        """
        current = self.current()
        kept: set[Path] = set()
        if current:
            kept |= self._files(current)
            if keep_earlier and current.before and (earlier := self._named(current.before)):
                kept |= self._files(earlier)
        for one in self.folder.glob("*"):
            if one.is_dir():
                _remove_others(one, kept)

    def _named(self, name: str) -> BuiltSet | None:
        with suppress(FileNotFoundError):
            return _read(self.folder / name / _ITSELF)
        return None

    def _files(self, one: BuiltSet) -> set[Path]:
        return {self.folder / path for path in (*one.files, f"{one.name}/{_ITSELF}")}


def _remove_others(folder: Path, kept: Collection[Path]) -> None:
    """Remove all files of a folder but some, and folders that are empty then."""
    (folder / _BUILDING).unlink(missing_ok=True)  # first: what is not whole says so
    for path, _folders, files in os.walk(folder, topdown=False):
        for name in files:
            if Path(path, name) not in kept:
                Path(path, name).unlink(missing_ok=True)
        with suppress(OSError):  # it is not empty
            Path(path).rmdir()


def _read(path: Path) -> BuiltSet | None:
    """What a file says of a set; none where it is damaged, or of another format."""
    told = path.read_bytes()
    try:
        found = json.loads(told)
        if found.pop("format") != FORMAT:
            return None
        for by_import in ("imports", "batches"):
            found[by_import] = {int(one): said for one, said in found[by_import].items()}
        return BuiltSet(**found)
    except (ValueError, LookupError, TypeError, AttributeError):
        log.error("the file that names the summaries is damaged", file=path.name)
        return None
