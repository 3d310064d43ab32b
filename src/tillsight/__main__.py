"""The command `tillsight`, and `python -m tillsight`: says so where the installation is broken."""

import platform
import sys

from tillsight.modules import reading_in


def main() -> None:
    """Run a command; a package that is missing, or made for another machine, is told as that."""
    try:
        with reading_in():
            from tillsight.cli import main as run

        run()
    except ImportError as error:
        sys.exit(_broken(error))


def _broken(error: ImportError) -> str:
    return (
        f"Error: The installation of Tillsight is not whole: {error}.\n"
        "Install it again: in a clone delete the folder .venv and run make install; elsewhere make"
        " a new virtual environment and run pip install there.\n"
        f"It needs Python 3.11 or newer; this is Python {platform.python_version()},"
        f" {sys.executable}."
    )


if __name__ == "__main__":
    main()
