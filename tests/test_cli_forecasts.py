"""What the terminal says of days to come: forecasts, the calendar, notes; and its plot."""

import csv
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from serving import tillsight
from shop import HEADER
from tillsight.cli import main, terminal
from tillsight.cli.plot import BLOCKS, PLAIN, Ahead, columns_for, plot
from tillsight.database import Database
from tillsight.forecasting.models import GivenForecast
from tillsight.settings import Settings

FIRST, LAST = date(2024, 1, 8), date(2025, 6, 28)
NATIONAL_DAY = date(2024, 8, 1)
Run = Callable[..., "Said"]


def sales() -> str:
    """10 on every Monday to Friday, 30 on Saturdays; closed on Sundays and the National Day."""
    lines = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        if day.isoweekday() != 7 and day != NATIONAL_DAY:
            price = 30 if day.isoweekday() == 6 else 10
            lines.append(f"{number},p,Pen,1,{day},{price},,Switzerland\n")
    return HEADER + "".join(lines)


@pytest.fixture(scope="module")
def swiss(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Swiss shop."""
    folder = tmp_path_factory.mktemp("swiss")
    (folder / "sales.csv").write_text(sales())
    assert tillsight(folder, "import", "sales.csv").returncode == 0
    return folder


@dataclass
class Said:
    """What a command said, and its exit code."""

    code: object
    out: str
    err: str

    @property
    def words(self) -> str:
        """All of it as one line."""
        return " ".join((self.out + self.err).split())


@pytest.fixture
def run(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command on a folder, as wide as is said; in this process, which takes a tenth."""
    del settings  # nothing of the environment is left

    def run_it(home: Path, *arguments: str, columns: int = 80) -> Said:
        monkeypatch.setattr(terminal.out, "width", columns)
        monkeypatch.setenv("TILLSIGHT_HOME", str(home))
        monkeypatch.setenv("TILLSIGHT_COUNTRY", "CH")
        monkeypatch.setenv("TILLSIGHT_LOG_LEVEL", "error")  # the log stays as all tests have it
        monkeypatch.setattr(sys, "argv", ["tillsight", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Said(ended.value.code, *capsys.readouterr())

    return run_it


def test_a_forecast_is_plotted_and_told(swiss: Path) -> None:
    told = tillsight(swiss, "forecast", "--horizon", "14").stdout
    lines = told.splitlines()
    assert lines[0] == "Revenue in EUR by day; data up to 2025-06-28"
    assert max(map(len, lines)) <= 80
    assert "█ was, ● forecast" in told
    assert re.search(r"│ Sun 2025-06-29 │ +– │ +– │ +– │ closed", told)
    assert re.search(r"│ Sat 2025-07-05 │ +30\.00 │ +(29|30)\.\d\d – 30\.\d\d │", told)
    assert re.search(r"│ Mon 2025-06-30 │ +10\.00 │", told)
    assert "In all 14 days: 160.00 EUR (80 %: 1" in told
    assert "Open on 12 of 14 days." in told
    assert re.search(r"On \d windows of 14 days that it had not seen, it was off by 0\.0 %", told)


def test_a_forecast_fits_where_it_is_printed(swiss: Path, run: Run) -> None:
    wide = run(swiss, "forecast", "--grain", "week", "--level", "50,80,95", columns=120).out
    assert max(map(len, wide.splitlines())) <= 120
    assert re.search(r"│ 2025-W27 │ +80\.\d\d( │ +\d+\.\d\d – \d+\.\d\d){3} │", wide)
    narrow = run(swiss, "forecast", "--level", "50,80,95,99", "--horizon", "365", columns=60).out
    assert max(map(len, narrow.splitlines())) <= 60
    assert "Bounds that have no room here: --csv prints them." in narrow
    assert "a column is the mean of 14 days" in " ".join(narrow.split())


def test_a_forecast_is_kept_for_the_track_record(swiss: Path, run: Run) -> None:
    for _ in range(2):
        assert run(swiss, "forecast", "--horizon", "5", "--csv").code == 0
    database = Database(f"sqlite:///{swiss / 'tillsight.db'}")
    with database.reading() as session:
        kept = session.scalars(select(GivenForecast).where(GivenForecast.horizon == 5)).all()
    database.close()
    assert [(one.measure, one.as_of) for one in kept] == [("revenue", LAST)]


def test_a_forecast_for_programs(swiss: Path, run: Run) -> None:
    asked = ("forecast", "--horizon", "3", "--country", "Switzerland", "--where", "weekday=1")
    told = json.loads(run(swiss, *asked, "--json").out)
    assert told["filters"] == {"weekday": ["1"], "country": ["Switzerland"]}
    assert (told["from"], told["to"], len(told["history"])) == ("2025-06-29", "2025-07-02", 120)
    assert [one["value"] for one in told["forecast"]] == [0, 10, 0]
    header, *rows = csv.reader(run(swiss, *asked, "--csv", "--level", "90").out.splitlines())
    assert header == ["start", "value", "trend", "open", "lower_90", "upper_90"]
    assert [(row[0], float(row[1]), row[3]) for row in rows] == [
        ("2025-06-29", 0, "false"),
        ("2025-06-30", 10, "true"),
        ("2025-07-01", 0, "false"),
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--measure", "revenu"), "Did you mean “revenue”?"),
        (("--measure", "customers"), "cannot be forecast"),
        (("--horizon", "400"), "1 to 365 days ahead"),
        (("--level", "eighty"), "“eighty” is no list of levels such as 80,95."),
        (("--level", "+80"), "“+80” is no list of levels such as 80,95."),
    ],
)
def test_what_cannot_be_forecast_is_told(
    tmp_path: Path, run: Run, asked: tuple[str, ...], words: str
) -> None:
    refused = run(tmp_path, "forecast", *asked)
    assert (refused.code, words in refused.words) == (1, True)


def test_a_shop_without_sales_has_nothing_to_tell(tmp_path: Path, run: Run) -> None:
    assert "Nothing was sold yet" in run(tmp_path, "forecast").out
    assert "Nothing was sold yet" in run(tmp_path, "calendar").out


def test_the_calendar_is_shown_and_corrected(swiss: Path, run: Run) -> None:
    shown = run(swiss, "calendar", "--from", "2025-07-02", "--weeks", "5").out
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"2025-W27 +30 +01 Jul +02 +03 +04 +05 +\(06\)", shown)
    assert "Fri 2025-08-01 closed, as on this holiday before (National Day)" in shown
    assert re.search(r"│ Sunday +│ closed │ 0 of 8", shown)
    assert re.search(r"│ National Day +│ closed │", shown)
    assert "Sunday is open now." in run(swiss, "calendar", "set", "sun", "open").out
    assert "National Day is open now." in run(swiss, "calendar", "set", "national day", "open").out
    assert "2025-07-02 is closed now." in run(swiss, "calendar", "set", "2025-07-02", "closed").out
    shown = run(swiss, "calendar", "--from", "2025-07-02", "--weeks", "5").out
    assert re.search(r"2025-W27 +30 +01 Jul +\(02\)\* +03 +04 +05 +06\*", shown)
    assert "Fri 2025-08-01 open, as somebody said (National Day)" in shown
    assert "Somebody at the terminal said on" in shown
    assert "Sunday is as the sales say again." in run(swiss, "calendar", "unset", "Sunday").out
    twice = run(swiss, "calendar", "unset", "Sunday")
    assert (twice.code, "“Sunday” is not corrected." in twice.words) == (1, True)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("set", "2025-02-30", "open"), "is no day"),
        (("set", "9", "open"), "1 (Monday) to 7 (Sunday)"),
        (("set", "Nashional Day", "open"), "Did you mean “National Day”?"),
        (("--from", "9999-12-31"), "the years 1900 to 9998"),
    ],
)
def test_what_is_no_day_of_the_calendar_is_told(
    run: Run, asked: tuple[str, ...], words: str
) -> None:
    refused = run(swiss, "calendar", *asked)
    assert (refused.code, words in refused.words) == (1, True)


