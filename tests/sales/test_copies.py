"""Copies of files that are kept elsewhere: which stay, and which go."""

import os
from pathlib import Path
from threading import Event, Thread

import pytest

from tillsight.sales.copies import Copies

ROUNDS = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cache" / "sales"
    made.mkdir(parents=True)
    return made


def test_copies_that_another_process_removes_fail_nobody(folder: Path) -> None:
    copies = Copies(folder.parent, 10**9)
    ended = Event()

    def come_and_go() -> None:
        files = [folder / f"{number}.parquet" for number in range(50)]
        while not ended.is_set():
            for file in files:
                file.touch()
            for file in files:
                file.unlink(missing_ok=True)

    other = Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(ROUNDS):
            with copies.staying():
                copies.note_more()
    finally:
        ended.set()
        other.join()
    assert [*folder.iterdir()] == []


def test_those_go_that_were_not_read_for_longest(folder: Path) -> None:
    copies = Copies(folder.parent, 2)
    files = [folder / name for name in "abc"]
    for order, file in enumerate(files):
        file.write_bytes(b"x")
        os.utime(file, (order, order))
    assert copies.missing([files[0], folder / "d"]) == [folder / "d"]
    with copies.staying():
        copies.note_more()
    assert {file.name for file in folder.iterdir()} == {"a", "c"}
