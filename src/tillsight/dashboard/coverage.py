"""What the data hold at all: the days, and the values of dimensions that can be asked about."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tillsight import formats
from tillsight.dashboard import client, texts

OLD = timedelta(days=7)
MOST_VALUES = 200
"""Of a dimension, those with the most revenue; a list of more could not be picked from."""


@dataclass(frozen=True)
class Coverage:
    """First and last day with sales or returns, and the version of the data that holds them; values
    of a dimension are asked for when needed.
    """

    first: date
    last: date
    version: int = 0

    def values(self, dimension: str) -> list[str]:
        """The values the sales have, most revenue first; empty stands for unknown, as in the API's
        filters. None where all that is known is that it is unknown.
        """
        asked = {"measures": "revenue", "by": dimension, "order": "-revenue"}
        answer = client.of_the_data(
            self.version, "/api/metrics/query", {**asked, "limit": MOST_VALUES}
        )
        found = [row[dimension] or "" for row in answer["rows"]]
        return found if any(found) else []

    @property
    def countries(self) -> list[str]:
        """The countries, most revenue first."""
        return self.values("country")

    def as_of(self) -> str:
        """Up to which day there are data; that periods end there is said where it is long ago."""
        today = datetime.now(ZoneInfo(client.shop().timezone)).date()
        text = texts.OLD_DATA if today - self.last > OLD else texts.DATA_UP_TO
        return text.format(day=formats.day(self.last))


def coverage() -> Coverage | None:
    """What there is to look at; None while nothing was loaded."""
    answer = client.get("/api/metrics/query", {"measures": "revenue"})
    if answer["last_day"] is None:
        return None
    return Coverage(
        date.fromisoformat(answer["first_day"]),
        date.fromisoformat(answer["last_day"]),
        answer["data_version"],
    )
