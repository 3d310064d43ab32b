"""The way from the server to its operational database: whether others can read along."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from tillsight.database import Database
from tillsight.settings import LOOPBACK

CHECKS_CERTIFICATE = frozenset({"verify-ca", "verify-full"})


@dataclass(frozen=True)
class Way:
    """How the database is reached.

    `here`: it is on this machine. `encrypted`: over TLS. `certain`: and its certificate is checked,
    so that nobody can step between.
    """

    here: bool
    encrypted: bool
    certain: bool


def way_to(database: Database) -> Way:
    """How the database is reached, asked of a connection.

    Raises:
        SQLAlchemyError: it cannot be reached.
    """
    url = database.engine.url
    kind = url.get_backend_name()
    if kind == "sqlite":
        return Way(here=True, encrypted=False, certain=False)
    host = url.host or url.query.get("host") or ""
    here = "unix_socket" in url.query or str(host).startswith("/") or str(host) in {"", *LOOPBACK}
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if kind == "postgresql":
            encrypted = bool(driver.pgconn.ssl_in_use)
            # It may come from the address or from the environment (PGSSLMODE, PGSSLROOTCERT).
            known = driver.info.get_parameters()
            system = known.get("sslrootcert") == "system"
            certain = system or known.get("sslmode") in CHECKS_CERTIFICATE
        else:
            cipher = connection.execute(text("SHOW STATUS LIKE 'Ssl_cipher'")).one()
            encrypted = bool(cipher[1])
            certain = encrypted and driver.ctx.verify_mode.name == "CERT_REQUIRED"
    return Way(here=here, encrypted=encrypted, certain=encrypted and certain)
