"""The way to the database: what the driver really does, at databases that can TLS."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from databases import DATABASE_HOST
from proxies import certificate
from tillsight.database import Database
from tillsight.errors import SetupError
from tillsight.operating.checklist import ITEMS, Outcome
from tillsight.operating.database_way import Way, way_to
from tillsight.settings import Settings
from tls import before_postgres

NO_FILE = "its file of certificates to trust is not there"
ITEM = next(one for one in ITEMS if one.name == "database_tls")


@pytest.fixture(scope="module")
def postgres_address(postgres: Callable[[str], str], database_certificate: Path) -> Iterator[URL]:
    """A PostgreSQL behind TLS: the one of the tests is built without it."""
    local = make_url(postgres("way"))
    key = database_certificate.parent / "key.pem"
    with before_postgres(str(local.query["host"]), database_certificate, key) as port:
        # libpq knows the name of the certificate, and where that is.
        yield local.set(host=DATABASE_HOST, port=port, query={"hostaddr": "127.0.0.1"})


@pytest.fixture(scope="module")
def mariadb_address(mariadb: Callable[[str], str]) -> Iterator[URL]:
    """A MariaDB that can TLS, under the name in its certificate."""
    known = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **named: known(
                "127.0.0.1" if host == DATABASE_HOST else host, *more, **named
            ),
        )
        yield make_url(mariadb("way")).set(host=DATABASE_HOST)


@contextmanager
def opened(address: URL, **query: str) -> Iterator[Database]:
    database = Database(address.update_query_dict(query).render_as_string(hide_password=False))
    try:
        yield database
    finally:
        database.close()


def told(database: Database, settings: Settings) -> Outcome:
    return ITEM.look(settings, database)


def test_postgresql_over_tls(
    postgres_address: URL, database_certificate: Path, settings: Settings, tmp_path: Path
) -> None:
    authority = str(database_certificate)
    for mode in ("verify-full", "verify-ca"):
        with opened(postgres_address, sslmode=mode, sslrootcert=authority) as database:
            database.upgrade()
            assert way_to(database) == Way(here=False, encrypted=True, certain=True)
            assert told(database, settings).passed
    for mode in ("prefer", "require"):
        with opened(postgres_address, sslmode=mode) as database:
            assert way_to(database) == Way(here=False, encrypted=True, certain=False)
            found = told(database, settings)
            assert "nobody checks" in found.found
            assert "sslmode=verify-full" in found.advice
    nowhere = str(tmp_path / "nowhere.pem")
    asking = {"sslmode": "verify-full", "sslrootcert": nowhere}
    with opened(postgres_address, **asking) as database, pytest.raises(SetupError, match=NO_FILE):
        database.upgrade()
    with opened(postgres_address, sslmode="disable") as database:
        assert way_to(database) == Way(here=False, encrypted=False, certain=False)
        assert not told(database, settings).passed
    stranger, _ = certificate(tmp_path, DATABASE_HOST)
    for query in (
        {"sslmode": "verify-full", "sslrootcert": str(stranger)},
        {"sslmode": "verify-full", "sslrootcert": authority, "host": "other.example.com"},
    ):
        with opened(postgres_address, **query) as database:
            with pytest.raises(SetupError, match="a certificate that nobody trusts"):
                database.upgrade()
            assert "does not answer" in told(database, settings).found


def test_mariadb_over_tls(
    mariadb_address: URL, database_certificate: Path, settings: Settings, tmp_path: Path
) -> None:
    authority = str(database_certificate)
    elsewhere = mariadb_address.set(host="127.0.0.1")
    with opened(mariadb_address, ssl_ca=authority) as database:
        database.upgrade()
        assert way_to(database) == Way(here=False, encrypted=True, certain=True)
        assert told(database, settings).passed
    with opened(elsewhere, ssl_ca=authority, ssl_check_hostname="false") as database:
        assert way_to(database) == Way(here=True, encrypted=True, certain=True)
    with opened(mariadb_address) as database:
        assert way_to(database) == Way(here=False, encrypted=True, certain=False)
        found = told(database, settings)
        assert "nobody checks" in found.found
        assert "ssl_ca=" in found.advice
    with opened(mariadb_address, ssl_disabled="true") as database:
        assert way_to(database) == Way(here=False, encrypted=False, certain=False)
        assert not told(database, settings).passed
    nowhere = str(tmp_path / "nowhere.pem")
    with (
        opened(mariadb_address, ssl_ca=nowhere) as database,
        pytest.raises(SetupError, match=NO_FILE),
    ):
        database.upgrade()
    stranger, _ = certificate(tmp_path, DATABASE_HOST)
    for address, ca in ((mariadb_address, stranger), (elsewhere, database_certificate)):
        with opened(address, ssl_ca=str(ca)) as database:
            with pytest.raises(SetupError, match="a certificate that nobody trusts"):
                database.upgrade()
            assert "does not answer" in told(database, settings).found


def test_on_this_machine_nobody_reads_along(
    postgres: Callable[[str], str], settings: Settings, tmp_path: Path
) -> None:
    for address in (f"sqlite:///{tmp_path / 'new.db'}", postgres("way_here")):
        with opened(make_url(address)) as database:
            assert way_to(database).here
            assert told(database, settings).passed
    assert not (tmp_path / "new.db").exists()
