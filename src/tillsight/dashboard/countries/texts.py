"""What the page Countries says."""

from tillsight import languages

TITLE = "Countries"

# Map
MAP = "On the map"
FOCUS = "Part of the world"
FOCUSES = {"world": "World", "europe": "Europe"}
UNDER = "under {to}"
BETWEEN = "{since} – {to}"
FROM = "{since} and more"
SOLD = "Sales"
NO_SALES_THERE = "No sales"
HOVER = "{name}: {money}"
HOVER_SHARE = "{share} of revenue"
HOVER_CHANGE = "{change} from {before}"
HOVER_NEW = "nothing in the days it is compared with"
MAP_ALT = (
    "Map of revenue by country, {period}. Most from {first}: {money}, {share} of revenue."
    " {count} countries have sales."
)
MAP_ALT_NOTHING = "Map of revenue by country, {period}. No country on it has sales."
NOT_FOUND = "Not found on the map: {names}. The table has all of them."
OUTSIDE = "Outside of this part: {money}, {share} of revenue."
NAMED = "{name} ({money})"
AND_MORE = "and {count} more"

# Table
TABLE = "All countries"
SORT = "Sort by"
SORTS = {
    "revenue": "Revenue",
    "change": "Change",
    "orders": "Orders",
    "customers": "Customers",
    "average_order_value": "Order value",
    "name": "Name",
}
COUNTRY = "Country"
REVENUE = "Revenue"
SHARE = "Share"
ORDERS = "Orders"
CUSTOMERS = "Customers"
ORDER_VALUE = "Order value"
CHANGE = "Change"
NEW = "new"
NOTHING_BEFORE = "There was no revenue in the days it is compared with."
CHANGED_FROM = "from {before}"
TABLE_CUT = "The first {count} of {all} are shown. The files have all of them."
ONLY = "Only {name}"

# Small charts side by side
COURSES = "The largest, side by side"
COURSES_LEAD = "Revenue of the {count} countries with the most, in the order of their revenue."
SCALE = "Height of the charts"
SCALES = {"own": "Own scale", "same": "Same scale"}
COURSES_ALT = "Small line charts of revenue by {grain} for {names}, {period}; {scale}."

languages.translate(__name__)
