"""Addresses of older databases that lead nowhere."""

import pytest

from serving import free_port
from tillsight.errors import SetupError
from tillsight.migrating.older import NO_ADDRESS, NO_ANSWER, Schema, older_database

ANY = Schema("till", {"sales": ("id",)}, {})


def refused(address: str) -> str:
    """What is said of an address; never a part of it."""
    with pytest.raises(SetupError) as told, older_database(address, ANY):
        pass
    assert told.value.__cause__ is None
    assert "secret" not in told.value.message
    return told.value.message


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_server_that_is_not_there_is_told_without_the_address(kind: str) -> None:
    for host in (f"127.0.0.1:{free_port()}", "secret.invalid"):
        assert refused(f"{kind}://me:secret@{host}/secret") == NO_ANSWER
    assert refused(f"{kind}://me:secret@127.0.0.1/secret?secret=secret") == NO_ANSWER


@pytest.mark.parametrize(
    "text",
    ["", "secret", "sqlite:///secret.db", "mysql://me:secret@host:secret/name", "mysql://secret"],
)
def test_what_is_no_address_is_told(text: str) -> None:
    assert refused(text) == NO_ADDRESS
