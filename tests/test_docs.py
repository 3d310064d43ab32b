"""What the documents say of settings, commands and routes is checked against the code."""

import re
import runpy
from pathlib import Path

import pytest

from api_shop import Api
from test_cli import COMMANDS
from tillsight import measured
from tillsight.operating import figures
from tillsight.operating.checklist import ITEMS
from tillsight.operating.production import AS_YOU_LIKE, WANTED
from tillsight.operating.prometheus import PROCESS
from tillsight.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = "\n".join(
    path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
)
GENERATED = runpy.run_path(str(ROOT / "scripts" / "generate_docs.py"))["GENERATED"]


@pytest.mark.parametrize("name", GENERATED)
def test_generated_files_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "run: make docs"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_setting_is_on_the_page_of_configuration() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip(" `"): [cell.strip() for cell in cells[2:5]]
        for line in page.splitlines()
        if len(cells := line.split("|")) == 6
    }
    for name, field in Settings.model_fields.items():
        default, meaning, production = rows[f"{PREFIX}{name.upper()}"]
        assert default
        assert (meaning, production) == (field.description, WANTED.get(name, AS_YOU_LIKE))
    assert WANTED.keys() - Settings.model_fields.keys() == set()


def test_what_the_checklist_looks_at_production_wants_something_of() -> None:
    named = {name for item in ITEMS for name in item.settings}
    assert named - WANTED.keys() == set()
    assert named <= Settings.model_fields.keys()


def test_every_setting_named_in_the_docs_exists() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    tests_only = {"TILLSIGHT_TEST_ALL"}
    assert set(re.findall(r"TILLSIGHT_[A-Z_]+[A-Z]", DOCS)) - known - tests_only == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: tuple[str, ...]) -> None:
    assert f"tillsight {' '.join(command)}" in DOCS


def test_every_route_is_documented(api: Api) -> None:
    routes = api.client.get("/api/openapi.json").json()["paths"]
    undocumented = [path for path in routes if path.startswith("/api/") and path not in DOCS]
    assert undocumented == []


def test_every_route_says_what_it_does(api: Api) -> None:
    paths = api.client.get("/api/openapi.json").json()["paths"]
    silent = [
        path
        for path, routes in paths.items()
        for one in routes.values()
        if not one.get("description")
    ]
    assert silent == []


def test_every_make_target_is_described() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: (.*)", text, re.MULTILINE)[0].split()
    assert [
        name for name in targets if not re.search(rf"^{name}:.*## \w", text, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))], ids=str)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    records = [path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")]
    assert records
    assert [name for name in records if name not in listed] == []


def test_every_test_named_in_security_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", text)
    assert len(named) > 50
    missing = [
        (file, test)
        for file, test in named
        if f"def {test}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_requirement_of_level_1_is_in_security() -> None:
    """The numbers of ASVS 5.0.0 level 1, chapter by chapter; V16 and V17 have none."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    level_1 = """
        1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1
        3.4.1 3.4.2 3.5.1 3.5.2 3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3
        6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
        8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1
        12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
    """
    assert [
        one for one in level_1.split() if f"V{one} " not in text and f"V{one}," not in text
    ] == []


def test_every_metric_is_in_operating_with_its_labels() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `((?:tillsight|process)_\w+)` \| ([^|]*)\|", text, re.MULTILINE)
    listed = {name: (*re.findall(r"`(\w+)`", labels),) for name, labels in table}
    known = {one.name: one.labels for one in (*measured.ALL, *figures.GAUGES)}
    assert listed == known | dict.fromkeys(PROCESS, ()) | {"tillsight_build_info": ("version",)}


def test_every_alert_says_what_to_look_at() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rules = (ROOT / "docs" / "alerts.yml").read_text(encoding="utf-8")
    alerts = re.findall(r"alert: (\w+)", rules)
    assert len(alerts) > 10
    assert sorted(alerts) == sorted(set(re.findall(r"`(Tillsight[A-Z]\w+)`", text)))


def test_every_page_of_the_dashboard_is_in_the_gallery() -> None:
    pages = {path.stem for path in (ROOT / "src/tillsight/dashboard/views").glob("[a-z]*.py")}
    gallery = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(r"\(images/gallery/(\w+)\.png\)", gallery)
    assert pages - {*shown} == set()
    assert [one for one in shown if not (ROOT / f"docs/images/gallery/{one}.png").exists()] == []
