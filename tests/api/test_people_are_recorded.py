"""What is done to people, and by them to their own account, stands in the audit log."""

from api_shop import PASSWORD, Api


def actions(api: Api) -> list[tuple[str, str, str]]:
    """Action, actor and subject, oldest first, without sign-ins."""
    entries = api.get("/api/audit", role="admin")["entries"]
    found = [(one["action"], one["actor"], one["subject"]) for one in reversed(entries)]
    return [one for one in found if one[0] != "sign_in"]


def test_changes_of_an_account_are_recorded_once_each(api: Api) -> None:
    viewer = api.get("/api/users/me", role="viewer")["id"]
    admin = api.as_("admin")
    for body in (
        {"role": "editor"},
        {"role": "editor"},  # nothing changes, and nothing is recorded
        {"is_active": False},
        {"is_active": True},
        {"first_name": "Ada"},
    ):
        answer = api.client.patch(f"/api/users/{viewer}", json=body, headers=admin)
        assert answer.status_code == 200
    who = ("admin@example.com", "viewer@example.com")
    assert actions(api) == [
        ("role_changed", *who),
        ("user_deactivated", *who),
        ("user_reactivated", *who),
        ("profile_changed", *who),
    ]


def test_what_people_change_themselves_is_recorded_without_secrets(api: Api) -> None:
    headers = api.as_("editor")
    key = {"name": "Report", "role": "viewer"}
    made = api.client.post("/api/users/me/keys", json=key, headers=headers).json()
    api.client.delete(f"/api/users/me/keys/{made['id']}", headers=headers)
    api.client.patch("/api/users/me", json={"last_name": "Byron"}, headers=headers)
    passwords = {"current_password": PASSWORD, "new_password": "another long password"}
    changed = api.client.post("/api/users/me/password", json=passwords, headers=headers)
    assert changed.status_code == 200
    assert [one[0] for one in actions(api)] == [
        "key_created",
        "key_revoked",
        "profile_changed",
        "password_changed",
    ]
    told = api.client.get("/api/audit", headers=api.as_("admin")).text
    for secret in (made["key"], *passwords.values()):
        assert secret not in told
