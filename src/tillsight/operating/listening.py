"""Which ports of this machine listen for other machines."""

from ipaddress import IPv6Address, ip_address
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTENS = "0A"
"""The state of a listening socket, as Linux writes it."""


def ports_for_others() -> list[int] | None:
    """The TCP ports that listen at more than the machine's own loopback, in order.

    None where the system does not tell (Linux does, in /proc). In a container they are those of
    the container.
    """
    lines = [line for table in TABLES if table.exists() for line in _lines(table)]
    if not lines:
        return None
    listening = [line[1] for line in lines if line[3] == LISTENS]
    places = [place.split(":") for place in listening]
    return sorted({int(port, 16) for address, port in places if not _is_loopback(address)})


def _lines(table: Path) -> list[list[str]]:
    return [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]


def _is_loopback(text: str) -> bool:
    """Of an address as words of 32 bits, each in the machine's own order of bytes."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    address = ip_address(b"".join(words))
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback
