"""Where backups lie: a folder that holds many and shares what is the same, or one tar file.

In both a content is kept under its hash. A backup exists from the moment its manifest does, which
is written last; what a killed one left is found by its hash and used by the next.
"""

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from tillsight.errors import Conflict, NotFound, SetupError
from tillsight.operating import manifests
from tillsight.operating.manifests import Manifest
from tillsight.sales.folders import durable, file_digest

MARK = "tillsight-backups"
MANIFEST = "manifest.json"
BLOCK = 1 << 20
_NO_BACKUP = "{place} is no backup, or is damaged."
OWNER_ONLY = 0o600
Place = Callable[[Path, Path], object]
"""Makes of a file another one: a copy, or a hard link."""


class Damaged(SetupError):
    """Something in a backup is not what it was."""


class Store(Protocol):
    """Where a backup is being put."""

    @property
    def latest(self) -> Manifest | None:
        """The latest backup that is there and whose manifest is whole."""

    @property
    def added_bytes(self) -> int:
        """Bytes of the contents that were not there before."""

    def has(self, digest: str) -> bool:
        """Whether a content is there, and whole."""

    def put(self, content: bytes) -> str:
        """Keep a content; gives its hash."""

    def put_file(self, file: Path, digest: str) -> None:
        """Keep the content of a file, which has this hash."""

    def finish(self, manifest: Manifest) -> None:
        """From now on the backup is there."""


class Kept(Protocol):
    """Where backups are read from."""

    def names(self) -> list[str]:
        """The names of the backups that are there, oldest first."""

    def manifest(self, name: str) -> Manifest:
        """What a backup holds; raises `SetupError` if that is damaged."""

    def read(self, digest: str) -> bytes:
        """A content; raises `Damaged` if it is not what it was."""

    def take_out(self, digest: str, target: Path) -> None:
        """Write a content to a file; raises `Damaged` if it is not what it was."""

    def file_of(self, digest: str, folder: Path) -> Path:
        """A file with a content, put into `folder` if there is none; raises `Damaged`."""

    def damage(self, digest: str) -> str | None:
        """What is wrong with a content, if anything is."""


class FolderStore:
    """Backups side by side: `files/` has contents by their hash, `backups/` the manifests."""

    def __init__(self, folder: Path, place: Place = shutil.copyfile) -> None:
        self._folder = folder
        self._place = place
        self._whole: set[str] = set()
        self.added_bytes = 0

    @property
    def latest(self) -> Manifest | None:
        for name in reversed(self.names()):
            with suppress(SetupError):
                return self.manifest(name)
        return None

    def names(self) -> list[str]:
        return sorted(one.stem for one in (self._folder / "backups").glob("*.json"))

    def manifest(self, name: str) -> Manifest:
        return manifests.read((self._folder / "backups" / f"{name}.json").read_bytes())

    def has(self, digest: str) -> bool:
        if digest not in self._whole and self.damage(digest) is None:
            self._whole.add(digest)
        return digest in self._whole

    def put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        if not self.has(digest):
            with self._new(digest) as target:
                target.write_bytes(content)
        return digest

    def put_file(self, file: Path, digest: str) -> None:
        if not self.has(digest):
            with self._new(digest) as target:
                self._place(file, target)

    def finish(self, manifest: Manifest) -> None:
        folder = self._folder / "backups"
        folder.mkdir(exist_ok=True)
        with durable(folder / f"{manifest.name}.json") as target:
            target.write_bytes(manifests.written(manifest))
            target.chmod(OWNER_ONLY)

    def read(self, digest: str) -> bytes:
        return _checked(_read_or_none(self._path(digest)), digest)

    def take_out(self, digest: str, target: Path) -> None:
        with suppress(FileNotFoundError):
            shutil.copyfile(self._path(digest), target)
        if not target.exists() or file_digest(target) != digest:
            raise Damaged(_damage(digest))

    def file_of(self, digest: str, folder: Path) -> Path:
        del folder
        return self._path(digest)

    def damage(self, digest: str) -> str | None:
        path = self._path(digest)
        if not path.exists():
            return f"is missing (file {_short(digest)})"
        return None if file_digest(path) == digest else f"is damaged (file {_short(digest)})"

    def forget(self, name: str) -> None:
        """Remove a backup; its contents stay until `remove_unused`."""
        (self._folder / "backups" / f"{name}.json").unlink(missing_ok=True)

    def remove_unused(self) -> None:
        """Remove the contents that no backup names, such as a killed one left."""
        used = {digest for name in self.names() for digest in self.manifest(name).digests()}
        for file in (self._folder / "files").glob("*/*"):
            if file.name not in used:
                file.unlink()

    @contextmanager
    def _new(self, digest: str) -> Iterator[Path]:
        """A file to write a content to; it appears under its hash if it has that."""
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        with durable(path) as target:
            target.unlink(missing_ok=True)
            yield target
            if target.stat().st_nlink == 1:  # a link is a file of the home
                target.chmod(OWNER_ONLY)
            if file_digest(target) != digest:
                raise Damaged("What was copied is not what was read. Check the disks, then repeat.")
        self.added_bytes += path.stat().st_size
        self._whole.add(digest)

    def _path(self, digest: str) -> Path:
        return self._folder / "files" / digest[:2] / digest


