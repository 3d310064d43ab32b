"""Tables of people and of the audit log: words for everything, and nothing that runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tillsight
from tillsight import languages
from tillsight.accounts.audit import Action
from tillsight.accounts.models import Role
from tillsight.dashboard import texts
from tillsight.dashboard.people import audit_words, configuration, people
from tillsight.dashboard.people import texts as own
from tillsight.kpis.terms import Definition
from tillsight.kpis.words import Periodicity
from tillsight.operating.retention import Purged
from tillsight.settings import Settings, load_settings, overview

SOURCE = Path(tillsight.__file__).parent
EVIL = "<script>alert(1)</script>"
PERSON = {
    "id": 1,
    "email": EVIL,
    "username": EVIL,
    "full_name": EVIL,
    "role": "viewer",
    "is_active": True,
    "is_verified": True,
    "last_login": None,
}


def test_every_action_and_role_has_words() -> None:
    assert set(texts.ACTIONS) == {str(one) for one in Action}
    assert set(texts.ROLES) == set(texts.ROLE_LEADS) == {str(one) for one in Role}


def test_every_setting_has_a_place_and_a_name(tmp_path) -> None:
    settings = [vars(one) for one in overview(load_settings(home=tmp_path))]
    grouped = dict(configuration.grouped(settings))
    assert sum(len(members) for members in grouped.values()) == len(Settings.model_fields)
    assert texts.OTHER_SETTINGS not in grouped
    assert set(texts.SETTING_LABELS) == set(Settings.model_fields)
    assert configuration.label("smtp_host") == "Mail server"


NAMES = {"revenue": "Revenue", "country": "Country"}
TARGET = {"target": "5,000", "from": "2026-05-01"}
DAYS = {"from": "2026-05-01", "to": "2026-05-04", "text": "Fair", "ordinary": False}
KPI = {"before": {"unit": "EUR", "owner_id": 1}, "after": {"unit": "kg", "owner_id": 2}}
ASKED = {"asked": "measures=revenue&from=2026-05-01&to=2026-06-01&country=EIRE&country=France"}
CHANGED = {"before": DAYS, "now": {**DAYS, "text": "<b>"}}


@pytest.mark.parametrize(
    ("action", "subject", "details", "said"),
    [
        ("import", "import 12", {"file": "may.csv", "version": 3}, "Import 12|File: may.csv"),
        ("export", "rejects of import 2", {}, "Rejected rows of import 2|"),
        ("export", "sales", ASKED, "Sales|Asked for: 1 – 31 May 2026; Measures: Revenue;"),
        ("export", "sales", ASKED, " Country: EIRE, France"),
        ("export", "report", {"from": "", "to": ""}, "Report to print|"),
        ("key_created", "import 12", {"role": "viewer"}, "import 12|Role: Viewer"),
        ("kpi_changed", "KPI 3: sales", KPI, "KPI 3: sales|Unit: EUR → kg"),
        ("target_set", "KPI 3: x", TARGET, "KPI 3: x|Target: 5,000, From: 1 May 2026"),
        ("note_changed", "note 4: 2026-05-01", CHANGED, "Note 4: 1 May 2026|Text: Fair → <b>"),
        ("note_written", "note 4: 2026-05-01", DAYS, "Days: 1 – 3 May 2026, Text: Fair, Forecasts"),
        ("role_changed", "a@b.c", {"field": "role", "before": "viewer", "after": "admin"}, "Admin"),
        ("calendar_corrected", "Monday", {"before": "as learnt", "now": "open"}, "learnt → open"),
        (
            "migrate",
            "old",
            {"added": "People 5, KPIs 1,200", "invited": 0},
            "Added: People 5, KPIs",
        ),
        (
            "purge",
            "",
            {"imports": 1200, "audit_entries": 0},
            "|Imports: 1\u202f200, Entries of the",
        ),
        ("sign_in", "", {"kind": "single sign-on"}, "|by single sign-on"),
        ("registered", "", {"by": "setup link"}, "|Through: setup link"),
        ("of a later release", "thing 9", {"some_field": None}, "thing 9|Some field: –"),
    ],
)
def test_an_entry_of_the_audit_log_is_in_words(
    action: str, subject: str, details: dict[str, object], said: str
) -> None:
    entry = {"action": action, "subject": subject, "details": details}
    told = f"{audit_words.subject(entry)}|{audit_words.details(entry, NAMES)}"

    assert said in told


def test_an_entry_of_the_audit_log_is_in_the_language_of_the_reader() -> None:
    entry = {"action": "note_changed", "subject": "note 4: 2026-05-01", "details": CHANGED}
    with languages.speaking("de"):
        assert audit_words.subject(entry) == "Notiz 4: 1. Mai 2026"
        entry["details"] = {"before": DAYS, "now": {**DAYS, "ordinary": True}}
        assert audit_words.details(entry, {}) == "Prognosen zählen diese Tage mit: nein → ja"


def test_every_detail_of_the_audit_log_has_words() -> None:
    """Names in the code that writes entries, fields of KPIs, of accounts, and of a purge."""
    written = {name for path in SOURCE.rglob("*.py") for name in _details(path)}
    known = {*own.LABELS, *own.FIELDS, "field", "before", "after", "now", "kind", "version"}

    assert len(written) > 20
    assert {one for one in written if not one.endswith("_id")} <= known
    of_kpis = {one for one in vars(Definition("", 1, Periodicity.monthly, "")) if one[-3:] != "_id"}
    assert of_kpis <= own.LABELS.keys()
    assert vars(Purged(0, 0, 0, 0, 0, 0)).keys() <= own.LABELS.keys()


def _details(path: Path) -> Iterator[str]:
    """Names in dictionaries that are called `details`, or given with an action."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "details":
            yield from _keys(node.value)
        elif isinstance(node, ast.Call) and _has_action(node):
            yield from (name for one in node.args for name in _keys(one))


