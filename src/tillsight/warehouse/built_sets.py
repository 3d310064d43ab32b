"""Sets of summaries that Spark built, as they lie beside the journal.

    <home>/summaries/
      current.json                  which set counts: put in place by one rename, so all or nothing
      <version>-<id>/order_parts/…  Parquet files, written once and never changed

A set exists from the moment `current.json` names it. What a killed build left, and sets that no
server can be reading any more, are removed by the next build.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from tillsight.sales.folders import durable

FORMAT = 1
"""Raised with every change of what a set holds; a set of another format has to be built again."""
_CURRENT = "current.json"


@dataclass(frozen=True)
class BuiltSet:
    """What a set holds: the sales of `journal` up to `version`, entered at `entered_at` (ISO, UTC).

    `tables` names the files of each table, below the folder of the sets; `imports` has the source
    of the order ids of each import of sales that counts.
    """

    name: str
    before: str | None
    journal: str
    version: int
    entered_at: str | None
    lines: int
    imports: Mapping[int, str]
    tables: Mapping[str, Sequence[str]]


class BuiltSets:
    """The folder of all sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: tuple[tuple[int, int] | None, BuiltSet | None] = (None, None)

    def current(self) -> BuiltSet | None:
        """The set that counts, if there is one; costs one look at the disk while it stays."""
        path = self.folder / _CURRENT
        try:
            found = path.stat()
            mark = found.st_ino, found.st_mtime_ns
            if mark != self._seen[0]:
                self._seen = mark, _read(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        return self._seen[1]

    def begin(self, version: int) -> str:
        """Make the folder of a new set; returns its name."""
        name = f"{version}-{uuid4().hex[:12]}"
        (self.folder / name).mkdir(parents=True)
        return name

    def files_of(self, name: str, table: str) -> list[str]:
        """The Parquet files of a table that was written into a set's folder."""
        found = (self.folder / name / table).rglob("*.parquet")
        return sorted(str(one.relative_to(self.folder)) for one in found)

    def publish(self, made: BuiltSet) -> None:
        """Have a set count from now on."""
        with durable(self.folder / _CURRENT) as path:
            path.write_text(json.dumps({"format": FORMAT, **asdict(made)}, indent=1), "utf-8")

    def clear_away(self, *, keep_earlier: bool = True) -> None:
        """Remove all but the current set and, unless it names people who were erased since, the one
        before it.
        """
        current = self.current()
        kept = set()
        if current:
            kept = {current.name, current.before if keep_earlier else None}
        for one in self.folder.glob("*"):
            if one.is_dir() and one.name not in kept:
                shutil.rmtree(one, ignore_errors=True)


def _read(text: str) -> BuiltSet | None:
    found = json.loads(text)
    if found.pop("format") != FORMAT:
        return None
    imports = {int(one): source for one, source in found.pop("imports").items()}
    return BuiltSet(imports=imports, **found)
