"""A really started server that answers the clients of all older products."""

from collections.abc import Iterator

import httpx2
import pytest

from serving import Server, serving

ALL = "customer-purchases,hm-kpis,kpi-circles,product-catalog"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own for each file of tests; its tests share what they write to it."""
    home = tmp_path_factory.mktemp("old")
    with serving(home, COMPAT=ALL, REGISTRATION="open", MAIL="console") as server:
        yield server


@pytest.fixture(scope="module")
def owner(old: Server) -> Iterator[httpx2.Client]:
    """An admin, whose token counts at every door."""
    with old.client() as client:
        yield client
