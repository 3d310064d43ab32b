"""Every sentence the dashboard says, in one place."""

OVERVIEW = "Overview"
IMPORTS = "Imports"
SALES_SECTION = "Sales"
DATA_SECTION = "Data"

UNKNOWN = "Unknown"

# The frame
SIGN_OUT = "Sign out"
SIGN_IN = "Sign in"
ROLES = {
    "viewer": "Viewer",
    "editor": "Editor",
    "manager": "Manager",
    "admin": "Administrator",
}
SIGNED_OUT_TITLE = "You are signed out"
SIGNED_OUT = "Your session has ended. Sign in again and you come back to this page."
REFUSED_TITLE = "This cannot be shown"

# Filters
PERIOD = "Period"
COUNTRIES = "Countries"
ALL_COUNTRIES = "All countries"
GRAIN = "By"
FROM = "From"
TO = "To"
WRONG_ORDER = "The period ends before it begins. Choose a later last day."

# What is shown
DATA_UP_TO = "Data up to {day}"
OLD_DATA = "Data up to {day}; periods such as “Last 30 days” count back from that day"
COMPARED = "{this}, compared with {before}"
COMPARED_PARTLY = "{this}, compared with {before} (sales begin on {first})"
NO_EARLIER = "no earlier sales to compare"
CHANGE = "from {before}"
NO_SALES_TITLE = "No sales in this period"
NO_SALES = "With these filters there are no sales: {period}. Choose another period or country."
REVENUE_OVER_TIME = "Revenue over time"
THIS_PERIOD = "This period"
EARLIER_PERIOD = "Earlier period"
TOP_PRODUCTS = "Top products"
TOP_CUSTOMERS = "Top customers"
TOP_COUNTRIES = "Top countries"
PRODUCT = "Product"
CUSTOMER = "Customer"
COUNTRY = "Country"
REVENUE = "Revenue"
SHARE = "Share"
BUCKETS = {"day": "Day", "week": "Week beginning", "month": "Month"}
WEEK_OF = "Week of {day}"
AXIS = "Revenue ({currency})"
CHART_ALT = "Line chart of revenue by {grain}, {period}"

# An empty store
EMPTY_TITLE = "No sales yet"
EMPTY = "Load a sales file, and this page shows your revenue, orders, customers and products."
EMPTY_VIEWER = "Once a colleague has loaded a sales file, this page shows what was sold."
LOAD_A_FILE = "Load a sales file"
LAYOUTS_TITLE = "Which files can be loaded?"
LAYOUTS = """
CSV files, plain or packed as `.csv.gz`. The first line names the columns, and tells the layout:

- **Online Retail**, a row for each article of an invoice:
  `InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country`
- **Purchases**, a row for each purchase:
  `customer_name, country, purchase_date, amount`
- **Customers**, a row for each customer, to see sales by gender and age; later files win:
  `customer_id, gender, age`
"""

# Imports
IMPORTS_LEAD = (
    "A file is loaded wholly or not at all, and the same content never twice. It can be undone."
)
VIEWER_TITLE = "You cannot load files"
VIEWER_CANNOT_LOAD = (
    "Your role is Viewer: you can look at sales, but not load them. Ask an administrator for the"
    " role Editor if you should."
)
HISTORY = "What was loaded"
HISTORY_EMPTY = "Nothing was loaded yet. The first file will be listed here."
HISTORY_CUT = "The newest {count} imports are listed."
FILE = "File"
KIND = "Kind"
KINDS = {"sales": "Sales", "customers": "Customers"}
LOADED_AT = "Loaded"
ROWS = "Rows"
REJECTED = "Rejected"
DAYS = "Sales from – to"
REJECTS_LINK = "{count} rows"
UNDONE = "Undone"
LOADED_BY = "by {name}"
BY_TERMINAL = "in the terminal"
UNDO = "Undo"
REDO = "Redo"
UNDO_TITLE = "Undo {file}"
REDO_TITLE = "Redo {file}"
UNDO_ASKED = "Undo this import?"
REDO_ASKED = "Redo this import?"
UNDO_LEAD = (
    "Every figure becomes what it is without this file (rows: {rows}, revenue: {revenue})."
    " Nothing is deleted: you can redo it at any time."
)
REDO_LEAD = "The file counts again in every figure (rows: {rows}, revenue: {revenue})."
CANCEL = "Cancel"
WORKING = "Working out the figures …"
REJECTS_TITLE = "Download the rejected rows with their reasons (CSV)"

DROPZONE = {
    "title": "Drop a file of sales or customers here",
    "choose": "Choose a file",
    "hint": "CSV, plain or .gz",
    "uploading": "Uploading {file}",
    "percent": "{percent}%",
    "checking": "Checking and loading rows …",
    "seconds": "{seconds} s",
    "loaded": "{rows} rows loaded",
    "loaded_lead": "{file} · {days} · revenue {revenue}",
    "rounded": "{rows} amounts had more than four decimals and were rounded.",
    "rejected": "{rows} rows were skipped.",
    "rejects_link": "Download them with their reasons",
    "to_overview": "See the Overview",
    "known": "Already loaded",
    "known_lead": "The same content was loaded before, on {when}. Nothing was added.",
    "bad_rows": "{bad} of {rows} rows cannot be loaded, so nothing was",
    "first_problems": "The first {count}:",
    "all_problems": "Here is what to correct:",
    "line": "Line",
    "column": "Column",
    "value": "Value",
    "reason": "Reason",
    "skip": "Load the {good} good rows and skip these",
    "correct": "Correct the file and load it again, or leave these rows out.",
    "none_good": "Correct the file and load it again.",
    "refused": "The file was not loaded",
    "network_title": "The answer did not arrive",
    "network": "The connection broke before the server answered. Look below whether the file is"
    " listed; if not, try again.",
    "unclear": "The server could not answer. Try again in a moment.",
    "signed_out": "You are signed out. Sign in again, then load the file.",
    "one_file": "Drop one file at a time.",
    "another": "Load another file",
}
