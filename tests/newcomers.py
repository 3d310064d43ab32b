"""People on their way in, over the API of a shop."""

from typing import Any

from starlette.testclient import TestClient

from api_shop import Api
from tillsight import jobs
from tillsight.accounts import letters, links
from tillsight.accounts.models import Purpose
from tillsight.accounts.users import find_user
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper
from tillsight.settings import Settings, load_settings

JOHN = {
    "email": "John@Example.com",
    "username": "johndoe",
    "password": "SecurePass123",
    "full_name": "John van Doe",
}


def with_settings(api: Api, **changed: object) -> Api:
    """The same shop under other settings."""
    settings: Settings = load_settings(home=api.shop.settings.home, **changed)
    app = create_api(settings, api.shop.database, api.shop.warehouse)
    door = Doorkeeper(app, settings, api.shop.database)
    return Api(api.shop, TestClient(door, raise_server_exceptions=False), api.headers)


def post(api: Api, path: str, body: object = None, role: str = "", **query: str) -> Any:
    headers = api.as_(role) if role else {}
    return api.client.post(path, json=body, params=query, headers=headers)


def login(api: Api, name: str, password: str = JOHN["password"]) -> Any:
    return post(api, "/api/auth/login", {"email": name, "password": password})


def send_mails(api: Api) -> None:
    """Do what a worker would."""
    handlers = letters.handlers(api.client.app._app.state.settings, api.shop.database)  # type: ignore[attr-defined]
    while jobs.run_due(api.shop.database, handlers):
        pass


def token(api: Api, purpose: Purpose, login: str) -> str:
    """A new link's secret, as a mail would hold it."""
    with api.shop.database.writing() as session:
        user = find_user(session, login)
        assert user is not None
        return links.issue(session, purpose, user.id)