def _subjects(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _has_action(node):
            yield from (
                one.value
                for one in node.args
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
            )


def _has_action(call: ast.Call) -> bool:
    return any(ast.unparse(one).startswith("Action.") for one in call.args)


def _keys(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        yield from (str(one.value) for one in node.keys if isinstance(one, ast.Constant))


def test_every_subject_of_the_audit_log_has_words() -> None:
    written = {one for path in SOURCE.rglob("*.py") for one in _subjects(path)}

    assert {"sales", "all sessions", "backup"} <= written <= own.SUBJECTS.keys()
    for kind in own.NUMBERED:
        entry = {"action": "import", "subject": f"{kind} 7: x"}
        assert audit_words.subject(entry) == f"{own.NUMBERED[kind].format(number=7)}: x"


def test_text_of_others_does_not_run() -> None:
    entry = {
        "at": "2026-11-22T03:00:00Z",
        "actor": EVIL,
        "action": EVIL,
        "subject": EVIL,
        "details": {EVIL: EVIL, "kind": EVIL},
        "address": EVIL,
    }
    session = {
        "id": 1,
        "browser": EVIL,
        "kind": "api",
        "created_at": entry["at"],
        "last_seen_at": None,
        "address": EVIL,
        "is_current": False,
    }
    key = {
        "id": 1,
        "name": EVIL,
        "role": EVIL,
        "prefix": EVIL,
        "created_at": entry["at"],
        "last_used_at": None,
    }
    setting = {
        "name": EVIL,
        "variable": EVIL,
        "description": EVIL,
        "value": EVIL,
        "is_secret": False,
        "is_default": True,
    }
    for shown in (
        people.users([PERSON], {1: [EVIL]}, 1, "UTC"),
        people.entries([entry], "UTC", {}),
        people.sessions([session], "UTC"),
        people.keys([key], "UTC"),
        configuration.table([setting]),
        configuration.warnings([EVIL]),
    ):
        assert "script" in shown
        assert not re.search("<script", shown, re.IGNORECASE)


def test_commands_in_what_a_setting_does_are_marked() -> None:
    setting = {"name": "summaries", "variable": "X", "value": None, "is_secret": False}
    told = configuration.table([{**setting, "description": "As `tillsight <b>` built."}])
    assert "As <kbd>tillsight &lt;b&gt;</kbd> built." in told


def test_the_state_of_an_account() -> None:
    assert people.state_of(PERSON) == "active"
    assert people.state_of({**PERSON, "is_verified": False}) == "unverified"
    assert people.state_of({**PERSON, "is_verified": False, "is_active": False}) == "inactive"
