"""What the report of a period says beside its template."""

from tillsight import languages

UNKNOWN = "Unknown"
DATA = "Data"
NOT_LOADED = "nothing was loaded yet"
PERIOD = "Period"
COMPARED_WITH = "Compared with"
COMPARED = {
    "previous_period": "the period before, {days}",
    "previous_year": "the year before, {days}",
}
COMPARED_WITH_NOTHING = "nothing"
COMPARED_DAYS = "Compared days"
AS_FAR = "{days}, as far as there are data"
FILTERS = "Filters"
NO_FILTERS = "none"
VERSION = "version {number}, sales up to {day}"
TITLES = {
    "product": "Products with the most revenue",
    "customer": "Customers with the most revenue",
    "country": "Countries with the most revenue",
    "category": "Categories",
}
GROUPS = {
    "price": "price {change}",
    "volume": "volume {change}",
    "new": "new {change}",
    "lost": "no longer sold {change}",
}
NEW = "new"
GRAINS = {"day": "By day.", "week": "By week.", "month": "By month."}
COURSE = {
    "day": "Revenue by day, highest {money}",
    "week": "Revenue by week, highest {money}",
    "month": "Revenue by month, highest {money}",
}
WEEKDAYS = "Revenue by weekday"
MOST_GROWTH = "over {share}"
RATE_POINTS = "{number} points"
WEEK_OF = "week of {day}"

languages.translate(__name__)
