"""A client of the older product kpi-circles, in front of a shop of ours."""

from collections.abc import Mapping
from typing import Any

from starlette.testclient import TestClient

from api_shop import PASSWORD
from shop import Shop
from tillsight.accounts.models import Role, User
from tillsight.accounts.users import add_user, find_user
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper
from tillsight.settings import Settings, load_settings

BASE = "/compat/kpi-circles"
GATEKEEPER = "User is not a gatekeeper. Unauthorized Access"
INACTIVE = "User is not active. Unauthorized Access"


class Old(TestClient):
    """Asks as the older product's front end did; what `native` sends goes to our own API."""

    shop: Shop

    def person(self, role: str, name: str = "") -> dict[str, str]:
        """Headers of somebody of this role, signed in through the contract."""
        email = f"{name or role}@example.com"
        with self.shop.database.writing() as session:
            if find_user(session, email) is None:
                add_user(session, email, PASSWORD, Role(role))
        return bearer(self.sign_in(email)["access_token"])

    def sign_in(self, email: str) -> dict[str, Any]:
        """What a login answers."""
        answer = self.ask("POST", "/login", json={"email": email, "password": PASSWORD})
        assert answer[0] == 200, answer
        return answer[1]

    def ask(
        self, method: str, path: str, who: Mapping[str, str] | None = None, **more: Any
    ) -> tuple[int, Any]:
        """Status and JSON of an answer of the contract."""
        answer = self.request(method, BASE + path, headers=who, **more)
        return answer.status_code, answer.json()

    def native(
        self, method: str, path: str, who: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        """The JSON of our own API, which has to agree."""
        answer = self.request(method, path, headers=who, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def change(self, username: str, **values: object) -> None:
        """Change an account behind everybody's back."""
        with self.shop.database.writing() as session:
            user = session.query(User).filter_by(username=username).one()
            for field, value in values.items():
                setattr(user, field, value)


def old_client(shop: Shop, settings: Settings, **given: object) -> Old:
    """The contract over a shop, whose settings are these besides."""
    chosen = load_settings(home=settings.home, compat="kpi-circles", **given)
    app = Doorkeeper(create_api(chosen, shop.database, shop.warehouse), chosen, shop.database)
    client = Old(app, raise_server_exceptions=False, follow_redirects=False)
    client.shop = shop
    return client


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
