"""Every sentence of the page Revenue."""

from tillsight import languages

REVENUE = "Revenue"

MEASURES = {"revenue": "Revenue", "net_revenue": "Net revenue", "returns": "Returns"}
COUNTED = {"revenue": "Revenue", "orders": "Orders"}
GROWING = {"revenue": "Revenue", "net_revenue": "Net revenue", "orders": "Orders"}
MEASURE = "Figure"
AXIS_MONEY = {
    "revenue": "Revenue ({currency})",
    "net_revenue": "Net revenue ({currency})",
    "returns": "Returns ({currency})",
}
BUCKETS = {"day": "Day", "week": "Week beginning", "month": "Month", "quarter": "Quarter"}
QUARTER = "Q{quarter} {year}"
TOTAL = "Total"
REST = "All others"

# The course
TREND = "Over time"
SPLIT = "Split by"
SPLITS = {
    "nothing": "Not split",
    "country": "Country",
    "category": "Category",
    "channel": "Channel",
    "segment": "Segment",
}
FORM = "Drawn as"
FORMS = {"stacked": "Stacked", "lines": "Lines"}
TREND_ALT = {
    "revenue": "Line chart of revenue by {grain}, {days}: {total} in all, the most in {best} with"
    " {most}.",
    "net_revenue": "Line chart of net revenue by {grain}, {days}: {total} in all, the most in"
    " {best} with {most}.",
    "returns": "Line chart of returns by {grain}, {days}: {total} in all, the most in {best} with"
    " {most}.",
}
SPLIT_ALT = {
    "revenue": "Chart of revenue by {grain} and {dimension}, {days}: {first} has the most with"
    " {most} of {total}.",
    "net_revenue": "Chart of net revenue by {grain} and {dimension}, {days}: {first} has the most"
    " with {most} of {total}.",
    "returns": "Chart of returns by {grain} and {dimension}, {days}: {first} has the most with"
    " {most} of {total}.",
}
SPLIT_MOST = (
    "The {count} with the most are drawn one by one, the others together. Without comparison."
)
SPLIT_ALL = "Without comparison: the days shown alone."
TABLE_CUT = "The last {rows} of {all}; the files have all."
PER = {"day": "day", "week": "week", "month": "month", "quarter": "quarter"}
EARLIER_DAYS = "Earlier period"

# Notes
NOTES_LEAD = (
    "What happened on a day or over days: a fair, a power cut. Everybody sees them on the charts of"
    " this page, of the Overview and of the Forecast. These are about the days shown."
)
NOTES_NONE = "There is no note about the days shown."

# Growth
GROWTH = "Growth"
GROWTH_LEAD = {
    "month": "Whole months, at least the last twelve: each against the month before and the same"
    " month of the year before.",
    "quarter": "Whole quarters, at least the last eight: each against the quarter before and the"
    " same quarter of the year before.",
}
GROWTH_BY = "By"
GROWTH_GRAINS = {"month": "Month", "quarter": "Quarter"}
BEFORE = {"month": "Month before", "quarter": "Quarter before"}
YEAR_BEFORE = "Year before"
FROM_BEFORE = {"month": "Against the month before", "quarter": "Against the quarter before"}
FROM_YEAR = "Against the year before"
GROWTH_AXIS = "Change (%)"
GROWTH_HOVER = "{bucket}: <b>{change}</b>, {value} from {before}"
GROWTH_ALT = {
    "month": "Bar chart of the change of {measure} from month to month and from year to year."
    " {last}: {before} against the month before, {year} against the year before.",
    "quarter": "Bar chart of the change of {measure} from quarter to quarter and from year to year."
    " {last}: {before} against the quarter before, {year} against the year before.",
}
GROWTH_CUT = "Bars end at {most}; the table has the figures beyond."
UP_TO = "up to {day}"
SINCE = "from {day}"
IN_PROGRESS = "{bucket} is not over: it is compared with as many days of the earlier ones."
BEGUN = "Sales begin on {day}, so {bucket} is not whole: no growth is counted from it."
GROWTH_MEANS = "The change since the earlier bucket, as a part of what that one had."
GROWTH_NONE = {
    "month": "There is nothing to compare yet: there are no two whole months with sales.",
    "quarter": "There is nothing to compare yet: there are no two whole quarters with sales.",
}
NO_YEAR = "There are no sales of a year before yet, so the growth over a year cannot be told."

