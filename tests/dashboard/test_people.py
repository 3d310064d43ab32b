"""Tables of people and of the audit log: words for everything, and nothing that runs."""

import re

from tillsight.accounts.audit import Action
from tillsight.accounts.models import Role
from tillsight.dashboard import texts
from tillsight.dashboard.people import configuration, people
from tillsight.settings import Settings, load_settings, overview

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
    assert configuration.label("cors_origins") == "CORS origins"


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
        people.entries([entry], "UTC"),
        people.sessions([session], "UTC"),
        people.keys([key], "UTC"),
        configuration.table([setting]),
        configuration.warnings([EVIL]),
    ):
        assert "script" in shown
        assert not re.search("<script", shown, re.IGNORECASE)


def test_the_state_of_an_account() -> None:
    assert people.state_of(PERSON) == "active"
    assert people.state_of({**PERSON, "is_verified": False}) == "unverified"
    assert people.state_of({**PERSON, "is_verified": False, "is_active": False}) == "inactive"
