"""How choices are read from an address, whatever stands there."""

from datetime import date

import pytest

from tillsight.dashboard import texts
from tillsight.dashboard.filters import KEPT
from tillsight.dashboard.periods import Compare, Grain, Preset


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("period", ["ytd"], Preset.year_to_date),
        ("period", ["soon"], Preset.month),
        ("period", [], Preset.month),
        ("compare", ["nothing"], Compare.nothing),
        ("grain", ["week", "day"], Grain.week),
        ("from", ["2024-05-01"], date(2024, 5, 1)),
        ("from", ["2024-02-30"], None),
        ("to", [], None),
        ("country", ["France", ""], ["France", ""]),
    ],
)
def test_what_an_address_says_is_read_and_nonsense_is_the_usual(name, written, read):
    assert KEPT[name].read(written) == read


def test_every_choice_has_a_label():
    assert list(texts.PRESETS) == [*Preset]
    assert list(texts.COMPARES) == [*Compare]
    assert list(texts.GRAINS) == [*Grain]
    assert (
        set(texts.DIMENSIONS)
        == set(texts.ALL_OF)
        == {*KEPT} - {*("period", "from", "to", "compare", "grain")}
    )
