"""The older products that asked nobody: ours asks, unless the operator says otherwise."""

from pathlib import Path

import pytest

from tillsight.errors import SetupError
from tillsight.settings import anonymous_warnings, cautions, load_settings

BOTH = "customer-purchases,hm-kpis"


def test_the_server_warns_of_each_contract_that_strangers_may_use(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, compat=BOTH, compat_anonymous=BOTH)
    first, second = anonymous_warnings(settings)
    assert "/compat/customer-purchases" in first
    assert "/compat/hm-kpis" in second
    assert {first, second} <= {*cautions(settings)}
    assert anonymous_warnings(load_settings(home=tmp_path, compat=BOTH)) == []


@pytest.mark.parametrize(
    ("anonymous", "said"),
    [
        ("product-catalog", "no contract “product-catalog”"),
        ("hm-kpi", "Did you mean “hm-kpis”"),
        ("hm-kpis", "which TILLSIGHT_COMPAT does not"),
    ],
)
def test_only_contracts_that_asked_nobody_and_are_on_can_be_named(
    tmp_path: Path, anonymous: str, said: str
) -> None:
    with pytest.raises(SetupError, match=said):
        load_settings(
            home=tmp_path,
            compat="customer-purchases,product-catalog",
            compat_anonymous=anonymous,
        )


def test_an_unknown_contract_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        load_settings(home=tmp_path, compat="hm-kpi,product-catalog")
    assert "TILLSIGHT_COMPAT" in refused.value.message
    assert "Did you mean “hm-kpis”?" in refused.value.message
