"""Writes the files that are made from the code; a test checks that they are up to date."""

from pathlib import Path

from tillsight.settings import env_example

ROOT = Path(__file__).parent.parent

GENERATED = {".env.example": env_example}
"""File below the root, and the function that gives its text."""


def main() -> None:
    """Write each generated file that is not as it should be."""
    for name, text in GENERATED.items():
        file = ROOT / name
        if not file.exists() or file.read_text(encoding="utf-8") != text():
            file.write_text(text(), encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
