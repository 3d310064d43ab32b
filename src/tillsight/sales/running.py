"""Imports under way in this process: each in a thread of its own, watched, and taken up again.

A large file takes its time, so large ones wait for one another and small ones do not wait for them.
Whoever works on an import holds the lock of its upload; of one whose lock is free, the process
that was at it is gone, and any server takes it up.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import AWAY_SECONDS, NO_ANSWER, Database, away
from tillsight.errors import (
    Cancelled,
    InvalidInput,
    NoSpace,
    NotFound,
    TillsightError,
    Unavailable,
)
from tillsight.logs import log
from tillsight.sales import states, uploads
from tillsight.sales.choices import Locale
from tillsight.sales.file_hashes import note_hashes
from tillsight.sales.folders import Folders, forget_unnamed
from tillsight.sales.formats.limits import USUAL_LIMITS, Limits
from tillsight.sales.imports import carry_out
from tillsight.sales.kpi_files import KpiRoom
from tillsight.sales.loading import Loading, Outcome
from tillsight.sales.uploads import About, Upload
from tillsight.sales.watch import WAS_CANCELLED, LeftUndone, Progressed, Watch

SMALL = 8_000_000
"""Bytes of a file as it was sent; larger ones are loaded one at a time."""

SMALL_AT_ONCE = 2
TICK_SECONDS = 0.5
LOOK_SECONDS = 3.0
TIDY_SECONDS = 3600.0
STOP_SECONDS = 5.0
MOST_TRIES = 5
"""How often a process takes up an import that the database did not answer to."""
QUESTIONS = frozenset(
    {
        "overlap",
        "ambiguous_dates",
        "ambiguous_numbers",
        "bad_rows",
        "unknown_layout",
        "missing_fields",
    }
)
"""Codes of refusals that whoever loads the file can answer; it is kept for that."""

LEFT_AFTER = timedelta(minutes=10)
"""Silence after which a server that only had to lay out what it loaded is taken for gone."""

GONE = "The server was stopped before the file was loaded, and the file is gone. Load it again."
WAITS_FOR_DATABASE = (
    "The database does not answer at the moment. The file is here, and is loaded once it does."
)

RowsLoaded = Callable[[int, int], None]
LayOut = Callable[[RowsLoaded], object]
"""Waits until questions see what was loaded; told how many rows of how many are laid out."""


@dataclass
class _InHand:
    """An import that a thread of this process is at, or will be."""

    upload: Upload
    loading: Loading
    watch: Watch = field(default_factory=Watch)
    outcome: Future[Outcome] = field(default_factory=Future)
    turn: Future[None] | None = None
    noted: Progressed | None = None


class Running:
    """The imports that this process is at. `start` has it take up those of servers that are gone;
    without that it works off what it is given.
    """

    def __init__(
        self,
        database: Database,
        folders: Folders,
        locale: Locale,
        lay_out: LayOut,
        limits: Limits = USUAL_LIMITS,
        kpis: KpiRoom | None = None,
    ) -> None:
        self._database = database
        self._folders = folders
        self._locale = locale
        self._lay_out = lay_out
        self._limits = limits
        self._kpis = kpis
        self._small = ThreadPoolExecutor(SMALL_AT_ONCE, "import-small")
        self._large = ThreadPoolExecutor(1, "import-large")
        self._in_hand: dict[int, _InHand] = {}
        self._cut_short: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._looks_for_more = False
        self._tending: threading.Thread | None = None
        self._home = uploads.id_of(folders.home)

    def start(self) -> None:
        """Look for imports that nobody is at any more, from now on; and tidy up hourly."""
        self._looks_for_more = True
        self._tend()

    def take(self, upload: Upload, loading: Loading) -> Future[Outcome]:
        """Load a file soon; its row waits already. The upload is let go of in the end.

        The future is that of the load alone; it ends when questions see what was loaded.
        """
        one = _InHand(upload, replace(loading, limits=self._limits, kpis=self._kpis))
        with self._lock:
            self._in_hand[loading.import_id] = one
        pool = self._small if upload.file.stat().st_size <= SMALL else self._large
        one.turn = pool.submit(self._work, one)
        self._tend()
        return one.outcome

    def cancel(self, import_id: int, patience: float) -> None:
        """Have an import stop, whichever server is at it; waits for that a little, if it is here.

        Raises:
            NotFound: there is no such import.
            Conflict: it is loaded already, or has ended.
        """
        states.ask_to_cancel(self._database, import_id)
        with self._lock:
            one = self._in_hand.get(import_id)
        if one is None:
            self._end_elsewhere(import_id)
            return
        one.watch.cancel()
        if one.turn is not None and one.turn.cancel():  # it would not be told before its turn
            error = Cancelled(WAS_CANCELLED)
            self._refuse(one, error)
            self._let_go(import_id)
            one.outcome.set_exception(error)
        wait([one.outcome], patience)

    def _end_elsewhere(self, import_id: int) -> None:
        """An import that another home holds ends at once: its server may be gone for good. If it
        lives it finds that out, and lets go.
        """
        for one in states.unfinished(self._database):
            if one.id == import_id and self._is_elsewhere(one):
                states.end_by(self._database, import_id, Cancelled(WAS_CANCELLED))

    def _is_elsewhere(self, one: states.Interrupted) -> bool:
        """Whether the file of an import lies in the home of another server."""
        return one.order.home not in {"", self._home}

    def stop(self) -> None:
        """End soon: what is not done then waits to be taken up by whichever server starts."""
        self._stopping.set()
        with self._lock:
            under_way = list(self._in_hand.values())
        # Those that wait for their turn would otherwise get it.
        for pool in (self._small, self._large):
            pool.shutdown(wait=False)
        deadline = time.monotonic() + STOP_SECONDS
        wait([one.outcome for one in under_way if not one.watch.is_loaded], STOP_SECONDS / 2)
        while time.monotonic() < deadline:
            left = [one for one in under_way if not one.outcome.done() and not one.watch.is_loaded]
            for one in left:
                one.watch.leave()
            if not left:
                return
            wait([one.outcome for one in left], TICK_SECONDS)

    def _work(self, one: _InHand) -> None:
        import_id = one.loading.import_id
        try:
            outcome = self._load(one)
        except BaseException as error:  # noqa: BLE001  (whoever waits is told)
            self._let_go(import_id)
            one.outcome.set_exception(error)
        else:
            self._let_go(import_id)
            one.outcome.set_result(outcome)

    def _load(self, one: _InHand) -> Outcome:
        try:
            if self._stopping.is_set():
                raise LeftUndone  # noqa: TRY301
            one.watch.go_on()
            states.start(self._database, one.loading.import_id)
            outcome = carry_out(
                self._database,
                self._folders,
                self._locale,
                one.loading,
                one.upload.work,
                one.watch,
            )
        except LeftUndone:
            self._leave(one)
            raise Unavailable(
                "The server is being stopped. The file is loaded once it has started again."
            ) from None
        except NO_ANSWER as error:
            raise self._without_database(one, away(error)) from None
        except Exception as error:
            self._refuse(one, error)
            raise
        self._show(one, outcome)
        one.upload.end()
        return outcome

    def _show(self, one: _InHand, outcome: Outcome) -> None:
        """Have questions see it. It is loaded already, so nothing of this can fail it."""
        try:
            if outcome.added:
                one.watch.lay_out()
                self._lay_out(one.watch.laid_out)
            if outcome.loaded.id == one.loading.import_id:
                states.finish(self._database, outcome.loaded.id)
        except Exception as error:  # noqa: BLE001
            log.warning("loaded, but not laid out yet", error=type(error).__name__)

    def _without_database(self, one: _InHand, told: TillsightError) -> TillsightError:
        """Leave it to be taken up when the database answers again; what whoever waits is told."""
        self._cut_short[one.loading.import_id] += 1
        if isinstance(told, NoSpace) or self._cut_short[one.loading.import_id] == MOST_TRIES:
            self._refuse(one, told)
            return told
        one.upload.leave()
        return Unavailable(WAITS_FOR_DATABASE, retry_after=AWAY_SECONDS)

    def _refuse(self, one: _InHand, error: Exception) -> None:
        try:
            self._note_refusal(one, error)
        except NO_ANSWER:  # whoever takes it up when the database is back refuses it again
            one.upload.leave()

    def _note_refusal(self, one: _InHand, error: Exception) -> None:
        about = About(one.loading.user_id, one.loading.file_name, one.loading.import_id)
        if not isinstance(error, TillsightError):
            log.error("an import broke", exc_info=error)
        elif error.code in QUESTIONS:
            error.details = {
                **error.details,
                "import_id": one.loading.import_id,
                "upload": one.upload.token,
            }
            one.upload.keep(about)
            states.end_by(self._database, one.loading.import_id, error)
            one.upload.leave()
            return
        states.end_by(self._database, one.loading.import_id, error)
        one.upload.end()

    def _leave(self, one: _InHand) -> None:
        states.wait_again(self._database, one.loading.import_id)
        one.upload.leave()

    def _let_go(self, import_id: int) -> None:
        with self._lock:
            self._in_hand.pop(import_id, None)

    def _tend(self) -> None:
        """Have a thread look after what is in hand, if none does."""
        with self._lock:
            if self._tending is None:
                self._tending = threading.Thread(target=self._look, name="imports", daemon=True)
                self._tending.start()

    def _look(self) -> None:
        looked = tidied = -TIDY_SECONDS  # at once
        while not self._stopping.is_set():
            try:
                if self._looks_for_more and time.monotonic() - looked >= LOOK_SECONDS:
                    looked = time.monotonic()
                    self._take_up()
                if self._looks_for_more and time.monotonic() - tidied >= TIDY_SECONDS:
                    tidied = time.monotonic()
                    self._tidy()
                self._stopping.wait(TICK_SECONDS)
                self._note()
            except SQLAlchemyError as error:  # the database is away for a while
                log.warning("imports wait for the database", error=type(error).__name__)
                self._stopping.wait(TICK_SECONDS)
            except Exception as error:  # noqa: BLE001  (whatever it is, the thread goes on)
                log.error("imports could not be looked after", exc_info=error)
                self._stopping.wait(TICK_SECONDS)
            with self._lock:
                if not self._in_hand and not self._looks_for_more:
                    self._tending = None
                    return

    def _note(self) -> None:
        """Write down how far what is in hand is, and stop what is to stop."""
        with self._lock:
            under_way = dict(self._in_hand)
        at = {number: one.watch.progress() for number, one in under_way.items()}
        news = {number: now for number, now in at.items() if now != under_way[number].noted}
        if news:
            states.note(self._database, news)
        for number, now in news.items():
            under_way[number].noted = now
        if under_way:
            for number in states.to_cancel(self._database, under_way):
                under_way[number].watch.cancel()

    def _take_up(self) -> None:
        """Take what nobody is at: its server is gone."""
        for one in states.unfinished(self._database):
            with self._lock:
                known = one.id in self._in_hand
            if known:
                continue
            if not self._is_elsewhere(one):
                self._take_up_one(one)
            elif one.is_done and one.seen_at and datetime.now(UTC) - one.seen_at > LEFT_AFTER:
                states.finish(self._database, one.id)  # loaded, and its server laid out no more

    def _take_up_one(self, one: states.Interrupted) -> None:
        try:
            upload = uploads.take_up(self._folders.incoming, one.order.upload)
        except NotFound:
            self._end_without_file(one)
            return
        if upload is None:
            return  # its server lives
        if one.is_done:
            states.finish(self._database, one.id)
            upload.end()
            return
        if not states.is_unfinished(self._database, one.id):
            upload.leave()  # it ended meanwhile, and its file may be kept for an answer
            return
        if not upload.file.exists() or upload.file.stat().st_size != one.order.size:
            states.end_by(self._database, one.id, InvalidInput(GONE))
            upload.end()
            return
        order = one.order
        loading = Loading(
            upload.file,
            one.file_name,
            one.user_id,
            order.choices,
            order.origin,
            import_id=one.id,
            role=order.role,
        )
        log.info("an interrupted import is taken up", import_id=one.id)
        self.take(upload, loading)

    def _end_without_file(self, one: states.Interrupted) -> None:
        if one.is_done:
            states.finish(self._database, one.id)
        else:
            states.end_by(self._database, one.id, InvalidInput(GONE))

    def _tidy(self) -> None:
        in_use = {one.order.upload for one in states.unfinished(self._database)}
        uploads.remove_old(self._folders.incoming, in_use)
        forget_unnamed(self._database, self._folders)
        note_hashes(self._database, self._folders)
