"""What was installed and is gone again is noticed, and made anew by make install."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "whole"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with an environment of one package, noted as installed."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    made = [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")]
    subprocess.run(made, check=True)
    packages(tmp_path).joinpath("duckdb").mkdir()
    (tmp_path / ".venv" / ".installed").write_text("duckdb\n")
    return tmp_path


def packages(clone: Path) -> Path:
    [found] = (clone / ".venv" / "lib").glob("python*/site-packages")
    return found


def is_whole(clone: Path) -> bool:
    done = subprocess.run([clone / "scripts" / "whole"], check=False, capture_output=True)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0


def lose_package(clone: Path) -> None:
    packages(clone).joinpath("duckdb").rmdir()


def lose_python(clone: Path) -> None:
    for link in (clone / ".venv" / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/usr/bin/python-that-was-replaced")


def lose_packages(clone: Path) -> None:
    shutil.rmtree(clone / ".venv" / "lib")


@pytest.mark.skipif(os.name != "posix", reason="make and sh")
@pytest.mark.parametrize("lose", [lose_package, lose_python, lose_packages])
def test_what_is_gone_is_noticed(clone: Path, lose: Callable[[Path], None]) -> None:
    assert is_whole(clone)
    lose(clone)
    assert not is_whole(clone)
    (clone / ".venv" / ".installed").unlink()  # nothing was installed yet, or not to its end
    assert is_whole(clone)
