"""Reading modules in leaves the process as it was."""

import gc
from collections.abc import Mapping

import pytest

from tillsight.modules import reading_in, search_seldom


def test_rubbish_is_looked_for_again_whatever_is_read_in() -> None:
    with reading_in():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError), reading_in():
        import tillsight.nothing_of_that_name  # noqa: F401
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_all_objects_are_looked_through_less_often() -> None:
    usual = gc.get_threshold()
    before = full_searches()
    search_seldom()
    try:
        assert 0 < full_searches() <= before / 4
    finally:
        gc.set_threshold(*usual)


def full_searches() -> int:
    """How often all is looked through while many objects come that stay."""
    found: list[int] = []

    def note(phase: str, about: Mapping[str, int]) -> None:
        if phase == "start" and about["generation"] == 2:
            found.append(1)

    gc.freeze()
    gc.collect()
    gc.callbacks.append(note)
    try:
        kept = [[] for _ in range(1_000_000)]
        assert kept
    finally:
        gc.callbacks.remove(note)
        gc.unfreeze()
    return len(found)
