"""People, sessions, keys and the audit log as lines of tables: pure functions."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.people import audit_words
from tillsight.dashboard.tables import Cell, Rows, button, listed

One = Mapping[str, Any]


def name_of(person: One) -> str:
    """What to call somebody."""
    return str(person["full_name"] or person["username"])


def state_of(person: One) -> str:
    """The state of an account: a name of `texts.STATES`."""
    if not person["is_active"]:
        return "inactive"
    return "active" if person["is_verified"] else "unverified"


def role_name(role: str) -> str:
    """A role in words."""
    return texts.ROLES.get(role, role)


def users(people: Rows, circles: Mapping[int, Sequence[str]], own_id: int, timezone: str) -> str:
    """Accounts, each with a button; `circles` are the names of those each belongs to."""
    lines = [
        [
            Cell(_person(one, own_id), texts.PERSON, "file"),
            Cell(escape(role_name(one["role"])), texts.ROLE),
            Cell(escape(", ".join(circles.get(one["id"], ())) or formats.NOTHING), texts.CIRCLES),
            Cell(_state(state_of(one)), texts.STATE),
            Cell(_moment(one["last_login"], timezone, texts.NEVER), texts.LAST_SIGN_IN, "when"),
            Cell(
                button(
                    str(one["id"]),
                    texts.MANAGE,
                    texts.MANAGE_TITLE.format(name=name_of(one)),
                ),
                "",
                "action",
            ),
        ]
        for one in people
    ]
    return listed(lines, [state_of(one) for one in people])


def sessions(found: Rows, timezone: str) -> str:
    """Where somebody is signed in; any but the session in use can be ended."""
    lines = [
        [
            Cell(_device(one), texts.DEVICE, "file"),
            Cell(_moment(one["created_at"], timezone), texts.SIGNED_IN_AT),
            Cell(_moment(one["last_seen_at"] or one["created_at"], timezone), texts.LAST_SEEN),
            Cell(escape(one["address"] or formats.NOTHING), texts.ADDRESS),
            Cell("" if one["is_current"] else _end_button(one, timezone), "", "action"),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def keys(found: Rows, timezone: str) -> str:
    """API keys, each with a button that revokes it."""
    lines = [
        [
            Cell(f'<span class="name">{escape(one["name"])}</span>', texts.KEY_NAME, "file"),
            Cell(escape(role_name(one["role"])), texts.KEY_ROLE),
            Cell(f"<code>{escape(one['prefix'])}…</code>", texts.KEY_BEGINS),
            Cell(_moment(one["created_at"], timezone), texts.KEY_MADE),
            Cell(_moment(one["last_used_at"], timezone, texts.NEVER), texts.KEY_USED),
            Cell(
                button(
                    str(one["id"]),
                    texts.KEY_REVOKE,
                    texts.KEY_REVOKE_TITLE.format(name=one["name"]),
                ),
                "",
                "action",
            ),
        ]
        for one in found
    ]
    return listed(lines, ["" for _ in found])


def entries(found: Rows, timezone: str, names: audit_words.Names) -> str:
    """What was done, as told by the audit log; `names` are of measures and dimensions."""
    lines = [
        [
            Cell(_moment(one["at"], timezone), texts.WHEN, "when"),
            Cell(_who(one), texts.WHO, "who"),
            Cell(escape(action_name(one["action"])), texts.WHAT, "done"),
            Cell(_about(one, names), texts.ABOUT, "about"),
            Cell(escape(one["address"] or formats.NOTHING), texts.ADDRESS),
        ]
        for one in found
    ]
    kinds = ["refusal" if one["action"] == "sign_in_failed" else "" for one in found]
    return listed(lines, kinds)


def action_name(action: str) -> str:
    """What was done, in words."""
    return texts.ACTIONS.get(action, action.replace("_", " ").capitalize())


def _person(one: One, own_id: int) -> str:
    mark = f'<span class="mark">{texts.YOURSELF}</span>' if one["id"] == own_id else ""
    below = one["email"] or (one["username"] if one["full_name"] else texts.NO_EMAIL)
    return (
        f'<span><span class="name">{escape(name_of(one))}</span>{mark}'
        f'<span class="by quiet">{escape(below)}</span></span>'
    )


def _state(state: str) -> str:
    return f'<span class="state {state}">{texts.STATES[state]}</span>'


def _device(one: One) -> str:
    mark = f'<span class="mark">{texts.THIS_SESSION}</span>' if one["is_current"] else ""
    kind = f'<span class="by quiet">{texts.API_CLIENT}</span>' if one["kind"] == "api" else ""
    return f'<span><span class="name">{escape(one["browser"])}</span>{mark}{kind}</span>'


def _end_button(one: One, timezone: str) -> str:
    when = formats.moment(one["created_at"], timezone)
    title = texts.END_SESSION_TITLE.format(device=one["browser"], when=when)
    return button(str(one["id"]), texts.END_SESSION, title)


def _who(one: One) -> str:
    actor: str = one["actor"]
    return escape(texts.ACTORS.get(actor, actor))


def _about(one: One, names: audit_words.Names) -> str:
    details = audit_words.details(one, names)
    below = f'<span class="by quiet">{escape(details)}</span>' if details else ""
    subject = escape(audit_words.subject(one)) or ("" if below else formats.NOTHING)
    return f"<span>{subject}{below}</span>"


def _moment(text: str | None, timezone: str, otherwise: str = formats.NOTHING) -> str:
    return formats.moment(text, timezone) if text else otherwise
