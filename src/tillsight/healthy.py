"""Asks the server of this machine whether it is well: for a container's health check.

It reads next to nothing, because it is run twice a minute: a command of `tillsight` takes a second
and a half of processor time to begin.
"""

import json
import os
import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 8
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104


def main() -> None:
    """Exit with 0 where the server and its database answer, else with 1; say how the server is.

    A full disk, or sales that are being laid out, are no reason to start it again: it is then
    `degraded`, and answers what it can.
    """
    host = os.environ.get("TILLSIGHT_HOST", "")
    port = int(os.environ.get("TILLSIGHT_PORT") or 8000)
    try:
        found = health("127.0.0.1" if host in EVERYWHERE else host, port)
        said, well = found["status"], found["database"] == "connected"
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        said, well = f"nothing answers at port {port}", False
    sys.stdout.write(f"{said}\n")
    sys.exit(not well)


def health(host: str, port: int) -> dict[str, object]:
    """What the server says of itself.

    Raises:
        OSError, HTTPException, ValueError: it does not answer, or another program does.
    """
    connection = HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/api/health", headers={"Host": "localhost"})
        found: dict[str, object] = json.load(connection.getresponse())
    finally:
        connection.close()
    return found


if __name__ == "__main__":
    main()
