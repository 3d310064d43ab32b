"""Which address a real server takes a client to have."""

from pathlib import Path

import httpx2

from serving import EMAIL, PASSWORD, Server, serving


def addresses_seen(server: Server) -> set[str | None]:
    """What the sessions of sign-ins with such headers are listed under."""
    body = {"email": EMAIL, "password": PASSWORD}
    for headers in ({"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "evil, 203.0.113.9"}):
        httpx2.post(f"{server.url}/api/auth/login", json=body, headers=headers).raise_for_status()
    with server.client() as client:
        sessions = client.get("/api/auth/sessions").json()["sessions"]
    return {one["address"] for one in sessions if not one["is_current"]}


def test_what_a_stranger_writes_into_a_header_is_no_address(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert addresses_seen(server) == {"127.0.0.1"}


def test_what_a_proxy_of_ours_writes_is(tmp_path: Path) -> None:
    with serving(tmp_path, TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.1") as server:
        assert addresses_seen(server) == {"203.0.113.9"}
