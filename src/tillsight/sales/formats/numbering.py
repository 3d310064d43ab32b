"""Where a row stands in the file of the user, who knows nothing of the text we made of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Numbering:
    """The header is line `first` of the user's file: a line of text, a row of a sheet, or 0 where
    it is none of them. If `by_rows`, each row is one line, whatever line breaks its cells hold.
    """

    first: int = 1
    by_rows: bool = False

    def told(self, row: int, line: int) -> int:
        """The user's line of a row, the header being row 0, that begins on a line of the text."""
        return self.first + (row if self.by_rows else line - 1)


BY_LINES = Numbering()
