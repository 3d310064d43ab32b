"""How choices are read from an address, whatever stands there."""

import ast
from datetime import date
from pathlib import Path

import pytest

from tillsight.dashboard import filters, texts
from tillsight.dashboard.filters import KEPT
from tillsight.dashboard.periods import Compare, Grain, Preset


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("days", ["ytd"], Preset.year_to_date),
        ("days", ["soon"], Preset.month),
        ("days", [], Preset.month),
        ("compare", ["nothing"], Compare.nothing),
        ("grain", ["week", "day"], Grain.week),
        ("since", ["2024-05-01"], date(2024, 5, 1)),
        ("since", ["2024-02-30"], None),
        ("until", [], None),
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
        == {*KEPT} - {*("days", "since", "until", "compare", "grain")}
    )


def test_no_widget_of_another_page_is_bound_to_a_name_that_is_kept():
    bound = set()
    for path in Path(filters.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                given = {one.arg: one.value for one in call.keywords}
                key = given.get("key")
                if "bind" in given and isinstance(key, ast.Constant):
                    bound.add(key.value)
    assert bound
    assert not bound & {*KEPT}
