"""Files of values that are loaded, undone and redone while people type: on every database."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

from sqlalchemy import select

from kpi_room import Room, require_unbroken
from tillsight.accounts.audit import TERMINAL
from tillsight.kpis.changes import Cause
from tillsight.kpis.holding import hold_one
from tillsight.kpis.spans import read_period
from tillsight.kpis.value_files import kpi_room
from tillsight.kpis.values import write
from tillsight.kpis.words import Periodicity, Why
from tillsight.sales.choices import Choices, Locale
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.kpi_files import Loader, ValueFiles
from tillsight.sales.loading import Loading
from tillsight.sales.models import Import
from tillsight.sales.undo import redo, undo

MONTHS = [f"2026-{month:02}" for month in range(1, 7)]
LOADERS, TYPISTS, ROUNDS = 4, 2, 2


class AtOnce:
    """Three KPIs, and what people do to them in threads."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.database, self.editor = room.database, room.people["editor"].id
        self.kpis = [room.kpi() for _ in range(3)]
        self.functions = kpi_room(room.database, lambda: room.today)
        self.folder, self.folders = folder, Folders(folder / "home")
        self.values = ValueFiles(self.functions, Loader(self.editor), self.folders)
        self.ready = Barrier(LOADERS + TYPISTS)
        self.loaded: list[int] = []

    def load(self, number: int) -> None:
        """Load files, undo some, redo the last."""
        dice = random.Random(number)
        self.ready.wait(timeout=60)
        for turn in range(ROUNDS):
            file = self.folder / f"{number}-{turn}.csv"
            rows = [(one, month) for one in self.kpis for month in dice.sample(MONTHS, 3)]
            lines = [f"{one},{month},{dice.randint(1, 99)}" for one, month in rows]
            file.write_text("\n".join(["kpi,period,value", *lines]))
            loading = Loading(file, file.name, self.editor, Choices(), kpis=self.functions)
            locale = Locale("UTC", "CHF")
            mine = load(self.database, self.folders, locale, loading).loaded.id
            self.loaded.append(mine)
            if turn:
                self.undo(mine)
        redo(self.database, mine, self.editor, TERMINAL, values=self.values)

    def type(self, number: int) -> None:
        """Write over values by hand."""
        dice = random.Random(1000 + number)
        self.ready.wait(timeout=60)
        for _ in range(10):
            with self.database.writing() as session:
                kpi = hold_one(session, dice.choice(self.kpis))
                start = read_period(Periodicity.monthly, dice.choice(MONTHS))
                value = Decimal(dice.randint(100, 199))
                write(session, kpi, start, value, "", Cause(Why.typed, self.editor))

    def undo(self, import_id: int) -> None:
        """Take an import back."""
        undo(self.database, import_id, self.editor, TERMINAL, self.values)

    def in_force(self) -> list[int]:
        """The imports that count."""
        query = select(Import.id).where(Import.id.in_(self.loaded), Import.in_force.is_not(None))
        with self.database.reading() as session:
            return list(session.scalars(query))


def test_nothing_is_lost_and_all_undone_leaves_what_was_typed(room: Room, tmp_path: Path) -> None:
    at_once = AtOnce(room, tmp_path)
    with ThreadPoolExecutor(LOADERS + TYPISTS) as pool:
        work = [pool.submit(at_once.load, one) for one in range(LOADERS)]
        work += [pool.submit(at_once.type, one) for one in range(TYPISTS)]
        for one in work:
            one.result(timeout=120)
    for kpi_id in at_once.kpis:
        require_unbroken(room.log_of(kpi_id), room.values_of(kpi_id))
    counting = at_once.in_force()
    assert len(counting) >= LOADERS
    for import_id in counting:
        at_once.undo(import_id)
    for kpi_id in at_once.kpis:
        log = room.log_of(kpi_id)
        require_unbroken(log, room.values_of(kpi_id))
        typed = {one.period_start: one.after for one in log if one.why is Why.typed}
        assert room.values_of(kpi_id) == typed
