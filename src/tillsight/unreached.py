"""Why the operational database cannot be opened, in words for whoever runs the server.

Drivers tell it in sentences that quote addresses and paths; of them only what kind it is goes on.
"""

from sqlalchemy.exc import SQLAlchemyError

_SAID: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("resolve host", "name or service not known", "getaddrinfo", "nodename nor servname"),
        "its host is not known",
    ),
    (
        ("password", "access denied", "role ", "pg_hba.conf"),
        "its server refuses the user or the password",
    ),
    (
        ("certificate file",),
        "its file of certificates to trust is not there, or may not be read",
    ),
    (
        ("does not exist", "unknown database"),
        "its server has no database of that name",
    ),
    (
        ("too many", "connection slots"),
        "its server takes no more connections",
    ),
    (
        ("certificate", "ssl", "tls"),
        "its server does not encrypt as asked for, or shows a certificate that nobody trusts",
    ),
    (
        ("refused", "timed out", "timeout", "unreachable", "no route", "no such file"),
        "nothing answers at its host and port",
    ),
    (
        ("unable to open database file", "readonly database", "read-only"),
        "its file or the folder around it may not be written",
    ),
    (
        ("not a database", "malformed"),
        "its file is no SQLite database, or is damaged",
    ),
    (("locked",), "another process keeps it locked"),
    (("is full", "no space", "i/o error"), "the disk is full or damaged"),
)
"""What drivers say, in small letters; the first that is found tells the reason."""


def reason(error: SQLAlchemyError | OSError) -> str:
    """What kept the database from being opened; the name of the error where nobody knows it.

    An `OSError` is PyMySQL's, which reads the certificates to trust before it goes anywhere.
    """
    of_certificates = isinstance(error, OSError)
    said = "certificate file" if of_certificates else str(getattr(error, "orig", None) or "")
    found = (why for words, why in _SAID if any(word in said.lower() for word in words))
    return next(found, type(error).__name__)
