"""Fixtures of the tests over the API."""

import pytest

from api_shop import Api
from newcomers import with_settings


@pytest.fixture
def open_api(api: Api) -> Api:
    """Registration is open, mails are printed."""
    return with_settings(api, registration="open", mail="console")