# Weekday and hour
HEAT = "When in the week"
HEAT_LEAD = {
    "average": "On average for one such day: of {days} days the sum is divided by how many Mondays,"
    " Tuesdays … there are, with or without sales.",
    "sum": "The sum of {days} days: no weekday comes twice in them.",
}
HEAT_HOVER = "{weekday}, {hours}: <b>{value}</b>{more}"
HEAT_MORE = "<br>{sum} on {days} such days"
HEAT_ALT = {
    "revenue": "Heat map of revenue by weekday and hour. The most is taken on {weekday}, {hours}:"
    " {value}.",
    "orders": "Heat map of orders by weekday and hour. Most come on {weekday}, {hours}: {value}.",
}
HOURS = "{first}–{last} h"
HOUR_AXIS = "Hour of the day"
HOUR = "Hour"
NO_HOURS = "These sales have a date but no time of day, so their hours are not known."
SOME_HOURS = "{part} of the revenue ({value}) has a date but no time of day: it is not in here."
CELLS_LINK = "Each field leads to the orders behind it."
OUTLIERS = {
    "revenue": "Colours end at {most}; days with more have the darkest.",
    "orders": "Colours end at {most} orders; days with more have the darkest.",
}

# Seasons
SEASONS = "Through the year"
SEASONS_LEAD = "The months of each year over those of the others, of all sales with these filters."
SEASONS_OLDER = "The last {count} of {all} years."
SEASONS_SHORT = (
    "No month is whole in two years yet, so this is the course of one year and says nothing of a"
    " season."
)
SEASONS_FEW = languages.counted(
    "{count} month alone is whole in two years. What came twice may still be chance.",
    "{count} months alone are whole in two years. What came twice may still be chance.",
)
SEASONS_TWO = "Two years are not many: what is alike in both may be chance."
SEASONS_ALT = (
    "Line chart of revenue by month, a line for each of the years {years}. The most was in {best}"
    " with {most}."
)
SEASON_HOVER = "{month}: <b>{value}</b>"
SEASON_HOVER_PART = "{month}, {part}: <b>{value}</b>"
MONTH_AXIS = "Month"
YEAR = "Year"

# Weekdays
WEEKDAYS = "Through the week"
WEEKDAYS_LEAD = {
    "average": "An average Monday, Tuesday … of the days shown, those without sales included.",
    "sum": "The days shown: no weekday comes twice in them.",
}
WEEKDAYS_FEW = "These are only {weeks} weeks: one unusual day moves its bar."
WEEKDAY_AXIS = "Weekday"
WEEKDAY_HOVER = "{weekday}: <b>{value}</b>, {days} such days"
WEEKDAYS_ALT = {
    "revenue": "Bar chart of average revenue by weekday, {days}. The best is {best} with {most}.",
    "orders": "Bar chart of average orders by weekday, {days}. The best is {best} with {most}.",
}
AVERAGE_MONEY = "Average revenue ({currency})"
AVERAGE_ORDERS = "Average orders"
SUCH_DAYS = "Such days"
SUM = "Sum"
AVERAGE = "Average"

# Calendar
CALENDAR = "Day by day"
CALENDAR_LEAD = (
    "A whole year, whatever period is chosen. Each day leads to its orders; a ring marks a note."
)
CALENDAR_HOVER = "{day}: <b>{value}</b>, {orders}"
CALENDAR_ORDERS = languages.counted("{number} order", "{number} orders")
CALENDAR_ALT = {
    "revenue": "Calendar of {year}: revenue of each day as a colour. The best day was {best} with"
    " {most}; {open} days had sales.",
    "orders": "Calendar of {year}: orders of each day as a colour. The best day was {best} with"
    " {most}; {open} days had sales.",
}
CALENDAR_NONE = "There are no sales in {year} with these filters."
WEEK = "Week of"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

languages.translate(__name__)
