"""Public holidays where the shop is, by the English names of the `holidays` library."""

from collections.abc import Iterable, Mapping
from datetime import date

from tillsight.errors import SetupError
from tillsight.settings import countries, parts_of

LANGUAGE = "en_US"
"""Names must not change with the server's language: corrections are kept by them."""


def holidays_of(country: str, years: Iterable[int]) -> Mapping[date, str]:
    """The holidays of these years by day, of a country such as CH or of a part of it as CH-ZH.

    A country as a whole has those that hold everywhere in it, a shop without country has none.

    Where two fall on the same day, the name of one of them stands for both. A holiday that is moved
    to a working day has a name of its own there, such as Christmas Day (substitute day).

    Raises:
        SetupError: there is no such country or part of it, or nothing is known of it.
    """
    if not country:
        return {}
    whole, _, part = country.partition("-")
    if whole not in countries() or (part and part not in parts_of(whole)):
        raise SetupError(
            f"Nothing is known of public holidays in “{country[:20]}”. TILLSIGHT_COUNTRY is a code"
            " such as CH, or CH-ZH for a part of the country, or empty."
        )
    import holidays

    found = holidays.country_holidays(
        whole, subdiv=part or None, years=sorted(set(years)), language=LANGUAGE
    )
    return {day: found.get_list(day)[0] for day in sorted(found)}


def holiday_names(country: str, years: Iterable[int]) -> list[str]:
    """The names that `holidays_of` gives, each once, in alphabetical order."""
    return sorted(set(holidays_of(country, years).values()))
