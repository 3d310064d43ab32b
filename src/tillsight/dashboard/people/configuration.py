"""The settings as tables: pure functions."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight import languages
from tillsight.dashboard import texts
from tillsight.dashboard.tables import Cell, Rows, listed

GROUPS = {
    "shop": ("shop_name", "logo", "currency", "timezone", "country"),
    "server": (
        "url",
        "host",
        "port",
        "environment",
        "home",
        "database_url",
        "journal",
        "journal_cache",
        "summaries",
        "public_docs",
        "trusted_proxies",
        "cors_origins",
        "compat",
        "compat_anonymous",
        "compat_passwordless",
        "requests_per_minute",
        "question_seconds",
        "stop_seconds",
        "warehouse_memory",
        "workers",
        "allowed_hosts",
        "database_connections",
        "database_recycle_seconds",
        "max_upload",
        "max_unpacked",
        "max_body",
        "stranger_requests_per_minute",
        "expected_ports",
        "secrets_folder",
        "keep_undone_days",
        "keep_audit_days",
    ),
    "watching": (
        "log_level",
        "log_format",
        "log_file",
        "log_file_megabytes",
        "log_files_kept",
        "slow_question_seconds",
        "metrics_token",
        "prometheus_url",
        "traces_endpoint",
    ),
    "people": (
        "registration",
        "registration_domains",
        "registration_role",
        "access_token_minutes",
        "secret_key",
    ),
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}


def warnings(found: Sequence[str]) -> str:
    """What should be changed, as a list."""
    lines = "".join(f"<li>{escape(languages.said(one))}</li>" for one in found)
    return f'<ul class="warnings">{lines}</ul>'


def grouped(settings: Rows) -> list[tuple[str, Rows]]:
    """The settings by what they are about; one that nobody placed stands at the end."""
    groups: dict[str, list[Mapping[str, Any]]] = {
        group: [] for group in texts.SETTING_GROUPS.values()
    }
    for one in settings:
        groups.setdefault(_group(one["name"]), []).append(one)
    other = groups.pop(texts.OTHER_SETTINGS, [])
    found = [*groups.items(), (texts.OTHER_SETTINGS, other)]
    return [(group, members) for group, members in found if members]


def table(settings: Rows) -> str:
    """Settings with their values."""
    lines = [
        [
            Cell(
                f'<span><span class="name">{escape(label(one["name"]))}</span>'
                f'<span class="by quiet">{_about(one)}</span>'
                f"<code>{escape(one['variable'])}</code></span>",
                texts.SETTING,
                "file setting",
            ),
            Cell(_value(one), texts.VALUE, "value"),
        ]
        for one in settings
    ]
    return listed(lines, ["" for _ in settings])


def label(name: str) -> str:
    """The name of a setting in words."""
    return texts.SETTING_LABELS.get(name) or name.replace("_", " ").capitalize()


def _group(name: str) -> str:
    by_prefix = texts.SETTING_PREFIXES.get(name.split("_", maxsplit=1)[0], texts.OTHER_SETTINGS)
    return texts.SETTING_GROUPS[GROUP_OF[name]] if name in GROUP_OF else by_prefix


def _about(one: Mapping[str, Any]) -> str:
    """What a setting does, commands and values as the documents write them."""
    said = escape(languages.said(one["description"]))
    return re.sub("`([^`]+)`", r"<kbd>\1</kbd>", said)


def _value(one: Mapping[str, Any]) -> str:
    if one["is_secret"]:
        text = texts.SECRET_UNSET if one["is_default"] else texts.SECRET_SET
        return f'<span class="quiet">{text}</span>'
    if one["value"] is None:
        return f'<span class="quiet">{texts.NOT_SET}</span>'
    mark = f'<span class="mark">{texts.IS_DEFAULT}</span>' if one["is_default"] else ""
    return f"<span>{escape(languages.said(one['value']))}{mark}</span>"
