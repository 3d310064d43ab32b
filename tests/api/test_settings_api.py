"""The overview of the settings: for admins, and never a secret."""

from pathlib import Path

import pytest

from api_shop import Api
from tillsight.settings import Settings, cautions, load_settings, overview

SECRET = "a secret that nobody may ever see"


def test_every_setting_is_told_to_admins_alone(api: Api) -> None:
    assert api.client.get("/api/settings").status_code == 401
    for role in ("viewer", "editor", "manager"):
        assert api.client.get("/api/settings", headers=api.as_(role)).status_code == 403
    told = api.get("/api/settings", role="admin")
    assert [one["name"] for one in told["settings"]] == list(Settings.model_fields)
    by_name = {one["name"]: one for one in told["settings"]}
    assert by_name["shop_name"]["value"] == "Tillsight"
    assert by_name["shop_name"]["is_default"]
    assert by_name["secret_key"] == {
        "name": "secret_key",
        "variable": "TILLSIGHT_SECRET_KEY",
        "description": Settings.model_fields["secret_key"].description,
        "value": None,
        "is_secret": True,
        "is_default": True,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"secret_key": SECRET},
        {"smtp_password": SECRET},
        {"database_url": f"postgresql+psycopg://shop:{SECRET}@db.example/shop"},
        {"database_url": f"postgresql+psycopg://shop:{SECRET}@{SECRET}@db.example/shop"},
        {"database_url": f"mysql+pymysql://db.example/shop?user=x&password={SECRET}"},
        {"database_url": f"mysql+pymysql://:{SECRET}@db.example/shop"},
    ],
)
def test_no_secret_is_ever_told(tmp_path: Path, given: dict[str, str]) -> None:
    given = {name: text.replace(" ", "_") for name, text in given.items()}
    told = overview(load_settings(home=tmp_path, **given))
    assert SECRET.replace(" ", "_") not in str(told)
    [name] = given
    [one] = [one for one in told if one.name == name]
    assert not one.is_default


def test_what_should_be_changed_is_told(tmp_path: Path) -> None:
    assert cautions(load_settings(home=tmp_path)) == []
    loose = {"cors_origins": "*", "registration": "open", "mail": "console"}
    reachable = cautions(load_settings(home=tmp_path, host="0.0.0.0", **loose))
    assert [text for text in reachable if "TILLSIGHT_REGISTRATION" in text]
    assert [text for text in reachable if "TILLSIGHT_MAIL" in text]
    assert [text for text in reachable if "TILLSIGHT_ENVIRONMENT" in text]
    assert [text for text in reachable if "without TLS" in text]
    assert [text for text in reachable if "TILLSIGHT_CORS_ORIGINS" in text]
    safe = {"url": "https://sales.example", "environment": "production", "secret_key": "x" * 40}
    assert cautions(load_settings(home=tmp_path, **safe)) == []
