"""The terminal's commands, run as a person runs them."""

import json
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlalchemy import insert, select, update
from typer.testing import CliRunner

import tillsight as package
from serving import demo, environment, serving, tillsight
from shop import HEADER
from tillsight.accounts.models import AuditEntry, Circle, User
from tillsight.cli import app
from tillsight.database import Database, revisions
from tillsight.kpis.mails import put_mails
from tillsight.kpis.models import BEGINNING, Kpi, KpiTarget, KpiValue
from tillsight.settings import Contract

BERLIN = ZoneInfo("Europe/Berlin")
COMMANDS = (
    ("serve",),
    ("import",),
    ("imports",),
    ("undo",),
    ("redo",),
    ("query",),
    ("report",),
    ("forecast",),
    ("calendar",),
    ("calendar", "set"),
    ("calendar", "unset"),
    ("note", "add"),
    ("note", "list"),
    ("note", "delete"),
    ("demo",),
    ("check",),
    ("customer", "export"),
    ("customer", "erase"),
    ("purge",),
    ("purchase", "add"),
    ("purchase", "list"),
    ("purchase", "undo"),
    ("purchase", "redo"),
    ("user", "add"),
    ("user", "password"),
    ("user", "verify"),
    ("user", "list"),
    ("user", "deactivate"),
    ("user", "reactivate"),
    ("user", "role"),
    ("db", "upgrade"),
    ("db", "downgrade"),
    ("db", "check"),
    ("warehouse", "rebuild"),
    ("backup",),
    ("restore",),
    ("verify",),
    ("kpi", "board"),
    ("migrate", "from-kpi-circles"),
    ("migrate", "from-sales-analytics"),
    ("migrate", "from-product-catalog"),
)
GOOD = f"{HEADER}1,p,Pen,2,2024-05-07,10,,Peru\n2,p,Pen,1,2024-06-07,10,,EIRE\n"


def test_version_and_help(tmp_path: Path) -> None:
    assert tillsight(tmp_path, "--version").stdout == f"tillsight {package.__version__}\n"
    helped = tillsight(tmp_path, "import", "--help")
    assert (helped.returncode, "tillsight import" in helped.stdout) == (0, True)
    for command in COMMANDS:
        said = CliRunner().invoke(app, [*command, "--help"], prog_name="tillsight")
        assert said.exit_code == 0
        assert f"tillsight {' '.join(command)}" in said.stdout


