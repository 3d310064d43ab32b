"""People with a username and a password, made and changed over HTTP, and what speaks for them."""

from dataclasses import dataclass

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

    def key(self, server: Server, role: str) -> dict[str, str]:
        """Headers of a new key of theirs."""
        body = {"name": f"{role} key", "role": role}
        made = httpx2.post(f"{server.url}/api/users/me/keys", json=body, headers=self.headers)
        assert made.status_code == 201, made.text
        return {"X-API-Key": made.json()["key"]}


def account(server: Server, owner: httpx2.Client, username: str, **changes: object) -> Account:
    """Somebody who signed up and signed in, and of whom the owner then changed this."""
    base, body = f"{server.url}/compat/product-catalog", credentials(username)
    assert httpx2.post(f"{base}/signup", json=body).status_code == 201
    headers = bearer(httpx2.post(f"{base}/login", json=body).json()["access_token"])
    me = httpx2.get(f"{server.url}/api/users/me", headers=headers).json()
    if changes:
        owner.patch(f"/api/users/{me['id']}", json=changes).raise_for_status()
    return Account(me["id"], username, headers)


def credentials(username: str) -> dict[str, str]:
    """The body of a sign-up or sign-in."""
    return {"username": username, "password": PASSWORD}


def bearer(token: str) -> dict[str, str]:
    """Headers with a token."""
    return {"Authorization": f"Bearer {token}"}
