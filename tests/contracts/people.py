"""People with a username and a password, made and changed over HTTP, and what speaks for them."""

from dataclasses import dataclass
from typing import Any

import httpx2

from serving import Server

PASSWORD = "a long enough password"
NO_USERNAMES = ("somebody@example.com", "x" * 151, "\u0430d\u0430", "a\x00b", "a\nb")
"""An address, too long, letters of another alphabet among ours, and what cannot be printed."""


@dataclass(frozen=True)
class Account:
    """Somebody with an account; `headers` are those of their session."""

    id: int
    username: str
    headers: dict[str, str]


def key_of(http: httpx2.Client, headers: dict[str, str], role: str) -> dict[str, str]:
    """Headers of a new key of whoever these speak for."""
    made = http.post("/api/users/me/keys", json={"name": "a key", "role": role}, headers=headers)
    assert made.status_code == 201, made.text
    return {"X-API-Key": made.json()["key"]}


def account(server: Server, owner: httpx2.Client, username: str, **changes: object) -> Account:
    """Somebody who signed up and signed in, and of whom the owner then changed this."""
    base, body = "/compat/product-catalog", credentials(username)
    with httpx2.Client(base_url=server.url) as http:
        assert http.post(f"{base}/signup", json=body).status_code == 201
        headers = bearer(http.post(f"{base}/login", json=body).json()["access_token"])
        me = http.get("/api/users/me", headers=headers).json()
    if changes:
        owner.patch(f"/api/users/{me['id']}", json=changes).raise_for_status()
    return Account(me["id"], username, headers)


def credentials(username: str) -> dict[str, str]:
    """The body of a sign-up or sign-in."""
    return {"username": username, "password": PASSWORD}


def bearer(token: str) -> dict[str, str]:
    """Headers with a token."""
    return {"Authorization": f"Bearer {token}"}


def said(answer: httpx2.Response) -> tuple[int, str, Any]:
    """Status, content type and body of an answer."""
    kind = answer.headers["content-type"]
    return answer.status_code, kind, answer.json() if "json" in kind else answer.text