def test_import_and_query(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(GOOD)
    loaded = tillsight(tmp_path, "import", "sales.csv")
    assert "Import 1: 2 rows from 2024-05-07 to 2024-06-07, revenue 30.00 EUR." in loaded.stdout
    again = tillsight(tmp_path, "import", "sales.csv")
    assert again.returncode == 0
    assert "loaded before, as import 1. Nothing was added." in again.stdout
    unknown = tillsight(tmp_path, "import", "sales.csv", "--profile", "Till")
    assert (unknown.returncode, "There is no profile “Till”" in unknown.stderr) == (1, True)
    table = tillsight(
        tmp_path, "query", "revenue", "--by", "month", "--where", "country=Peru"
    ).stdout
    assert re.search(r"2024-05 +│ +20\.00", table)
    assert re.search(r"2024-06 +│ +0\.00", table)


def test_a_person_is_verified_by_hand(tmp_path: Path) -> None:
    tillsight(tmp_path, "user", "add", "ada@example.com", said="a long enough password\n")
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    with database.writing() as session:
        session.execute(update(User).values(is_verified=False))
    unknown = tillsight(tmp_path, "user", "verify", "eve@example.com")
    assert unknown.returncode == 1
    assert "Nobody has the e-mail or username “eve@example.com”." in unknown.stderr
    verified = tillsight(tmp_path, "user", "verify", "ADA@example.com")
    assert "ada is verified and may sign in." in verified.stdout
    with database.reading() as session:
        assert session.scalars(select(User.is_verified)).all() == [True]
    database.close()


def test_who_is_locked_out_gets_a_password_from_the_terminal(tmp_path: Path) -> None:
    tillsight(tmp_path, "user", "add", "ada@example.com", said="a long enough password\n")
    unknown = tillsight(tmp_path, "user", "password", "eve@example.com", said="another one here\n")
    assert "Nobody has the e-mail or username “eve@example.com”." in unknown.stderr
    short = tillsight(tmp_path, "user", "password", "ada", said="short\n")
    assert "A password has 8 to 128 characters." in short.stderr
    with serving(tmp_path) as server:
        sign_in = f"{server.url}/api/auth/login"
        old = {"email": "ada@example.com", "password": "a long enough password"}
        token = httpx2.post(sign_in, json=old).json()["access_token"]
        changed = tillsight(tmp_path, "user", "password", "ada", said="another one here\n")
        assert "ada has the new password, and is signed out everywhere." in changed.stdout
        headers = {"authorization": f"Bearer {token}"}
        assert httpx2.get(f"{server.url}/api/users/me", headers=headers).status_code == 401
        assert httpx2.post(sign_in, json=old).status_code == 401
        new = old | {"password": "another one here"}
        assert httpx2.post(sign_in, json=new).status_code == 200
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    with database.reading() as session:
        last = select(AuditEntry).where(AuditEntry.action == "password_reset")
        [entry] = session.scalars(last).all()
        assert (entry.user_id, entry.subject) == (None, "ada@example.com")
    database.close()


def test_the_board_of_kpis(tmp_path: Path) -> None:
    tillsight(tmp_path, "user", "add", "ada@example.com", said="a long enough password\n")
    now, year = datetime.now(UTC), datetime.now(UTC).year - 1
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    with database.writing() as session:
        session.add(Circle(id=1, name="[Sales]", name_key="[sales]", created_at=now))
        session.flush()
        kpi = {"circle_id": 1, "name": "Turnover", "name_key": "turnover", "description": ""}
        kpi |= {"periodicity": "yearly", "unit": "chf", "initial_value": Decimal(0)}
        kpi |= {"direction": "increase", "aggregation": "sum", "due_days": 10, "active": True}
        session.execute(insert(Kpi).values(id=1, filters="{}", revision=1, created_at=now, **kpi))
        target = {"kpi_id": 1, "valid_from": BEGINNING, "value": Decimal(2000), "set_at": now}
        session.execute(insert(KpiTarget).values(target))
        value = {"kpi_id": 1, "period_start": date(year, 1, 1), "value": Decimal(1980)}
        value |= {"comment": "", "version": 1, "created_at": now}
        session.execute(insert(KpiValue).values(value))
    database.close()
    asked = ("--circle", "[sales]", "--period", "last_year")
    told = tillsight(tmp_path, "kpi", "board", *asked).stdout
    assert f"As of {year}-12-31" in told
    figures = r"\[Sales\] +│ Turnover +│ chf +│ 1,980\.00 +│ 2,000\.00 +│ +99 % │ on track │ +– │"
    assert re.search(figures, told)
    assert "no data" in tillsight(tmp_path, "kpi", "board").stdout


def test_lists_lose_nothing_in_a_narrow_terminal(tmp_path: Path) -> None:
    name, email = f"sales-of-{'all-' * 12}shops.csv", "ada.lovelace@analytical-engines.example"
    (tmp_path / name).write_text(GOOD)
    tillsight(tmp_path, "import", name)
    tillsight(tmp_path, "user", "add", email, said="a long enough password\n")
    imports = tillsight(tmp_path, "imports").stdout
    assert [column(imports, one) for one in ("File", "Revenue EUR")] == [name, "30.00"]
    assert column(tillsight(tmp_path, "user", "list").stdout, "E-mail") == email


def column(listed: str, heading: str) -> str:
    """What stands in a column of a list of 80 signs a line, put together where it was broken."""
    lines = listed.splitlines()
    assert max(map(len, lines)) <= 80
    [head] = [at for at, line in enumerate(lines) if heading in line]
    begin = lines[head].index(heading)
    width = len(heading) + len(re.split(r"\S", lines[head][begin + len(heading) :])[0])
    return "".join(line[begin : begin + width].strip() for line in lines[head + 2 :])


def test_a_folder_to_copy_to_that_is_not_there_is_told(tmp_path: Path) -> None:
    refused = tillsight(tmp_path, "journal", "copy", str(tmp_path / "nowhere"))
    assert refused.returncode == 1
    said = " ".join(refused.stderr.split())
    assert "The place to copy to is a folder that is not there. Make it" in said


def test_undo_and_redo(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(GOOD)
    tillsight(tmp_path, "import", "sales.csv")
    undone = tillsight(tmp_path, "undo", "1")
    assert "Import 1 is undone and no longer counts." in undone.stdout
    assert re.search(r"\n *1 +undone ", tillsight(tmp_path, "imports").stdout)
    assert re.search(r"│ +0\.00 │", tillsight(tmp_path, "query", "revenue").stdout)
    twice = tillsight(tmp_path, "undo", "1")
    assert twice.returncode == 1
    assert "Import 1 is undone already." in twice.stderr
    assert "Import 1 counts again." in tillsight(tmp_path, "redo", "1").stdout
    assert re.search(r"│ +30\.00 │", tillsight(tmp_path, "query", "revenue").stdout)
    tillsight(tmp_path, "undo", "1")
    again = tillsight(tmp_path, "import", "sales.csv").stdout
    assert "had been undone, and counts again. Import 1: 2 rows" in " ".join(again.split())


def test_purchases_are_entered_listed_and_taken_back(tmp_path: Path) -> None:
    lines = ("--line", "Pen, blue,2,1.25", "--line", "Cup,1,4")
    entered = tillsight(
        tmp_path, "purchase", "add", "[b]Ada", "--date", "2024-05-01", "--country", "Peru", *lines
    )
    assert "Purchase 1: [b]Ada, 2024-05-01, 6.50 EUR." in entered.stdout
    assert (
        "Purchase 2: Bob, 2" in tillsight(tmp_path, "purchase", "add", "Bob", "--amount=-2").stdout
    )
    assert "Purchase 1 is undone" in tillsight(tmp_path, "purchase", "undo", "1").stdout
    listed = tillsight(tmp_path, "purchase", "list").stdout
    assert re.search(r"2 +done .+ Bob .+ -2\.00 *\n *1 +undone .+ \[b\]Ada .+ 6\.50 ", listed)
    twice = tillsight(tmp_path, "purchase", "undo", "1")
    assert twice.returncode == 1
    assert "Purchase 1 is undone already." in twice.stderr
    assert "counts again" in tillsight(tmp_path, "purchase", "redo", "1").stdout
    table = tillsight(tmp_path, "query", "revenue", "--by", "product").stdout
    assert re.search(r"Pen, blue +│ +2\.50 │", table)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["Ada", "--amount", "twelve"], "“twelve” is no number. Write it as 12.50."),
        (["Ada", "--line", "Pen"], "A line is written as Pen,2,1.25, not as “Pen”."),
    ],
)
def test_what_is_no_purchase_is_refused(tmp_path: Path, given: list[str], said: str) -> None:
    refused = tillsight(tmp_path, "purchase", "add", *given)
    assert refused.returncode == 1
    assert said in " ".join(refused.stderr.split())


