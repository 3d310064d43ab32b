"""Where the files of the journal are kept, and how they come here to be read.

Batches, files of hidden orders, rejected rows and the key of erasures are written once, under names
that are never used again. All servers of a shop keep them in one place: a folder that each of them
sees, or a bucket that speaks S3. Whoever works with them has them below `root`: in the folder
itself, or in copies of what the bucket has, made when they are first read.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlsplit

from tillsight.errors import JournalAway, SetupError
from tillsight.logs import log
from tillsight.sales.copies import Copies
from tillsight.sales.disk import full_disk_told

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, S3FileSystem

MARK = "journal.json"
"""File of a place that says whose journal it is."""
COPIES = "cache"
"""Folder of the home for copies of what a bucket has."""
COPIES_BYTES = 5_000_000_000
"""Bytes that copies may take, unless the settings say otherwise."""
AT_ONCE = 8
"""Files that are fetched side by side."""
BLOCK = 1 << 24
CONNECT_SECONDS = 5
LOOKED_EVERY = 10.0
"""Seconds for which it is taken as known whether a bucket answers."""
ANSWERS_WITHIN = 1.0
"""Seconds that whoever wants to know waits for it."""
_SAID = (
    ("no_such_bucket", "there is no such bucket"),
    (
        "access_denied|forbidden|access_key|signature|credentials|http response code: 40[13]",
        "it refuses the key of AWS_ACCESS_KEY_ID, or lets that one not read and write there",
    ),
    ("network|curlcode|timeout|timed out|resolve", "nothing answers there"),
    ("redirect|region|301", "it lies in another region; name that in AWS_REGION"),
)
"""What the S3 library says, in small letters, and what that means."""


@dataclass(frozen=True)
class Seen:
    """A file that is kept: where it is to be read, its bytes, and when it was last changed, in
    nanoseconds.
    """

    path: Path
    size: int
    changed_ns: int


class JournalFiles(Protocol):
    """The place of a journal. Files go by their path below `root`, be they there or not."""

    @property
    def root(self) -> Path:
        """Folder below which files are written and read."""

    def reading(self, files: Iterable[Path] = ()) -> AbstractContextManager[None]:
        """Have these files be there, unless the place lacks them; all that are there stay for as
        long as this is open.

        Raises:
            JournalAway: the place does not answer.
            NoSpace: the disk has no room for copies.
        """

    def keep(self, file: Path) -> None:
        """Have every server see a file that was written whole; done within `reading`.

        Raises:
            JournalAway: the place takes nothing. The file is gone then.
        """

    def remove(self, file: Path) -> None:
        """Have a file be gone, if it is there."""

    def seen(self, file: Path) -> Seen | None:
        """The file as the place has it now."""

    def listed(self, folder: Path) -> list[Seen]:
        """What the place has in a folder."""

    def fresh(self, file: Path) -> AbstractContextManager[Path | None]:
        """The file as the place has it now, to be read for a while; none if it has none."""

    def renew(self, files: Iterable[Path]) -> bool:
        """Fetch files once more whose copies may be damaged, within `reading`; no if what is read
        are no copies.

        Raises:
            JournalAway: the place does not answer.
            NoSpace: the disk has no room for copies.
        """

    def forget_others(self, named: AbstractSet[str]) -> None:
        """Let go of copies whose names are not among these."""

    def answers(self) -> bool:
        """Whether files can be read and kept there now."""


class FolderFiles:
    """A folder that every server sees: the home, or one of its own (`is_shared`)."""

    def __init__(self, root: Path, *, is_shared: bool) -> None:
        self.root = root
        self._is_shared = is_shared

    def reading(self, files: Iterable[Path] = ()) -> AbstractContextManager[None]:
        if any(True for _ in files) and not self.answers():
            raise JournalAway
        return nullcontext()

    def keep(self, file: Path) -> None:
        if file.name != MARK and not self.answers():
            file.unlink(missing_ok=True)
            raise JournalAway

    def remove(self, file: Path) -> None:
        file.unlink(missing_ok=True)

    def seen(self, file: Path) -> Seen | None:
        try:
            found = file.stat()
        except OSError:
            return None
        return Seen(file, found.st_size, found.st_mtime_ns)

    def listed(self, folder: Path) -> list[Seen]:
        found = (self.seen(one) for one in folder.iterdir() if one.is_file())
        return [one for one in found if one]

    def fresh(self, file: Path) -> AbstractContextManager[Path | None]:
        return nullcontext(file if file.is_file() else None)

    def renew(self, files: Iterable[Path]) -> bool:
        del files
        return False

    def forget_others(self, named: AbstractSet[str]) -> None:
        del named

    def answers(self) -> bool:
        # A folder of the network that is not mounted is an empty one of this machine.
        return not self._is_shared or (self.root / MARK).is_file()


class BucketFiles:
    """A bucket that speaks S3, or a part of one; `root` is a folder for copies of what it has, of
    which `most_bytes` may stay.
    """

    def __init__(self, address: str, root: Path, most_bytes: int) -> None:
        self.root = root
        self._address = address
        self._copies = Copies(root, most_bytes)
        self._base = f"{urlsplit(address).netloc}{urlsplit(address).path}".rstrip("/")
        self._look: Future[bool] | None = None
        self._looked_at = 0.0
        self._lock = Lock()

    @cached_property
    def _s3(self) -> "S3FileSystem":
        # Reading pyarrow.fs in takes a while that only who has a bucket should spend.
        from pyarrow.fs import S3FileSystem

        options = dict(parse_qsl(urlsplit(self._address).query))
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return S3FileSystem(
            region=options.get("region") or region,
            scheme=options.get("scheme"),
            endpoint_override=options.get("endpoint_override"),
            connect_timeout=CONNECT_SECONDS,
            allow_delayed_open=True,  # a file of some megabytes is one PUT
        )

    @contextmanager
    def reading(self, files: Iterable[Path] = ()) -> Iterator[None]:
        with self._copies.staying():
            with full_disk_told():
                self._bring(files)
            yield

    def keep(self, file: Path) -> None:
        try:
            self._send(file)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        self._copies.note_more()

    def _send(self, file: Path) -> None:
        # It is there at once and whole, when the stream is closed.
        with (
            _told(),
            file.open("rb") as source,
            self._s3.open_output_stream(self._key(file)) as target,
        ):
            while block := source.read(BLOCK):
                target.write(block)
        found = self.seen(file)
        if found is None or found.size != file.stat().st_size:
            raise JournalAway

    def remove(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        with _told(), suppress(FileNotFoundError):
            self._s3.delete_file(self._key(file))

    def seen(self, file: Path) -> Seen | None:
        with _told():
            found = self._s3.get_file_info(self._key(file))
        return self._as_seen(found)

    def listed(self, folder: Path) -> list[Seen]:
        from pyarrow.fs import FileSelector

        with _told():
            found = self._s3.get_file_info(FileSelector(self._key(folder), allow_not_found=True))
        return [one for one in map(self._as_seen, found) if one]

    @contextmanager
    def fresh(self, file: Path) -> Iterator[Path | None]:
        with self.reading(), self._copies.part_of(file) as part:
            yield part if self._fetched(file, part) else None

    def renew(self, files: Iterable[Path]) -> bool:
        with full_disk_told():
            for file in files:
                self._bring_one(file)
        return True

    def forget_others(self, named: AbstractSet[str]) -> None:
        self._copies.forget_others(named)

    def answers(self) -> bool:
        with self._lock:
            if self._look is None or time.monotonic() - self._looked_at > LOOKED_EVERY:
                self._looked_at = time.monotonic()
                self._look = Future()
                # One that hangs holds up nobody, and is not waited for at the end of the process.
                Thread(target=self._look_into, args=(self._look,), daemon=True).start()
            look = self._look
        try:
            return look.result(ANSWERS_WITHIN)
        except TimeoutError:
            return False

    def _look_into(self, look: Future[bool]) -> None:
        try:
            look.set_result(self.seen(self.root / MARK) is not None)
        except Exception:  # noqa: BLE001  (whatever it is, it does not answer)
            look.set_result(False)

    def require(self) -> None:
        """Does nothing if the bucket is there and answers.

        Raises:
            SetupError: it is not, or does not.
        """
        from pyarrow.fs import FileType

        bucket = self._base.partition("/")[0]
        try:
            found = self._s3.get_file_info(bucket)
        except OSError as error:
            raise _unusable(reason(error)) from None
        if found.type is FileType.NotFound:
            raise _unusable("there is no such bucket")

    def _bring(self, files: Iterable[Path]) -> None:
        missing = self._copies.missing(files)
        if len(missing) == 1:
            self._bring_one(missing[0])
        elif missing:
            with ThreadPoolExecutor(AT_ONCE, "journal") as pool:
                list(pool.map(self._bring_one, missing))

    def _bring_one(self, file: Path) -> None:
        with self._copies.part_of(file) as part:
            if self._fetched(file, part):
                part.replace(file)
                self._copies.note_more()
            else:
                file.unlink(missing_ok=True)

    def _fetched(self, file: Path, part: Path) -> bool:
        """Fetch a file; no if the bucket has none."""
        with _told():
            try:
                source = self._s3.open_input_stream(self._key(file))
            except FileNotFoundError:
                return False
            with source, part.open("wb") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())  # a copy that has its name is whole, whatever happens
        return True

    def _as_seen(self, found: "FileInfo") -> Seen | None:
        if not found.is_file:
            return None
        path = self.root / found.path.removeprefix(f"{self._base}/")
        return Seen(path, found.size, found.mtime_ns or 0)

    def _key(self, file: Path) -> str:
        return f"{self._base}/{file.relative_to(self.root).as_posix()}"


@cache
def journal_files(home: Path, journal: str, copies_bytes: int = COPIES_BYTES) -> JournalFiles:
    """The place that the setting `journal` names: empty, the home itself."""
    if not journal:
        return FolderFiles(home, is_shared=False)
    if "://" in journal:
        return BucketFiles(journal, home / COPIES, copies_bytes)
    return FolderFiles(Path(journal), is_shared=True)


def reason(error: OSError) -> str:
    """Why a bucket cannot be used; what the library says quotes addresses and names."""
    said = str(error).lower()
    return next((why for words, why in _SAID if re.search(words, said)), "it failed")


@contextmanager
def _told() -> Iterator[None]:
    """What a bucket answers wrongly is told as that; what this machine's disk says stays as it is.

    Raises:
        JournalAway: it does not answer, or refuses.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if "AWS" not in str(error) and "curl" not in str(error):
            raise
        why = reason(error)
        log.warning("the journal's bucket cannot be used", why=why)
        raise JournalAway from None


def _unusable(why: str) -> SetupError:
    return SetupError(
        f"TILLSIGHT_JOURNAL: the bucket it names cannot be used: {why}. Nothing was changed."
        " docs/deploying.md, “Several servers”, says what it takes."
    )
