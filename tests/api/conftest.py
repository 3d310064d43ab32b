"""Fixtures of the tests over the API."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api_shop import Api
from newcomers import with_settings
from shop import Shop
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper


@pytest.fixture(scope="session")
def real(retailer: Shop) -> Iterator[Api]:
    """The API of the shop with the real data set; tests only read it."""
    app = create_api(retailer.settings, retailer.database, retailer.warehouse)
    with TestClient(Doorkeeper(app, retailer.settings, retailer.database)) as client:
        yield Api(retailer, client)
    app.state.fits.close()


@pytest.fixture
def open_api(api: Api) -> Api:
    """Registration is open, mails are printed."""
    return with_settings(api, registration="open", mail="console")