def test_bad_rows(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(f"{GOOD}3,p,Pen,[red]two,2024-05-07,10,,\n")
    refused = tillsight(tmp_path, "import", "sales.csv")
    assert refused.returncode == 1
    assert re.search(r"4 +│ Quantity │ \[red\]two │ is not a number", refused.stderr)
    assert "--skip-bad-rows" in refused.stderr
    loaded = tillsight(tmp_path, "import", "sales.csv", "--skip-bad-rows")
    assert loaded.returncode == 0
    assert "1 rows were skipped" in loaded.stdout
    assert len(list((tmp_path / "rejects").iterdir())) == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("import", "nothing.csv"), "There is no file nothing.csv"),
        (("undo", "7"), "There is no import 7."),
        (("redo", "7"), "There is no import 7."),
        (("kpi", "board", "--period", "last_moth"), "Did you mean “last_month”"),
        (("kpi", "board", "--circle", "Sales"), "There is no circle “Sales”"),
        (("query", "revenu"), "Did you mean “revenue”"),
        (("query", "revenue", "--where", "country"), "country=France"),
        (("user", "add", "nobody"), "not an e-mail address"),
        (("user", "add", "a@example.com"), "8 to 128 characters"),
    ],
)
def test_refusals_are_one_line_without_a_trace(
    tmp_path: Path, command: tuple[str, ...], words: str
) -> None:
    refused = tillsight(tmp_path, *command, said="short\n")
    assert refused.returncode == 1
    assert words in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("TIMEZONE", "Mars/Olympus", "TILLSIGHT_TIMEZONE"),
        ("PORT", "eighty", "TILLSIGHT_PORT"),
        ("CURRENCY", "euro", "TILLSIGHT_CURRENCY"),
        ("COUNTRY", "Swizerland", "(Switzerland)?\n"),
        ("COUNTRY", "CH-ZHH", "Did you mean “ZH”?"),
        ("DATABASE_URL", "oracle://x", "known are sqlite"),
        ("DATABASE_URL", "no address", "TILLSIGHT_DATABASE_URL"),
        ("DATABASE_URL", "postgresql+psycopg://u:sesame@127.0.0.1:9/x", "cannot be opened"),
        ("DATABASE_URL", "postgres://u:sesame@127.0.0.1:9/x", "begins with “postgres:”"),
        ("DATABASE_URL", "mysql://u:sesame@127.0.0.1:9/x", "begins with “mysql:”"),
        ("DATABASE_URL", "mysql+asyncmy://u:sesame@h/x", "begins with “mysql+asyncmy:”"),
        ("HOME", __file__, "cannot be used (File exists)"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    tmp_path: Path, setting: str, value: str, words: str
) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "tillsight", "query"],
        env=environment(tmp_path, **{setting: value}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "leaked" not in refused.stderr  # DuckDB's module, of what is frozen to the end
    assert "sesame" not in refused.stderr


def test_a_missing_package_is_told_as_a_broken_installation(tmp_path: Path) -> None:
    """Python without the packages of its installation, and Tillsight's own code alone."""
    source = str(Path(package.__file__).parents[1])
    refused = subprocess.run(
        [sys.executable, "-S", "-m", "tillsight", "imports"],
        env=environment(tmp_path) | {"PYTHONPATH": source},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "The installation of Tillsight is not whole: No module named" in refused.stderr
    assert "make install" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_dotenv_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TILLSIGHT_CURRENCY=CHF\n")
    (tmp_path / "sales.csv").write_text(GOOD)
    assert "revenue 30.00 CHF" in tillsight(tmp_path, "import", "sales.csv").stdout


def run_demo(home: Path) -> tuple[str, dict[str, float]]:
    """The figures of a demo shop as the person it names asks them, and that person's password."""
    with demo(home, "--until", "2026-10-31") as shop:
        sign_ins = shop.sign_ins()
        assert [role for _, _, role in sign_ins] == ["admin", "manager", "editor", "viewer"]
        for email, password, role in reversed(sign_ins):
            body = {"email": email, "password": password}
            token = httpx2.post(f"{shop.url}/api/auth/login", json=body).json()["access_token"]
            headers = {"authorization": f"Bearer {token}"}
            me = httpx2.get(f"{shop.url}/api/users/me", headers=headers)
            assert me.json()["role"] == role
        options = httpx2.get(f"{shop.url}/api/auth/options").json()
        assert (options["registration"], options["mail"]) == ("open", True)
        for contract in Contract:
            assert contract in shop.said
            assert httpx2.get(f"{shop.url}/compat/{contract}/docs").status_code == 200
        client = httpx2.Client(base_url=f"{shop.url}/api/", headers=headers)
        answer = client.get("analytics/kpis")
        genders = client.get("customers/genders").json()["genders"]
        products = client.get("products", params={"limit": 1000}).json()
        record = client.get("forecasts/track-record").json()
        notes = client.get("notes").json()["notes"]
        client.close()
    assert "leaked" not in (home / "said").read_text()  # nothing that DuckDB's module would miss
    assert all(one["price"] and one["rating"] for one in products["products"])
    customers = {str(one["gender"]): one["customers"] for one in genders}
    figures = {**customers, **record["summary"], "given": len(record["forecasts"])}
    figures |= {"rated": products["total"], "notes": len(notes)}
    return sign_ins[0][1], {**answer.json()["kpis"], **figures}


def test_the_demo_is_made_once_and_found_again(tmp_path: Path) -> None:
    first = run_demo(tmp_path)
    started = time.monotonic()
    second = run_demo(tmp_path)
    assert time.monotonic() - started < 60
    assert first == second
    assert first[1]["transactions"] > 95_000
    assert first[1]["rated"] == first[1]["products"]
    assert first[1]["female"] > first[1]["male"] > first[1]["None"] > 1000
    assert first[1]["given"] > first[1]["scored"] > 25
    assert first[1]["wape"] < first[1]["naive_wape"]
    assert first[1]["notes"] == 5
    kept = tmp_path / "demo.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(kept.read_text())["password"] == first[0]
    # A terminal beside it knows the shop's country, as the server does.
    assert "Christmas Day" in tillsight(tmp_path, "calendar", "--from", "2026-12-21").stdout
    database = Database(f"sqlite:///{tmp_path / 'tillsight.db'}")
    today = datetime.now(BERLIN).date()
    assert put_mails(database, today, BERLIN) == 0  # none hides how to sign in
    database.close()


def test_the_demo_does_not_mix_with_a_shop(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(GOOD)
    tillsight(tmp_path, "import", "sales.csv")
    refused = tillsight(tmp_path, "demo", "--port", "0")
    assert refused.returncode == 1
    assert "holds a shop already" in " ".join(refused.stderr.split())


def test_people_are_listed_switched_off_and_on_and_given_roles(tmp_path: Path) -> None:
    password = "a long enough password\n"
    tillsight(tmp_path, "user", "add", "boss@example.com", "--role", "admin", said=password)
    tillsight(tmp_path, "user", "add", "ada@example.com", said=password)
    given = tillsight(tmp_path, "user", "role", "ada@example.com", "editor")
    assert given.stdout == "ada is editor now.\n"
    off = tillsight(tmp_path, "user", "deactivate", "ADA")
    assert off.stdout == "ada is deactivated and signed out everywhere.\n"
    assert re.search(
        r" ada +ada@.* editor +deactivated ", tillsight(tmp_path, "user", "list").stdout
    )
    on = tillsight(tmp_path, "user", "reactivate", "ada@example.com")
    assert on.stdout == "ada may sign in again.\n"
    assert "deactivated" not in tillsight(tmp_path, "user", "list").stdout


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("deactivate", "boss"), "This is the last active admin."),
        (("role", "boss@example.com", "viewer"), "This is the last active admin."),
        (("role", "boss", "king"), "king"),
        (("deactivate", "nobody@example.com"), "Nobody has the e-mail or username"),
    ],
)
def test_what_cannot_be_done_to_people_is_told(
    tmp_path: Path, command: tuple[str, ...], reason: str
) -> None:
    password = "a long enough password\n"
    tillsight(tmp_path, "user", "add", "boss@example.com", "--role", "admin", said=password)
    refused = tillsight(tmp_path, "user", *command)
    assert refused.returncode != 0
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr


