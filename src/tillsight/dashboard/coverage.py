"""What the data hold at all: the days and the countries that can be asked about."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tillsight.dashboard import client, formats, texts

UNKNOWN_COUNTRY = ""  # how the API's filters write “no country”
OLD = timedelta(days=7)


@dataclass(frozen=True)
class Coverage:
    """First and last day with sales or returns, and the countries, most revenue first."""

    first: date
    last: date
    countries: list[str]

    def as_of(self) -> str:
        """Up to which day there are data; that periods end there is said where it is long ago."""
        today = datetime.now(ZoneInfo(client.shop().timezone)).date()
        text = texts.OLD_DATA if today - self.last > OLD else texts.DATA_UP_TO
        return text.format(day=formats.day(self.last))


def coverage() -> Coverage | None:
    """What there is to look at; None while nothing was loaded."""
    answer = client.get(
        "/api/metrics/query", {"measures": "revenue", "by": "country", "order": "-revenue"}
    )
    if answer["last_day"] is None:
        return None
    return Coverage(
        date.fromisoformat(answer["first_day"]),
        date.fromisoformat(answer["last_day"]),
        [row["country"] or UNKNOWN_COUNTRY for row in answer["rows"]],
    )
