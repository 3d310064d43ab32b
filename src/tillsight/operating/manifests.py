"""What a backup holds, as a small file of JSON that says its own checksum."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from tillsight.errors import SetupError
from tillsight.operating.dumps import DumpedTable

FORMAT = 1


class Folder(StrEnum):
    """Where a file of a backup belongs, below the home."""

    sales = "sales"
    rejects = "rejects"
    logo = "logo"
    home = "."


@dataclass(frozen=True)
class KeptFile:
    """A file in a backup: its name at home, the hash of its content, its bytes, and when it was
    last changed, in nanoseconds.
    """

    folder: Folder
    name: str
    digest: str
    size: int
    changed_ns: int


@dataclass(frozen=True)
class Manifest:
    """A backup. `made_at` is when it was begun: every write acknowledged before is in it.

    `settings` are those that are not the usual ones, as text; `secrets` names those that are set
    and not in it. `missing` are files that the journal names and that were not there.
    """

    name: str
    made_at: datetime
    product_version: str
    database: str
    revision: str
    journal: str
    journal_version: int
    tables: list[DumpedTable]
    files: list[KeptFile]
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def table(self, name: str) -> DumpedTable | None:
        """A table of this backup; an older release may not have had it."""
        return next((one for one in self.tables if one.name == name), None)

    def digests(self) -> set[str]:
        """The hashes of all it consists of."""
        return {one.digest for one in self.files} | {
            part for table in self.tables for part in table.parts
        }


def written(manifest: Manifest) -> bytes:
    """The manifest as it lies in a backup."""
    content = {"format": FORMAT, **asdict(manifest), "made_at": manifest.made_at.isoformat()}
    content["checksum"] = _checksum(content)
    return json.dumps(content, indent=1).encode()


def read(text: bytes) -> Manifest:
    """The manifest that was written.

    Raises:
        SetupError: it is damaged, or of a newer Tillsight.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        checksum = content.pop("checksum")
    except (ValueError, KeyError, AttributeError):
        raise SetupError("The list of what a backup holds is damaged.") from None
    if content.get("format", 0) > FORMAT:
        raise SetupError("The backup was made by a newer Tillsight. Install that one first.")
    if checksum != _checksum(content):
        raise SetupError("The list of what a backup holds was changed or is damaged.")
    if any(Path(one["name"]).name != one["name"] for one in content["files"]):
        raise SetupError("The list of what a backup holds names files outside of it.")
    del content["format"]
    content["made_at"] = datetime.fromisoformat(content["made_at"])
    content["tables"] = [DumpedTable(**one) for one in content["tables"]]
    content["files"] = [
        KeptFile(**{**one, "folder": Folder(one["folder"])}) for one in content["files"]
    ]
    return Manifest(**content)


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
