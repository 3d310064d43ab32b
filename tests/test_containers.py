"""What the container files say, and the scripts they call, outside of a container."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from parts import missing
from tillsight.errors import SetupError
from tillsight.settings import load_settings

ROOT = Path(__file__).parent.parent
MAKE_SECRETS = ROOT / "deploy" / "container" / "make-secrets"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def make_secrets(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MAKE_SECRETS, *arguments], capture_output=True, text=True, check=False)


def files_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_compose_makes_the_secrets_that_its_services_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = COMPOSE["services"]
    script, folder, host = services["secrets"]["entrypoint"]
    assert (script, host in services) == (MAKE_SECRETS.name, True)
    assert make_secrets(tmp_path, host).returncode == 0
    made = files_in(tmp_path)
    database = services["database"]["environment"]
    read = Path(database["POSTGRES_PASSWORD_FILE"])
    assert f"secrets:{read.parent}:ro" in services["database"]["volumes"]
    server = services["server"]
    assert f"secrets:{server['environment']['TILLSIGHT_SECRETS_FOLDER']}:ro" in server["volumes"]
    assert services["secrets"]["volumes"] == [f"secrets:{folder}"]
    monkeypatch.setenv("TILLSIGHT_SECRETS_FOLDER", str(tmp_path))
    settings = load_settings()
    user, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    password = made[read.name]
    assert settings.database_url == f"postgresql+psycopg://{user}:{password}@{host}/{name}"
    assert settings.signing_key == made["tillsight_secret_key"]
    assert len(password) == len(settings.signing_key) == 64
    assert password != settings.signing_key


def test_no_secret_stands_in_compose() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    named = re.findall(r"^\s*(\w*(?:PASSWORD|SECRET|KEY)\w*): *(.*)$", text, re.MULTILINE)
    assert named
    assert [one for one in named if not one[1].startswith("/secrets")] == []


def test_secrets_are_made_once_and_are_our_own(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    make_secrets(folder, "database")
    first = files_in(folder)
    assert set(first) == {"tillsight_secret_key", "database_password", "tillsight_database_url"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    make_secrets(folder, "database")
    assert files_in(folder) == first
    make_secrets(tmp_path / "other")
    assert files_in(tmp_path / "other")["tillsight_secret_key"] != first["tillsight_secret_key"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = make_secrets(tmp_path / "file")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Nothing can be written in {tmp_path / 'file'}.")


def test_what_is_set_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tillsight_shop_name").write_text("From a file\n")
    (tmp_path / "tillsight_currency").write_text("CHF")
    monkeypatch.setenv("TILLSIGHT_SECRETS_FOLDER", str(tmp_path))
    assert load_settings().shop_name == "From a file"
    monkeypatch.setenv("TILLSIGHT_SHOP_NAME", "Set")
    assert (load_settings().shop_name, load_settings().currency) == ("Set", "CHF")
    monkeypatch.setenv("TILLSIGHT_SECRETS_FOLDER", "")
    assert (load_settings().currency, load_settings().secrets_folder) == ("EUR", None)


def test_secrets_that_cannot_be_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSIGHT_SECRETS_FOLDER", str(tmp_path / "nowhere"))
    with pytest.raises(SetupError, match="nowhere is not a folder"):
        load_settings()
    (tmp_path / "tillsight_shop_name").write_bytes(b"\xff secret")
    monkeypatch.setenv("TILLSIGHT_SECRETS_FOLDER", str(tmp_path))
    with pytest.raises(SetupError, match=r"cannot be read \(UnicodeDecodeError\)"):
        load_settings()


def test_the_image_takes_what_it_copies() -> None:
    """Each file that the Dockerfile copies is let through, and nothing of a checkout's own."""
    told = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in told if line.startswith("!")}
    lines = re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
    copied = {name for line in lines for name in line.split()[:-1]}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_the_tree_is_not_built_over_something(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    script = [ROOT / "scripts" / "image-rootfs", "dependencies", tmp_path]
    refused = subprocess.run(script, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert files_in(tmp_path) == {"mine": "kept"}


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("there is no systemd-analyze on this machine")
    text = (ROOT / "deploy" / "tillsight.service").read_text(encoding="utf-8")
    unit = tmp_path / "tillsight.service"
    unit.write_text(text.replace("/opt/tillsight/bin/tillsight", "/bin/true"))
    quiet = os.environ | {"SYSTEMD_LOG_LEVEL": "warning"}
    verify = [program, "verify", "--man=no", "--recursive-errors=no", unit]
    said = subprocess.run(verify, env=quiet, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    exposed = [program, "security", "--offline=true", "--threshold=20", "--no-pager", unit]
    assert subprocess.run(exposed, env=quiet, capture_output=True, check=False).returncode == 0
