"""The log file that is put aside when it is full, by one process and by several."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tillsight.errors import SetupError
from tillsight.log_files import RotatedFile

WRITER = """
import sys
from pathlib import Path
from tillsight.log_files import RotatedFile
file = RotatedFile(Path(sys.argv[1]), 5000, 1000)
for number in range(400):
    file.write(f"{sys.argv[2]} {number} {'x' * (number % 50)}.\\n")
"""


def lines(folder: Path) -> list[str]:
    files = folder.glob("shop.log*")
    return [one for file in files for one in file.read_text().splitlines()]


def test_several_processes_lose_and_tear_no_line(tmp_path: Path) -> None:
    path = tmp_path / "shop.log"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abc"]
    assert [one.wait(timeout=60) for one in writers] == [0, 0, 0]
    wanted = [f"{name} {number} {'x' * (number % 50)}." for name in "abc" for number in range(400)]
    assert Counter(lines(tmp_path)) == Counter(wanted)
    sizes = [file.stat().st_size for file in tmp_path.glob("shop.log.[0-9]*")]
    assert len(sizes) > 5


def test_so_many_files_are_kept(tmp_path: Path) -> None:
    file = RotatedFile(tmp_path / "shop.log", 100, 2)
    for number in range(50):
        file.write(f"line {number:04} of a log\n")
    assert sorted(one.name for one in tmp_path.glob("shop.log*") if one.suffix != ".lock") == [
        "shop.log",
        "shop.log.1",
        "shop.log.2",
    ]
    assert max(one.stat().st_size for one in tmp_path.iterdir()) <= 100
    assert max(lines(tmp_path)) == "line 0049 of a log"


def test_what_another_program_moves_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "shop.log"
    file = RotatedFile(path, 10_000, 2)
    file.write("first\n")
    path.rename(tmp_path / "elsewhere")
    file.write("second\n")
    path.unlink()
    file.write("third\n")
    assert (tmp_path / "elsewhere").read_text() == "first\n"
    assert path.read_text() == "third\n"


def test_a_line_longer_than_a_file_is_written_whole(tmp_path: Path) -> None:
    file = RotatedFile(tmp_path / "shop.log", 100, 3)
    file.write("a\n")
    file.write("b" * 500 + "\n")
    file.write("c\n")
    assert (tmp_path / "shop.log.1").read_text() == "b" * 500 + "\n"


def test_a_full_disk_leaves_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    file = RotatedFile(Path("/dev/full"), 100, 1)
    file.write("what nobody may miss\n")
    assert capsys.readouterr().err == "what nobody may miss\n"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="TILLSIGHT_LOG_FILE cannot be written"):
        RotatedFile(tmp_path / "file" / "shop.log", 100, 1)