def test_notes_are_written_listed_and_deleted(tmp_path: Path, run: Run) -> None:
    fair = ("2024-05-01", "[b]Fair", "--to", "2024-05-04", "--not-ordinary")
    written = run(tmp_path, "note", "add", *fair)
    assert written.out == "Note 1 is written. Forecasts leave these days out.\n"
    assert run(tmp_path, "note", "add", "2024-06-01", "Rain").out.startswith("Note 2 ")
    listed = run(tmp_path, "note", "list").out
    assert re.search(
        r"│ 2 +│ 2024-06-01 │ +│ yes +│ Rain.+\n│ 1 +│ 2024-05-01 │ 2024-05-03 │ no +│ \[b\]Fair",
        listed,
    )
    assert "Rain" not in run(tmp_path, "note", "list", "--to", "2024-06-01").out
    assert run(tmp_path, "note", "delete", "1").out == "Note 1 is deleted.\n"
    refused = run(tmp_path, "note", "delete", "1")
    assert (refused.code, "There is no note 1." in refused.words) == (1, True)


def drawn(past: list[float], ahead: list[Ahead | None], width: int = 60, ink=BLOCKS) -> list[str]:
    labels = [f"d{number}" for number in range(len(past) + len(ahead))]
    columns = columns_for(len(past), len(ahead), width, 7)
    lines = [line.plain for line in plot(past, ahead, labels, columns, ink)]
    assert max(map(len, lines)) <= width
    return lines


def test_bars_are_as_high_as_their_values_and_points_lie_between_their_bounds() -> None:
    ahead = [Ahead(80, 40, 100), None, Ahead(20, 20, 20)]
    lines = drawn([100, 50, 0, 5], ahead)
    rows = [line.partition("│")[2] for line in lines[:-2]]
    heights = [sum(row[place : place + 1] == "█" for row in rows) for place in (0, 4, 8)]
    assert heights == [10, 5, 0]
    assert rows[-1][12] == "▄"  # half a row
    columns = [
        "".join(row[place : place + 1] or " " for row in rows).rstrip() for place in (17, 21, 25)
    ]
    assert columns[0] == "░░●░░░░"
    assert columns[1] == ""
    assert columns[2] == " " * 8 + "●"
    assert lines[0].split()[0] == "100"
    assert lines[-1].split() == ["d0", "d4", "d6"]


def test_only_ascii_is_drawn_where_nothing_else_can_be() -> None:
    assert all(line.isascii() for line in drawn([3, 1, 2], [Ahead(2, 1, 3)], ink=PLAIN))


@pytest.mark.parametrize(
    "past", [[], [0.0], [0.0, 0.0], [5.0] * 500, [-5.0, 3.0], [1e-9, 2e-9], [1e12, -1e12]]
)
@pytest.mark.parametrize("steps", [1, 36, 365])
@pytest.mark.parametrize("width", [20, 80, 200])
def test_whatever_comes_is_drawn_within_its_width(
    past: list[float], steps: int, width: int
) -> None:
    ahead = [Ahead(value, value - 1, value + 1) for value in range(steps)]
    for given in (ahead, [None] * steps):
        assert len(drawn(past, given, width)) <= 20


def test_days_that_share_a_column_are_whole_weeks() -> None:
    for ahead in range(1, 366):
        columns = columns_for(1000, ahead, 80, 7)
        assert columns.steps == 1 or columns.steps % 7 == 0
        assert columns.before > 10
