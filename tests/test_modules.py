"""Reading modules in leaves the process as it was."""

import gc

import pytest

from tillsight.modules import reading_in


def test_rubbish_is_looked_for_again_whatever_is_read_in() -> None:
    with reading_in():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError), reading_in():
        import tillsight.nothing_of_that_name  # noqa: F401
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
