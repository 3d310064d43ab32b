"""Whether an address is served over TLS with a certificate that browsers trust."""

import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

WAITS = 5.0  # seconds


def trusted_until(url: str) -> datetime | None:
    """When the certificate of an https address ends; None if none is shown that is trusted.

    Trusted are the authorities of this machine, or those of SSL_CERT_FILE.
    """
    address = urlsplit(url)
    name = address.hostname or ""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((name, address.port or 443), WAITS) as plain,
            context.wrap_socket(plain, server_hostname=name) as secure,
        ):
            shown = secure.getpeercert() or {}
    except (OSError, UnicodeError):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
