"""Whether somebody watches this server: its figures are read, and alarms are raised.

The server notes when its figures were read, as the time of a file in the home folder: a command
is another process, and there may be several servers.
"""

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

READ_FILE = "metrics-read"
NOTED_EVERY = 30.0  # seconds
WAITS = 5.0  # seconds, for Prometheus
OUR_RULES = "Tillsight"
"""How the names of the alerts of docs/alerts.yml begin."""


def note_read(home: Path) -> None:
    """Note that the figures were read now; at most twice a minute."""
    passed = seconds_since_read(home)
    if passed is None or not 0 <= passed < NOTED_EVERY:
        (home / READ_FILE).touch()


def seconds_since_read(home: Path) -> float | None:
    """Seconds since the figures were read; None if they never were."""
    try:
        return time.time() - (home / READ_FILE).stat().st_mtime
    except FileNotFoundError:
        return None


def missing_alerts(prometheus: str) -> list[str]:
    """What an alarm still lacks at the Prometheus of this address; nothing if it would be heard.

    That is our rules, and an Alertmanager that it tells.
    """
    try:
        groups = _asked(f"{prometheus}/api/v1/rules?type=alert")["groups"]
        rules = [rule["name"] for group in groups for rule in group["rules"]]
        managers: Sequence[object] = _asked(f"{prometheus}/api/v1/alertmanagers")[
            "activeAlertmanagers"
        ]
    except (URLError, OSError, HTTPException, ValueError, KeyError, TypeError):
        return ["an answer of Prometheus"]
    found = [] if any(name.startswith(OUR_RULES) for name in rules) else ["the rules"]
    return found if managers else [*found, "an Alertmanager"]


def _asked(address: str) -> Mapping[str, Any]:
    with urlopen(address, timeout=WAITS) as answer:  # noqa: S310  (settings take http(s) alone)
        found: Mapping[str, Any] = json.load(answer)["data"]
    return found
