"""The sign-in of older products where the server itself is in trouble."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from shop import Shop
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper
from tillsight.settings import Settings, load_settings

ADA = {"username": "ada", "password": "a long enough password"}


@pytest.fixture
def old(open_shop: Callable[[Settings], Shop], settings: Settings) -> Iterator[TestClient]:
    """Both contracts, with registration open."""
    both = "hm-kpis,product-catalog"
    chosen = load_settings(home=settings.home, compat=both, registration="open")
    shop = open_shop(chosen)
    app = Doorkeeper(create_api(chosen, shop.database, shop.warehouse), chosen, shop.database)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_the_unexpected_has_the_envelope_too(
    old: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the disk is full when the answer is about to leave."""

    def fail(_self: Session) -> None:
        raise OSError("disk full at /var/lib/secret")

    assert old.post("/compat/product-catalog/signup", json=ADA).status_code == 201
    monkeypatch.setattr(Session, "commit", fail)
    for path, envelope in (("hm-kpis/users/login", "message"), ("product-catalog/login", "msg")):
        answer = old.post(f"/compat/{path}", json=ADA)
        assert answer.status_code == 500
        assert list(answer.json()) == [envelope]
        assert "disk" not in answer.text
