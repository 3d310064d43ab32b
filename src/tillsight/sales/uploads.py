"""Files that came in: each has a folder of its own, held by a lock for as long as somebody works.

The lock goes with its process, so that a file whose lock is free is one that nobody is at. A file
that its sender was asked something about is kept for an hour; its token is a secret of theirs.
"""

import json
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from tillsight.errors import NotFound

KEPT_SECONDS = 3600
LET_GO_SECONDS = 5
NOT_KEPT = "This file is not kept any more. Send it again."
HOME_FILE = "home-id"
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class About:
    """Whose a kept file is, what it is called, and the import that it was to be, if any."""

    user_id: int | None
    file_name: str
    import_id: int | None = None


class Upload:
    """A folder that is held; `end` or `leave` lets go of it."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._folder = folder
        self._lock = lock

    @property
    def token(self) -> str:
        """By what it is found again."""
        return self._folder.name

    @property
    def file(self) -> Path:
        """Where the file is, as it was sent."""
        return self._folder / "file"

    @property
    def work(self) -> Path:
        """An empty folder for what the work on it needs."""
        work = self._folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        return work

    def keep(self, about: About) -> None:
        """Have the file stay for a while, for its sender; it is held still, until `leave`."""
        shutil.rmtree(self._folder / "work", ignore_errors=True)
        (self._folder / "about.json").write_text(json.dumps(asdict(about)), encoding="utf-8")

    def leave(self) -> None:
        """Let go of it as it is, for whoever takes it up."""
        self._lock.release()

    def end(self) -> None:
        """Let go of it, and have nothing of it stay."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.release()
        shutil.rmtree(self._folder, ignore_errors=True)  # where an open lock cannot be removed


def id_of(home: Path) -> str:
    """What tells a home folder from those of a shop's other servers, made when first needed."""
    file = home / HOME_FILE
    home.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        made = home / f"{HOME_FILE}.{secrets.token_hex(8)}"
        made.write_text(secrets.token_hex(16), encoding="ascii")
        try:
            if not file.exists():  # of two who make one at once, the first counts
                file.hardlink_to(made)
        finally:
            made.unlink()
    return file.read_text(encoding="ascii").strip()


def new_upload(incoming: Path) -> Upload:
    """An empty folder below `incoming`, held."""
    folder = incoming / secrets.token_hex(16)
    folder.mkdir()
    held = _held(folder)
    if held is None:
        raise RuntimeError("a new folder is held by somebody else")
    return held


def take_up(incoming: Path, token: str) -> Upload | None:
    """Hold the folder of a token; none while another process or thread does.

    Raises:
        NotFound: there is no such folder.
    """
    folder = incoming / token
    if not _TOKEN.fullmatch(token) or not folder.is_dir():
        raise NotFound(NOT_KEPT)
    return _held(folder)


def kept_upload(incoming: Path, token: str, user_id: int | None) -> tuple[Upload, About]:
    """Hold the file that this person's question was about.

    Raises:
        NotFound: it is not kept, not theirs, or they are at it already.
    """
    about = _about(incoming / token) if _TOKEN.fullmatch(token) else None
    if about is None or about.user_id != user_id:
        raise NotFound(NOT_KEPT)
    # Whoever asked the question may be about to let go of it.
    held = _held(incoming / token, LET_GO_SECONDS)
    if held is None:
        raise NotFound(NOT_KEPT)
    (incoming / token / "about.json").unlink(missing_ok=True)
    return held, about


def remove_old(incoming: Path, in_use: set[str]) -> int:
    """Remove files that were kept for their time, and what a crash left; says how many.

    `in_use` are the tokens of imports that are to be taken up.
    """
    oldest = time.time() - KEPT_SECONDS
    removed = 0
    for folder in incoming.iterdir():
        if not _TOKEN.fullmatch(folder.name) or folder.name in in_use:
            continue
        if _last_change(folder) > oldest:
            continue
        if held := _held(folder):
            held.end()
            removed += 1
    return removed


def remove_kept(incoming: Path) -> int:
    """Remove the files that wait for their senders' answers; says how many."""
    removed = 0
    for folder in incoming.iterdir():
        if not (folder / "about.json").exists() or not _TOKEN.fullmatch(folder.name):
            continue
        if held := _held(folder):
            held.end()
            removed += 1
    return removed


def _held(folder: Path, patience: float = 0) -> Upload | None:
    # Taken by one thread and let go of by another.
    lock = FileLock(folder / "lock", thread_local=False)
    try:
        lock.acquire(timeout=patience)
    except (Timeout, OSError):  # held, or the folder went in this moment
        return None
    return Upload(folder, lock)


def _about(folder: Path) -> About | None:
    try:
        return About(**json.loads((folder / "about.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _last_change(folder: Path) -> float:
    times = [0.0]
    for path in (folder, folder / "about.json"):
        with suppress(FileNotFoundError):  # another process may remove it in this moment
            times.append(path.stat().st_mtime)
    return max(times)
