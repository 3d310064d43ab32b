"""What the page of customers says, beside what `dashboard/texts.py` has in common."""

from tillsight import languages
from tillsight.languages import counted

VIEWS = {
    "overview": "Overview of customers",
    "segments": "Segments",
    "lifetime": "Lifetime value",
    "cohorts": "Cohorts",
    "customers": "One by one",
}
OVER_ALL = "Over all sales, {period}. The period and filters of other pages do not narrow this."
NO_CUSTOMERS_HERE_TITLE = "No known customers in this period"
NO_CUSTOMERS_HERE = (
    "The sales of these days and filters name no customers: {period}. Choose another period."
)

# Overview of customers
COURSE_TITLE = "New and returning customers"
COURSE_LEAD = "New: their first purchase ever is in that {grain}. Returning: it was before."
GRAINS = {"day": "day", "week": "week", "month": "month"}
NEW = "New"
RETURNING = "Returning"
NEW_HOVER = "{when}: <b>{count}</b> new"
RETURNING_HOVER = "<b>{count}</b> returning, <b>{share}</b> of all"
CUSTOMERS_AXIS = "Customers"
COURSE_ALT = (
    "Stacked bars of customers by {grain}, {period}. Of {customers} customers {new} are new in"
    " these days, {returning} bought before."
)
TOP_TITLE = "Top customers"
TOP_LEAD = "With the most revenue in these days."
TOP_UNKNOWN = "Sales without a customer, {amount} ({share} of the revenue), have no place here."
GROUP_TITLES = {"gender": "By gender", "age_band": "By age"}
GROUP_HEADS = {"gender": "Gender", "age_band": "Age"}
GROUP_HOVER = "{name}: <b>{count}</b> customers, {share}; {mean} each"
GROUP_ALT = "Bar chart of customers by {group}, {period}. Most are {name}: {count}, {share}."
EACH = "Revenue each"
GROUPS_HINT_TITLE = "Gender and age"
GROUPS_HINT = (
    "Nothing is known of them yet. Load a file of customers with the columns customer_id, gender"
    " and age, and this page shows who buys, and every page of sales can be filtered by it."
)
GROUPS_HINT_LINK = "Load a file of customers"

# Segments
GRID_TITLE = "How recently and how often they bought"
GRID_LEAD = (
    "Each customer is scored from 1 to 5 for how recently they bought, how often, and for how much."
    " A score of 5 is about the best fifth of all. A cell tells how many customers have its two"
    " scores, and the segment that most of them are in."
)
GRID_X = "How often: from 1 (seldom) to 5 →"
GRID_Y = "↑ How recently: from 1 (long ago) to 5"
GRID_EMPTY = "Recency {recency}, frequency {frequency}: nobody"
GRID_HOVER = "Recency {recency}, frequency {frequency}: <b>{count}</b> customers, {revenue}"
GRID_HOVER_PART = "{segment}: {count}"
GRID_ALT = (
    "Heat map of {customers} customers by how recently and how often they bought. The largest"
    " segment is {largest} with {count} of them; {best} brought the most revenue, {share}."
)
RECENCY = "Recency"
FREQUENCY = "Frequency"
SEGMENTS_TITLE = "The eleven segments"
SEGMENTS_LEAD = "Each name leads to its customers, who can be taken home as a list to write to."
DO = "What to do"
SHARE_OF_CUSTOMERS = "Share"
SHARE_OF_REVENUE = "Share of revenue"
SEGMENT_MEANS = {
    "Champions": "Bought lately, come often, spend most.",
    "Loyal": "Come often and spend well, most of them lately.",
    "Potential loyalist": "Bought lately, came more than once, spend little or middling sums.",
    "New": "Bought lately, for the first time or nearly so, and little.",
    "Promising": "Bought lately and for good sums, but seldom so far.",
    "Need attention": "Good in every respect, but the last purchase is a while ago.",
    "About to sleep": "Seldom here, little spent, and not seen for a while.",
    "At risk": "Came often and spent well, but not for a long time.",
    "Cannot lose them": "Spent a lot in few or many purchases, and have been away longest.",
    "Hibernating": "Came seldom, spent little, and that was long ago.",
    "Lost": "The lowest in all respects: long ago, seldom, little.",
}
SEGMENT_DO = {
    "Champions": "Thank them, show new things to them first, ask for a review.",
    "Loyal": "Offer the better product, reward them for staying.",
    "Potential loyalist": "Suggest what goes with what they bought; invite to a programme.",
    "New": "Welcome them, help with the first purchase, make the second one easy.",
    "Promising": "Stay in touch; a reason to come back soon.",
    "Need attention": "An offer for a limited time, chosen by what they bought.",
    "About to sleep": "Remind them what sells best; a small discount.",
    "At risk": "Write to them by name, ask what was wrong, bring them back.",
    "Cannot lose them": "Call or write yourself; do not leave these to competitors.",
    "Hibernating": "A cheap reminder now and then; expect little.",
    "Lost": "One last offer, then spend the effort elsewhere.",
}

