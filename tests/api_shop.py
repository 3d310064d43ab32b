"""The API of a shop, and somebody of each role to ask as."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from shop import HEADER, Shop, temporary_shop
from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import Role, SessionKind, User
from tillsight.accounts.passwords import hash_password
from tillsight.accounts.sessions import Origin, access_token, open_session
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper

PASSWORD = "a long enough password"

SALES = HEADER + (
    "1,p1,Pen,2,2024-01-05 10:00:00,10,c1,France\n"
    "1,p2,Cup,1,2024-01-05 11:00:00,5,c1,France\n"
    "2,p1,Pen,1,2024-02-06 09:00:00,10,c2,EIRE\n"
    "3,p2,Cup,3,2024-02-07 09:00:00,5,,\n"
    "C4,p1,Pen,-1,2024-02-08 09:00:00,10,c1,France\n"
)


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)  # slow by design: once for all who are added


def add_person(session: Session, email: str, role: Role) -> User:
    """Somebody active and verified, whose password is `PASSWORD`."""
    user = User(
        email=email,
        username=email.split("@", maxsplit=1)[0],
        password_hash=_password_hash(),
        role=role,
        is_active=True,
        is_verified=True,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    session.flush()
    return user


def signed_in(session: Session, shop: Shop, user: User) -> str:
    """The token of a new session; only that the password is not asked for sets it apart."""
    opened = open_session(session, user, SessionKind.api, Origin("testclient"))
    record(session, Action.sign_in, user, "", {"kind": "api"}, Origin("testclient"))
    return access_token(shop.settings, opened)


@dataclass
class Api:
    """The API of a shop, and headers of people who are signed in."""

    shop: Shop
    client: TestClient
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_(self, role: str) -> dict[str, str]:
        """Headers of somebody with this role, who is added and signed in when first needed."""
        if role not in self.headers:
            email = f"{role}@example.com"
            with self.shop.database.writing() as session:
                token = signed_in(session, self.shop, add_person(session, email, Role(role)))
            self.headers[role] = {"Authorization": f"Bearer {token}"}
        return self.headers[role]

    def get(self, path: str, role: str = "viewer", **parameters: Any) -> Any:
        """The JSON of a successful GET."""
        answer = self.client.get(path, params=parameters, headers=self.as_(role))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, text: str | bytes, role: str = "editor", query: str = "", name: str = "a.csv"):
        """Upload a sales file."""
        return self.client.post(
            f"/api/imports{query}", files={"file": (name, text)}, headers=self.as_(role)
        )


@contextmanager
def api_of(shop: Shop) -> Iterator[Api]:
    """The API of a shop."""
    app = create_api(shop.settings, shop.database, shop.warehouse)
    door = Doorkeeper(app, shop.settings, shop.database)
    with TestClient(door, raise_server_exceptions=False) as client:
        yield Api(shop, client)


@contextmanager
def shared_api(*files: str) -> Iterator[Api]:
    """The API of a shop with these files, for tests that only read."""
    with temporary_shop() as shop, api_of(shop) as api:
        for file in files:
            assert api.upload(file).status_code == 201
        yield api