class TarStore:
    """One backup in one file, which appears when it is whole."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._in_it: set[str] = set()
        self.added_bytes = 0

    @property
    def latest(self) -> Manifest | None:
        return None

    def has(self, digest: str) -> bool:
        return digest in self._in_it

    def put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        if not self.has(digest):
            self._add(_member(digest), content)
            self.added_bytes += len(content)
            self._in_it.add(digest)
        return digest

    def put_file(self, file: Path, digest: str) -> None:
        if not self.has(digest):
            entry = tarfile.TarInfo(_member(digest))
            with file.open("rb") as content:
                entry.size = os.fstat(content.fileno()).st_size
                self._tar.addfile(entry, content)
            self.added_bytes += entry.size
            self._in_it.add(digest)

    def finish(self, manifest: Manifest) -> None:
        self._add(MANIFEST, manifests.written(manifest))

    def _add(self, name: str, content: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        self._tar.addfile(entry, io.BytesIO(content))


class TarKept:
    """The backup in a tar file."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

        content = self._content(MANIFEST)
        if content is None:
            raise Damaged(_NO_BACKUP.format(place=tar.name))
        self._manifest = manifests.read(content)

    def names(self) -> list[str]:
        return [self._manifest.name]

    def manifest(self, name: str) -> Manifest:
        del name
        return self._manifest

    def read(self, digest: str) -> bytes:
        return _checked(self._content(_member(digest)), digest)

    def take_out(self, digest: str, target: Path) -> None:
        with self._opened(_member(digest)) as content, target.open("wb") as file:
            shutil.copyfileobj(content, file, BLOCK)
        if file_digest(target) != digest:
            raise Damaged(_damage(digest))

    def file_of(self, digest: str, folder: Path) -> Path:
        file = folder / digest
        if not file.exists():
            self.take_out(digest, file)
        return file

    def damage(self, digest: str) -> str | None:
        try:
            with self._opened(_member(digest)) as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except (Damaged, tarfile.TarError, OSError):
            return f"is missing (file {_short(digest)})"
        return None if found == digest else f"is damaged (file {_short(digest)})"

    def _content(self, name: str) -> bytes | None:
        try:
            with self._opened(name) as content:
                return content.read()
        except (Damaged, tarfile.TarError, OSError):
            return None

    @contextmanager
    def _opened(self, name: str) -> Iterator[io.BufferedIOBase]:
        try:
            content = self._tar.extractfile(name)
        except KeyError:
            content = None
        if content is None:
            raise Damaged(_damage(name.rpartition("/")[2]))
        with content:
            yield content  # type: ignore[misc]  # a buffered reader


@contextmanager
def writing_to(place: Path, copy: Place = shutil.copyfile) -> Iterator[Store]:
    """Where a new backup goes: a folder, or a tar file if its name says so.

    Raises:
        Conflict: another backup is being made there, or the tar file is there already.
        SetupError: there is something else.
    """
    if is_tar(place):
        with _alone(place.with_name(f"{place.name}.lock")), _new_tar(place) as store:
            yield store
        return
    if (
        place.exists()
        and not (place / MARK).exists()
        and (not place.is_dir() or any(place.iterdir()))
    ):
        raise SetupError(
            f"{place} holds something else than backups. Name an empty folder, or one that backups"
            " were made to before."
        )
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(place / "lock"):
        (place / MARK).touch()
        for left in place.glob("files/*/*.tmp"):
            left.unlink()
        yield FolderStore(place, copy)


@contextmanager
def reading_from(place: Path) -> Iterator[Kept]:
    """The backups at a place.

    Raises:
        NotFound: there are none.
        Damaged: what is there cannot be read.
    """
    if place.is_dir() and (place / MARK).exists():
        yield FolderStore(place)
        return
    if not place.is_file():
        raise NotFound(f"There is no backup at {place}.")
    try:
        with tarfile.open(place, "r:") as tar:
            yield TarKept(tar)
    except tarfile.TarError:
        raise Damaged(_NO_BACKUP.format(place=place)) from None


def is_tar(place: Path) -> bool:
    """Whether a backup of this name is one file."""
    return place.suffix == ".tar"


@contextmanager
def _new_tar(place: Path) -> Iterator[TarStore]:
    if place.exists():
        raise Conflict(
            f"{place} is there already. Name another file, or a folder for many backups."
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with durable(place) as target:
        target.unlink(missing_ok=True)  # of one that was killed
        target.touch(OWNER_ONLY)
        with tarfile.open(target, "w") as tar:
            yield TarStore(tar)
        _refuse_damaged(target)


def _refuse_damaged(tar: Path) -> None:
    with reading_from(tar) as kept:
        [name] = kept.names()
        for digest in kept.manifest(name).digests():
            if kept.damage(digest):
                raise Damaged(
                    "What was written is not what was read. Check the disks, then repeat."
                )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise Conflict("Another backup is being made there. Wait until it is done.") from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        held.release()


def _read_or_none(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _checked(content: bytes | None, digest: str) -> bytes:
    if content is None or hashlib.sha256(content).hexdigest() != digest:
        raise Damaged(_damage(digest))
    return content


def _member(digest: str) -> str:
    return f"files/{digest}"


def _damage(digest: str) -> str:
    return (
        f"File {_short(digest)} of the backup is missing or damaged. Run tillsight verify on it,"
        " and take another backup."
    )


def _short(digest: str) -> str:
    return digest[:12]