# Cohorts
COHORTS_TITLE = "Who came again"
COHORTS_LEAD = (
    "A cohort is everybody whose first purchase was in the same month. The colour tells how many of"
    " them bought again in each month after. The first month of the data also holds those who had"
    " bought before."
)
COHORTS_AS = "Shown as"
COHORTS_KINDS = {"percent": "Percent", "customers": "Customers"}
COHORT = "First purchase"
COHORT_NAME = "{month} · {count}"
COHORT_SIZE = "Customers"
COHORTS_X = "Months after the first purchase"
COHORTS_SCALE = {"percent": "Came again", "customers": "Customers"}
COHORTS_HOVER = (
    "First purchase in {cohort}, {size} customers<br>{month} months after: <b>{share}</b>,"
    " {count} customers"
)
COHORTS_HOVER_OPEN = "{told}<br>That month is not over in the data."
COHORTS_OPEN = "Month not over yet"
COHORTS_OPEN_FOOT = "* The data end before that month does."
COHORTS_LATEST = "The latest {count} months are shown; the files have all {total}."
COHORTS_ALT = (
    "Heat map of customers who came again, a row for each of {count} months of first purchase."
    " {told}"
)
COHORTS_ALT_AFTER = "{month} months after the first purchase {share} of the customers bought."
COHORTS_ALT_ONE = "In the month after the first purchase {share} of the customers bought."
COHORTS_ALL = "All, months that are over"
COHORTS_SHORT = (
    "The sales begin and end in the same month. Who comes again can be told from the next month on."
)
MONTH_AFTER = "+{month}"

# One by one
LIST_TITLE = "All customers"
LIST_LEAD = "With what each of them is expected to buy in the 52 weeks after {day}."
LIST_LEAD_PLAIN = "With what each of them spent so far."
FIND = "Find"
FIND_HINT = "Part of id or name"
NOBODY_FOUND = "No customer is like that. Shorten what is to be found, or choose all segments."

# One customer
MONTHS_LEAD = "From the first order to the last."
BOUGHT_LEAD = "The products with the most revenue over all time."
ORDERS_TITLE = "Their orders"
ORDERS_LEAD = "Newest first, goods taken back included. Open one to see its lines."
ORDERS_NONE = "There are no orders to show."
ORDERS_SHOWN = counted("Order {first}", "Orders {first} – {last}")
ORDER = "Order {id}"
ORDER_WITHOUT_ID = "Purchase without order number"
ORDER_LINES = counted("{number} line", "{number} lines")
ORDER_RETURNED = "{amount} taken back"
ALL_ORDERS = "On the page of orders"
LINES_CUT = "The order has more lines; all of them are on the page of orders."
QUANTITY = "Quantity"
PRICE = "Price"
AMOUNT = "Amount"
CATEGORY = "Category"
FIRST_ORDER = "First order"
LAST_ORDER = "Last order"
UNNAMED_PRODUCT = "Without product"

# What is held about a customer, and erasing
DATA_TITLE = "What is held about this customer"
DATA_LEAD = "For the person, who may ask for it. Only admins see this."
DATA_HELD = (
    "The file holds profile, orders with their lines, purchases, rows of files of customers,"
    " rejected rows and notes, and what was undone as well. The audit log says who took it home,"
    " and not about whom."
)
DATA_DOWNLOAD = "Download all of it (JSON)"
ERASE_ASK = "Erase this customer"
ERASE_TITLE = "Erase this customer for good?"
ERASE_MEANS = (
    (
        "Their sales stay and count, under a random pseudonym. Every total, and the numbers of"
        " customers and orders, stay what they are."
    ),
    (
        "Id and name go from files, purchases, rejected rows, notes, saved views, KPIs and"
        " forecasts. Gender and age go, too."
    ),
    "Files that wait for somebody’s answer are removed: they have to be sent again.",
    "Comments and descriptions of KPIs and names of files are not searched.",
    "Backups made before still name them, until those are deleted.",
)
ERASE_FINAL = "This cannot be undone."
ERASE_REPEAT = "Type the id above to go on"
ERASE = "Erase for good"
ERASE_NOT_SAME = (
    "That is not the id of this customer, so nothing was changed. Capitals count as well."
)
ERASED_TITLE = "The customer is erased"
ERASED = (
    "From version {version} of the data on nothing names them. A pseudonym stands in {imports} and"
    " {purchases}."
)
ERASED_IMPORTS = counted("{number} import", "{number} imports")
ERASED_PURCHASES = counted("{number} purchase", "{number} purchases")
ERASED_NEXT = "What is left to do, as the server cannot:"
ERASED_TO_DO = (
    "Make a new backup, and delete those made before: they still name the customer.",
    "Have exports and files that people took home deleted.",
    "Look through comments and descriptions of KPIs and names of files, if they may name them.",
)
ERASED_READ = "I have read this"
ERASED_TRACES = "In the audit log"

languages.translate(__name__)