def test_db_commands(tmp_path: Path) -> None:
    def db(*arguments: str, said: str = "") -> tuple[int, str]:
        done = tillsight(tmp_path, "db", *arguments, said=said)
        assert "Traceback" not in done.stderr
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    newest, older = revisions()[0], revisions()[1]
    assert db("check") == (1, db("check")[1])
    assert "has no tables yet; run: tillsight db upgrade" in db("check")[1]
    assert db("upgrade") == (0, f"The tables are at revision {newest}.")
    assert db("check")[0] == 0
    assert f"newest revision, {newest}, and as they should be" in db("check")[1]
    code, told = db("downgrade", older, said="n\n")
    assert (code, "will be lost" in told) == (1, True)
    assert db("check")[0] == 0
    code, told = db("downgrade", older, said="y\n")
    assert (code, told.endswith(f"The tables are at revision {older}.")) == (0, True)
    assert f"the newest is {newest}; run: tillsight db upgrade" in db("check")[1]
    assert db("upgrade")[0] == 0
    assert db("downgrade", "base", "--yes")[1].endswith("at revision base (no tables).")
    code, told = db("downgrade", "2031_flying_cars", "--yes")
    assert (code, "There is no revision" in told) == (1, True)
    assert db("downgrade")[0] == 2


def test_a_question_names_the_option_that_answers_it(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(GOOD)
    (tmp_path / "more.csv").write_text(f"{GOOD}3,p,Pen,1,2024-06-08,10,,EIRE\n")
    tillsight(tmp_path, "import", "one.csv")
    asked = tillsight(tmp_path, "import", "more.csv")
    assert (asked.returncode, "--overlap skip" in asked.stderr) == (1, True)
    table = tillsight(tmp_path, "imports").stdout
    assert "failed" in table
    assert "Import 2 failed:" in table
    answered = tillsight(tmp_path, "import", "more.csv", "--overlap", "skip")
    assert "1 rows from 2024-06-08" in answered.stdout
    assert "2 rows of orders loaded earlier were left out." in answered.stdout


def test_files_are_loaded_by_a_mapping_and_refused_if_one_is_missing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"Bon,Tag,Summe\n{name}1,2024-05-01,3.20\n")
    columns = {"Bon": "order_id", "Tag": "time", "Summe": "amount"}
    (tmp_path / "map.json").write_text(json.dumps({"kind": "sales", "columns": columns}))
    refused = tillsight(tmp_path, "import", "a.csv")
    assert (refused.returncode, "--mapping" in refused.stderr) == (1, True)
    missing = tillsight(tmp_path, "import", "a.csv", "gone.csv", "--mapping", "map.json")
    assert (missing.returncode, "There is no file gone.csv" in missing.stderr) == (1, True)
    loaded = tillsight(tmp_path, "import", "a.csv", "b.csv", "--mapping", "map.json")
    assert loaded.stdout.count("1 rows from 2024-05-01") == 2


# What runs in the background, as the tests themselves may, has Ctrl+C ignored from its start.
HEARS_CTRL_C = """
import signal
from tillsight.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


def test_ctrl_c_cancels_an_import(tmp_path: Path) -> None:
    row = "{},p,Pen,2,2024-05-07 10:00:00,10,c,France\n"
    (tmp_path / "large.csv").write_text(HEADER + "".join(map(row.format, range(600_000))))
    work = subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C, "import", "large.csv"],
        env=environment(tmp_path),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    incoming = tmp_path / "incoming"
    while work.poll() is None and not (incoming.exists() and any(incoming.iterdir())):
        time.sleep(0.02)
    work.send_signal(signal.SIGINT)
    _, said = work.communicate(timeout=60)
    assert (work.returncode, "nothing was loaded" in said) == (130, True)
    assert not any(incoming.iterdir())
    assert "cancelled" in tillsight(tmp_path, "imports").stdout
