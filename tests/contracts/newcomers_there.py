"""People of a really started server, made over HTTP, and tokens of theirs that do not count."""

import time
from dataclasses import dataclass
from typing import Any

import httpx2
import jwt

from contracts.people import bearer
from serving import Server

PASSWORD = "SecurePass123"


@dataclass(frozen=True)
class Someone:
    """Somebody with an account; `token` is theirs."""

    id: int
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.token)


def register(server: Server, name: str, **more: object) -> httpx2.Response:
    body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **more}
    return httpx2.post(f"{server.url}/api/auth/register", json=body)


def login(server: Server, email: str, password: str = PASSWORD) -> httpx2.Response:
    body = {"email": email, "password": password}
    return httpx2.post(f"{server.url}/api/auth/login", json=body)


def joined(server: Server, owner: httpx2.Client, name: str, **changes: object) -> Someone:
    """Somebody who registered, verified and signed in, and of whom the owner then changed this."""
    made = register(server, name).json()
    verify = {"verification_token": made["verification_token"]}
    httpx2.post(f"{server.url}/api/auth/verify-email", params=verify)
    someone = Someone(
        made["user"]["id"],
        made["user"]["email"],
        login(server, made["user"]["email"]).json()["access_token"],
    )
    if changes:
        owner.patch(f"/api/users/{someone.id}", json=changes).raise_for_status()
    return someone


def worthless(server: Server, token: str) -> dict[str, str]:
    """A token made of this one for each way in which it can be worth nothing."""
    key = (server.home / "secret.key").read_text().strip()
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    header = {"typ": jwt.get_unverified_header(token)["typ"]}
    as_it_was = jwt.encode(claims, key, "HS256", header)
    assert httpx2.get(f"{server.url}/api/users/me", headers=bearer(as_it_was)).status_code == 200
    past = claims | {"exp": int(time.time()) - 1}
    return {
        "expired": jwt.encode(past, key, "HS256", header),
        "forged": jwt.encode(claims, "another key of thirty-two letters", "HS256", header),
        "unsigned": jwt.encode(claims, None, "none", header),
        "garbage": "x.y.z",
        "words": "no token at all",
    }
