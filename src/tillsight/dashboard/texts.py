"""Every sentence the dashboard says, in one place."""

from tillsight import languages

OVERVIEW = "Overview"
CATALOGUE = "Catalogue"
IMPORTS = "Imports"
MENU = "Pages"
SALES_SECTION = "Sales"
KPI_SECTION = "KPIs"
DATA_SECTION = "Data"
ADMIN_SECTION = "Admin"
OWN_SECTION = "You"
USERS = "Users"
AUDIT = "Audit log"
SETTINGS = "Settings"
PROFILE = "Profile"

UNKNOWN = "Unknown"

# Notes on charts over time
NOTE_HOVER = "{days}: {text}{who}"
NOTE_BY = " ({name})"

# Where the server cannot answer
NOT_UNDERSTOOD = "The server did not understand the question."

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
PREPARING_TITLE = "Your sales are being laid out"
PREPARING = (
    "After an upgrade or a restore, and with the first large file, everything is laid out anew for"
    " questions. No sale is lost. This page opens by itself as soon as it is done."
)
PREPARING_DONE = "{done} of {whole} lines"
PREPARING_LEFT = {"seconds": "about {count} s left", "minutes": "about {count} min left"}
PREPARING_MEANWHILE = "Meanwhile you can use what needs no sales figures:"
BUILT = (
    "Figures are built from time to time here. What is loaded, entered or changed is safe at once,"
    " and counts from the next build on."
)
BUILT_WAITING = languages.counted("{count} change waits for it.", "{count} changes wait for it.")
BUILT_ALL = "The last build has everything."
BUILT_NEXT = "Figures show it after the next build."
REFUSED_TITLE = "This cannot be shown"
FORBIDDEN_TITLE = "This page is not for your role"
FORBIDDEN = "You are signed in as {name}, whose role is {role}. An administrator can change that."
TO_OVERVIEW = "Go to the Overview"

# While an answer is awaited, and what comes of it
NO_ANSWER = "The server did not answer in time. Try again in a moment."
SERVER_AWAY = {
    "title": "The server does not answer",
    "text": "What you see stays. The page goes on by itself once the server is there again.",
}
NO_USE = "The server could not answer. Try again in a moment."
STILL_ASKING = "Still working on it: {seconds} s"
STOP_ASKING = "Stop"
STOPPED = "Stopped. Nothing is being worked out for this any more."
ASK_AGAIN = "Ask again"
FAILED = "This could not be shown"

# An open page
REFRESH = "Refresh"
REFRESH_LABEL = "Refresh: {how}"
REFRESHES = {"0": "by hand", "1": "each minute", "5": "every 5 minutes"}
REFRESH_HELP = "Whether this page shows new data by itself, or says that there are some."
NEW_DATA = "There are new data."
SHOW_NEW_DATA = "Show"

# Filters
PERIOD = "Period"
PRESETS = {
    "1d": "Last day",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "mtd": "Month to date",
    "qtd": "Quarter to date",
    "ytd": "Year to date",
    "last-year": "Last year",
    "all": "All time",
    "custom": "Custom",
}
COMPARE = "Compared with"
COMPARES = {
    "previous_period": "Period before",
    "previous_year": "Year before",
    "nothing": "Nothing",
}
PER = {"day": "day", "week": "week", "month": "month"}
GRAINS = {"auto": "Auto", "day": "Day", "week": "Week", "month": "Month"}
MORE_CHOICES = "More choices"
MORE_FILTERS = "Filters"
MORE_FILTERS_USED = "Filters · {count}"
COUNTRIES = "Countries"
ALL_COUNTRIES = "All countries"
DIMENSIONS = {
    "country": COUNTRIES,
    "category": "Categories",
    "channel": "Channels",
    "segment": "Segments of customers",
    "gender": "Genders",
    "age_band": "Ages",
}
ALL_OF = {
    "country": ALL_COUNTRIES,
    "category": "All categories",
    "channel": "All channels",
    "segment": "All segments",
    "gender": "All genders",
    "age_band": "All ages",
}
GRAIN = "By"
FROM = "From"
TO = "To"
WRONG_ORDER = "The period ends before it begins. Choose a later last day."

# What is shown
DATA_UP_TO = "Data up to {day}"
OLD_DATA = "Data up to {day}; periods such as “Last 30 days” count back from that day"
COMPARED = "{this}, compared with {before}"
COMPARED_PARTLY = "{this}, compared with {before} (sales begin on {first})"
RATE_POINTS = "{number} points"
NO_EARLIER = "no earlier sales to compare"
CHANGE = "from {before}"
NO_SALES_TITLE = "No sales in this period"
NO_SALES = "Nothing was sold in these days: {period}. There are data of {known}."
NO_SALES_FILTERED = "With these filters nothing was sold in these days: {period}. {filters}."
SHOW_ALL_DAYS = "Show all days"
WITHOUT_FILTERS = "Without filters"
REVENUE_OVER_TIME = "Revenue over time"
THIS_PERIOD = "This period"
EARLIER_PERIOD = "Earlier period"
PRODUCT = "Product"
CUSTOMER = "Customer"
COUNTRY = "Country"
TOP = {"product": "Top products", "customer": "Top customers", "country": "Top countries"}
TOP_HEADS = {"product": PRODUCT, "customer": CUSTOMER, "country": COUNTRY}
REVENUE = "Revenue"
SHARE = "Share"
BUCKETS = {"day": "Day", "week": "Week beginning", "month": "Month"}
WEEK_OF = "Week of {day}"
AXIS = "Revenue ({currency})"
ABOUT_FIGURES = "About these figures"
AS_TABLE = "As a table"
CSV = "CSV"
XLSX = "Excel"
ORDERS_BEHIND = "Orders"
FILTERS = "Filters"
NO_FILTERS = "none"
REPORT = "Report to print"
DATA = "Data"
DATA_VERSION = "version {version}, up to {day}"
NOTHING_HERE = "There is nothing of this in the chosen days and filters."

# An empty store
EMPTY_TITLE = "No sales yet"
EMPTY = "Load a sales file, and this page shows your revenue, orders, customers and products."
EMPTY_VIEWER = "Once a colleague has loaded a sales file, this page shows what was sold."
LOAD_A_FILE = "Load a sales file"
LAYOUTS_TITLE = "Which files can be loaded?"
LAYOUTS = """
CSV, Excel (`.xlsx`), Parquet or JSON lines, plain or packed as `.gz` or `.zip`. The names of the
columns tell what is in it; of a file we do not know, you say it once:

- **Online Retail**, a row for each article of an invoice:
  `InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country`
- **Purchases**, a row for each purchase:
  `customer_name, country, purchase_date, amount`
- **Exports**: Shopify orders, WooCommerce order items, Square items, Superstore and H&M files
- **Customers**, a row for each customer, to see sales by gender and age; later files win:
  `customer_id, gender, age`
- **Products**, a row for each product, for the catalogue; later files win:
  `product_id, product_name, category, price, quantity_sold, rating, review_count`
- **KPI values**, a row for each KPI and period (2026, 2026-Q1, 2026-03, 2026-W12 or 2026-03-05):
  `kpi, period, value, comment`
"""

# Catalogue
CATALOGUE_LEAD = (
    "What you offer. Price, quantity sold, rating and reviews come from products files and edits,"
    " revenue from the sales."
)
VIEW = "View"
VIEWS = {"products": "Products", "categories": "Categories"}
FIND_PRODUCT = "Find"
FIND_PRODUCT_HINT = "Name or id"
CATEGORY = "Category"
ANY_CATEGORY = "All categories"
SORT = "Sort by"
SORTS = {
    "-revenue": "Highest revenue",
    "product_name": "Name, A to Z",
    "product_id": "Id",
    "-price": "Highest price",
    "price": "Lowest price",
    "-quantity_sold": "Most units sold",
    "-rating": "Best rating",
    "rating": "Worst rating",
    "-review_count": "Most reviews",
}
PRICE = "Price"
QUANTITY_SOLD = "Quantity sold"
RATING = "Rating"
RATING_OF = "{rating} of 5"
REVIEWS = "Reviews"
SALES_REVENUE = "Revenue"
NO_CATEGORY = "No category"
EDIT = "Edit"
EDIT_TITLE = "Edit {name}"
PRODUCTS_SHOWN = languages.counted(
    "Product {first} of {total}", "{first} – {last} of {total} products"
)
PREVIOUS = "Previous"
NEXT = "Next"
DOWNLOAD_CSV = "Download as CSV"
ADD_PRODUCT = "Add product"
ADD_PRODUCT_ASKED = "Add a product"
PRODUCT_ID = "Product id"
PRODUCT_NAME = "Product name"
PRODUCT_ADDED = "{name} was added."
PRODUCT_SAVED = "{name} was changed."
PRODUCT_SAME = "Nothing was changed."
PRODUCT_DELETED = "{name} was deleted."
DELETE = "Delete"
DELETE_LEAD = "The product leaves the catalogue; its sales stay. You can undo this."
CHANGE_UNDONE = "The change was undone."
NOT_A_NUMBER = "Write a number, such as 12.50, or leave it empty."
NOT_WHOLE = "Write a whole number, such as 120, or leave it empty."
FIELD_NEEDED = "This is needed."
LOAD_PRODUCTS = "Load a products file"
LOAD_PRODUCTS_LEAD = (
    "A CSV file with product_id, product_name, category, price, quantity_sold, rating and"
    " review_count. Products that are here already are updated. H&M articles work too."
)
NO_PRODUCTS_TITLE = "No products yet"
NO_PRODUCTS = "Load a products file or sales, or add a product by hand, and it is listed here."
NO_PRODUCTS_VIEWER = "Once a colleague has loaded products or sales, they are listed here."
NO_PRODUCTS_FOUND_TITLE = "Nothing found"
NO_PRODUCTS_FOUND = "No product fits these filters. Choose another category or other words."
BY_CATEGORY = "Price × quantity sold by category"
BY_CATEGORY_LEAD = "As products files tell both. What the sales brought is on the Overview."
BY_CATEGORY_MOST = "The {count} largest of {all} categories."
BY_CATEGORY_ALT = "Bar chart of price times quantity sold by category"
TOP_PRODUCT = "Top product"
TOP_PRODUCT_SOLD = "{count} sold"
PRODUCTS_COUNT = "Products"

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
FILE = "File"
KIND = "Kind"
KINDS = {
    "sales": "Sales",
    "products": "Products",
    "customers": "Customers",
    "kpi_values": "KPI values",
}
LOADED_AT = "Loaded"
ROWS = "Rows"
REJECTED = "Rejected"
DAYS = "From – to"
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
UNDO_LEAD_OF_VALUES = (
    "The KPIs get back the values they had before (rows: {rows}). What was changed since stays as"
    " it is. Nothing is deleted: you can redo it at any time."
)
REDO_LEAD_OF_VALUES = "Its values are written again, over what is there now (rows: {rows})."
CANCEL = "Cancel"
WORKING = "Working out the figures …"
REJECTS_TITLE = "Download the rejected rows with their reasons (CSV)"

IMPORT_ID = "no. {id}"
FAILED = "Not loaded"
CANCELLED = "Cancelled"
KNOWN = "Already loaded as import {id}"
COPIED = "Copy"
LEFT_OUT = "{rows} rows of orders loaded earlier were left out"
REPLACED = "Takes the place of earlier orders"
FAILED_QUIETLY = "The file could not be loaded."
STEPS = {
    "waiting": "Waiting for its turn",
    "reading": "Reading the file",
    "checking": "Checking rows",
    "writing": "Writing rows",
    "laying_out": "Working out the figures",
}
STEP_ROWS = "{step}: {done} of {whole}"
STEP_BYTES = "{step}: {done} of {whole} MB"
STOP = "Cancel"
STOP_TITLE = "Cancel the import of {file}"
ANSWER = "Answer"
ANSWER_TITLE = "Answer the question about {file}"

DROPZONE = {
    "title": "Drop a file here",
    "choose": "Choose a file",
    "hint": "Sales, products or customers: CSV, Excel, Parquet or JSON lines, plain or packed",
    "uploading": "Uploading {file}",
    "going_on": "Going on with the file",
    "loading": "Loading {file}",
    "percent": "{percent}%",
    "progress": "Progress",
    "checking": "Loading the file",
    "steps": STEPS,
    "step_rows": "{step}: {done} of {whole}",
    "step_bytes": "{step}: {done} of {whole}",
    "may_leave": "You may leave this page: the file goes on loading, and is listed below.",
    "no_answer": "The server does not answer. Waiting for it …",
    "cancel": "Cancel",
    "cancelled": "Cancelled",
    "cancelled_lead": "Nothing of the file was loaded.",
    "loaded": "{rows} rows loaded",
    "loaded_lead": "{file} · {days} · revenue {revenue}",
    "left_out": "{rows} rows of orders that were loaded earlier were left out.",
    "rejected": "{rows} rows were skipped.",
    "rejects_link": "Download them with their reasons",
    "worth_a_look": "Loaded, but worth a look:",
    "at_lines": "Lines {lines}.",
    "to_see": {
        "sales": "See the Overview",
        "products": "See the Catalogue",
        "kpi_values": "See the Board",
    },
    "known": "Already loaded",
    "known_lead": "The same content was loaded before, on {when}, as import {id}. Nothing was"
    " added.",
    "overlap": "{orders} orders of this file are loaded already",
    "overlap_lead": "Nothing was loaded yet. These imports hold them:",
    "overlap_import": "{file} (import {id}): {orders} orders",
    "overlap_choices": {
        "skip": ("Only the new orders", "Orders that are loaded already stay as they are."),
        "replace": (
            "Replace the earlier ones",
            "This file's version of these orders counts instead; undo brings the earlier one back.",
        ),
        "add": ("Add to them", "The rows of both count, such as when an order came in two parts."),
    },
    "which_dates": "How are the dates in “{column}” written?",
    "which_numbers": "How are the numbers in “{column}” written?",
    "ambiguous_lead": "The whole file can be read in two ways. It holds, for example: {values}",
    "reading": "{example} means {means}",
    "reading_names": {
        "day_first": "Day first",
        "month_first": "Month first",
        "iso": "Year first",
        "point": "Decimal point",
        "comma": "Decimal comma",
    },
    "bad_rows": "{bad} of {rows} rows cannot be loaded, so nothing was",
    "by_reason": "Why:",
    "first_problems": "The first {count}:",
    "all_problems": "Here is what to correct:",
    "line": "Line",
    "lines": "Lines",
    "rows": "Rows",
    "column": "Column",
    "value": "Value",
    "reason": "Reason",
    "skip": "Load the good rows ({good}) and skip these",
    "correct": "Correct the file and load it again, or leave these rows out.",
    "none_good": "Correct the file and load it again.",
    "refused": "The file was not loaded",
    "network_title": "The file did not arrive",
    "network": "The connection broke while the file was sent. Try again.",
    "unclear": "The server could not answer. Try again in a moment.",
    "signed_out": "You are signed out. Sign in again, then load the file.",
    "one_file": "Drop one file at a time.",
    "another": "Load another file",
    "mapping": {
        "title": "Which column is what?",
        "lead": "The columns of {file} are not known here. Say what they hold; those with * are"
        " needed.",
        "kind": "What its rows are",
        "kinds": KINDS,
        "column": "Column",
        "samples": "For example",
        "holds": "Holds",
        "holds_of": "What {column} holds",
        "unused": "not used",
        "missing": "Still missing: {fields}",
        "complete": "{rows} rows can be read this way.",
        "first_rows": "The first rows as they would be loaded:",
        "line": "Line",
        "problem": "Problem",
        "save_as": "Recognise such files next time, as",
        "save_hint": "Name, such as Till export",
        "load": "Load the file",
    },
}

# Forms
SENDING = "Saving …"
SAVE = "Save"
SAVED = "Saved."
CORRECT = "Please correct what is marked."
NEVER = "Never"

# Profile
PROFILE_LEAD = "Your name, your password, mails, where you are signed in, and keys for programs."
ABOUT_YOU = "About you"
LANGUAGE_TITLE = "Language"
LANGUAGE_LEAD = "Of texts, numbers and dates, wherever you are signed in."
LANGUAGE_OF_BROWSER = "As the browser"
FIRST_NAME = "First name"
LAST_NAME = "Last name"
USERNAME = "Username"
EMAIL = "E-mail address"
EMAIL_TITLE = "E-mail address"
EMAIL_LEAD = (
    "You can sign in with it, and a forgotten password is sent there. A new address has to be"
    " verified before you can go on."
)
EMAIL_NONE = (
    "This account has no e-mail address yet, so a forgotten password cannot be sent. A new address"
    " has to be verified before you can go on."
)
EMAIL_SAVE = "Change address"
EMAIL_SAVED = "The address was changed. Verify it to go on."
PASSWORD_TITLE = "Password"
PASSWORD_LEAD = "8 to 128 characters. Your other sessions end when it changes."
CURRENT_PASSWORD = "Current password"
NEW_PASSWORD = "New password"
REPEAT_PASSWORD = "New password, once more"
NOT_THE_SAME = "This is not the same password."
PASSWORD_NEEDED = "Type your current password."
PASSWORD_SAVE = "Change password"
PASSWORD_SAVED = "The password was changed. Your other sessions were ended."
SESSIONS_TITLE = "Where you are signed in"
DEVICE = "Device"
SIGNED_IN_AT = "Signed in"
LAST_SEEN = "Last seen"
ADDRESS = "Address"
THIS_SESSION = "this one"
API_CLIENT = "API client"
END_SESSION = "End"
END_SESSION_TITLE = "End the session {device}, signed in {when}"
END_ALL = "Sign out everywhere"
END_ALL_ASKED = "Sign out everywhere?"
END_ALL_LEAD = "All sessions end, this one too. API keys go on working."
KEYS_TITLE = "API keys"
KEYS_LEAD = (
    "For programs that ask the API. A key is sent as “Authorization: Bearer …” or “X-API-Key”, and"
    " may do no more than its role."
)
KEYS_NONE = "You have no keys."
KEY_NAME = "Name"
KEY_NAME_HINT = "What the key is for, such as Monthly report"
KEY_ROLE = "Role"
KEY_BEGINS = "Begins with"
KEY_MADE = "Made"
KEY_USED = "Last used"
KEY_CREATE = "Create key"
KEY_CREATED = "The key “{name}” was made."
KEY_ONCE = "Copy the key now: it is not shown again."
KEY_DONE = "I have copied it"
KEY_REVOKE = "Revoke"
KEY_REVOKE_TITLE = "Revoke the key {name}"
KEY_REVOKE_ASKED = "Revoke this key?"
KEY_REVOKE_LEAD = "Programs that use it are refused from now on. This cannot be undone."

# Users
USERS_LEAD = "Who may sign in, and what they may do."
FIND_PERSON = "Find"
FIND_PERSON_HINT = "Name, username or e-mail"
ANY_ROLE = "All roles"
ANY_STATE = "Everybody"
ROLE = "Role"
STATE = "State"
STATES = {
    "active": "Active",
    "unverified": "Not verified",
    "inactive": "Deactivated",
}
PERSON = "Person"
NO_EMAIL = "no e-mail address"
CIRCLES = "Circles"
LAST_SIGN_IN = "Last sign-in"
NO_CIRCLES = "None"
MANAGE = "Manage"
MANAGE_TITLE = "Manage {name}"
YOURSELF = "you"
NOBODY_TITLE = "Nobody found"
NOBODY = "No account fits these filters."
USERS_CUT = "The first {count} of {all} are shown. Find somebody by name, username or e-mail."
INVITE = "Invite"
INVITE_ASKED = "Invite somebody"
INVITE_LEAD = "They choose a password of their own by the link they get."
INVITE_SEND = "Send invitation"
INVITED = "{email} was invited."
INVITE_LINK = "Hand this link to {email}. It works once, for 7 days, and is not shown again."
INVITE_LINK_DONE = "I have passed it on"
ROLE_LEADS = {
    "viewer": "looks at sales, and exports what they see",
    "editor": "loads sales, and enters KPI values of their circles",
    "manager": "makes circles and KPIs, and sets targets",
    "admin": "everything: people, settings, undo",
}
PERSON_SAVED = "{name} was changed."
PERSON_VERIFIED = "{name} is verified, and may sign in."
DEACTIVATED = "{name} was deactivated and signed out everywhere."
REACTIVATED = "{name} may sign in again."
VERIFY = "Mark as verified"
VERIFY_LEAD = "The e-mail address is not verified yet, so this person cannot sign in."
DEACTIVATE = "Deactivate"
DEACTIVATE_LEAD = "Deactivating ends all sessions; keys rest until the account is switched on."
REACTIVATE = "Reactivate"
REACTIVATE_LEAD = "This account is switched off: nobody can sign in with it."

# Audit log
AUDIT_LEAD = "Who did what, newest first. Entries are only ever added."
WHEN = "When"
WHO = "Who"
WHAT = "What"
ABOUT = "About"
ANY_ACTION = "Everything"
ANYBODY = "Everybody"
FIND_ENTRY = "Find"
FIND_ENTRY_HINT = "Any part of an entry"
FIRST_DAY = "From"
LAST_DAY = "To"
AUDIT_EMPTY_TITLE = "Nothing found"
AUDIT_EMPTY = "No entry fits these filters."
OLDER = "Older"
NEWEST = "Newest"
ACTORS = {"terminal": "In the terminal", "stranger": "A stranger"}
ORIGINS = {
    "browser": "in the browser",
    "api": "over the API",
    "single sign-on": "by single sign-on",
}
ACTIONS = {
    "sign_in": "Signed in",
    "sign_in_failed": "Sign-in failed",
    "signed_out": "Signed out",
    "session_ended": "Session ended",
    "registered": "Registered",
    "email_verified": "E-mail verified",
    "password_changed": "Password changed",
    "password_reset": "Password reset",
    "profile_changed": "Profile changed",
    "user_added": "User added",
    "user_invited": "User invited",
    "user_verified": "User verified",
    "user_deactivated": "User deactivated",
    "user_reactivated": "User reactivated",
    "role_changed": "Role changed",
    "identity_linked": "Single sign-on linked",
    "key_created": "API key created",
    "key_revoked": "API key revoked",
    "key_used": "API key used",
    "circle_created": "Circle created",
    "circle_renamed": "Circle renamed",
    "import_profile_saved": "Import profile saved",
    "import_profile_deleted": "Import profile deleted",
    "circle_archived": "Circle archived",
    "circle_restored": "Circle restored",
    "member_added": "Member added",
    "member_removed": "Member removed",
    "import": "Import",
    "undo": "Undo",
    "redo": "Redo",
    "purchase": "Purchase",
    "purchase_undo": "Undo of a purchase",
    "purchase_redo": "Redo of a purchase",
    "export": "Export",
    "customer_export": "Data of a customer exported",
    "customer_erase": "Customer erased",
    "purge": "Old data removed",
    "kpi_created": "KPI created",
    "kpi_changed": "KPI changed",
    "kpi_archived": "KPI archived",
    "kpi_restored": "KPI restored",
    "kpi_deleted": "KPI deleted",
    "target_set": "Target of a KPI set",
    "view_saved": "View saved",
    "view_changed": "View changed",
    "view_deleted": "View deleted",
    "note_written": "Note written",
    "note_changed": "Note changed",
    "note_deleted": "Note deleted",
    "calendar_corrected": "Calendar corrected",
    "calendar_correction_removed": "Calendar correction removed",
    "migrate": "Moved from an older product",
    "restore": "Restored from a backup",
}

# Settings
SETTINGS_LEAD = (
    "How this server is set up. Settings are environment variables or lines of the file .env, and"
    " count from the next start on."
)
WARNINGS_TITLE = "Worth changing"
SETTING = "Setting"
VALUE = "Value"
IS_DEFAULT = "default"
SECRET_SET = "Set, not shown"
SECRET_UNSET = "Not set"
NOT_SET = "Not set"
OTHER_SETTINGS = "Other"
SETTING_GROUPS = {
    "shop": "Shop",
    "server": "Server",
    "watching": "Log and monitoring",
    "people": "People and sign-in",
}
SETTING_PREFIXES = {"smtp": "Mail", "mail": "Mail", "oidc": "Single sign-on"}
SETTING_LABELS = {
    "home": "Home folder",
    "timezone": "Time zone",
    "url": "Public address",
    "database_url": "Database",
    "journal": "Place of the files of sales",
    "journal_cache": "Copies of files of a bucket, at most",
    "summaries": "Who lays the sales out",
    "workers": "Server processes",
    "compat": "Older contracts",
    "compat_anonymous": "Contracts without sign-in",
    "compat_passwordless": "Sign-in by e-mail alone",
    "public_docs": "API description for strangers",
    "question_seconds": "Longest question (seconds)",
    "warehouse_memory": "Memory for questions (MB)",
    "max_upload": "Largest file to load",
    "max_unpacked": "Largest file, unpacked",
    "access_token_minutes": "Life of an access token (minutes)",
    "max_body": "Largest other request",
    "stranger_requests_per_minute": "Requests a minute, of strangers",
    "expected_ports": "Ports that may be reached",
    "log_file_megabytes": "Size of a log file (megabytes)",
    "slow_question_seconds": "A question is slow after (seconds)",
    "metrics_token": "Token for /metrics",
    "traces_endpoint": "Collector of traces",
    "keep_undone_days": "Undone imports are kept (days)",
    "keep_audit_days": "The audit log is kept (days)",
    "secret_key": "Key that signs access tokens",
    "host": "Address it listens on",
    "port": "Port it listens on",
    "requests_per_minute": "Requests a minute, of one person",
    "trusted_proxies": "Trusted proxies",
    "environment": "Development or production",
    "log_level": "How much the log says",
    "cors_origins": "Web pages that may call the API (CORS)",
    "stop_seconds": "Time to end in (seconds)",
    "shop_name": "Name of the shop",
    "logo": "Logo",
    "currency": "Currency",
    "country": "Country, for holidays",
    "registration": "Who may register",
    "registration_domains": "Domains that may register",
    "registration_role": "Role of who registers",
    "smtp_host": "Mail server",
    "smtp_port": "Port of the mail server",
    "smtp_tls": "Encryption to the mail server",
    "smtp_user": "User at the mail server",
    "smtp_password": "Password at the mail server",
    "mail_from": "Sender of mails",
    "mail": "What becomes of mails",
    "allowed_hosts": "Names the server answers to",
    "database_connections": "Connections to the database",
    "database_recycle_seconds": "A connection is renewed after (seconds)",
    "oidc_issuer": "Address of the provider",
    "oidc_client_id": "Client id at the provider",
    "oidc_client_secret": "Client secret at the provider",
    "oidc_label": "Text of the button",
    "oidc_allowed_domains": "Domains that may sign in",
    "oidc_role_claim": "Claim that tells the role",
    "oidc_roles": "Roles by the value of the claim",
    "log_format": "How lines of the log are written",
    "log_file": "File of the log",
    "log_files_kept": "Older log files kept",
    "secrets_folder": "Folder with secrets as files",
    "prometheus_url": "Address of Prometheus",
}

# Enter values
ENTER_VALUES = "Enter values"
ENTER_LEAD = "Values of your circles that are still missing, those that are late first."
ENTER_LEAD_CIRCLE = "All values of a circle in one period: enter what is missing, correct the rest."
ENTER_FROM_FILE = "Load from a file"
ENTER_CANNOT_TITLE = "You cannot enter values"
ENTER_CANNOT = (
    "Your role is Viewer: you see all KPIs, but do not enter their values. Ask an administrator for"
    " the role Editor if you should."
)
ENTER_NO_CIRCLE_TITLE = "You belong to no circle yet"
ENTER_NO_CIRCLE = (
    "Values are entered by the members of a circle. Ask a manager to make you a member of yours."
)
ENTER_DONE_TITLE = "Everything is entered"
ENTER_DONE = "No value of your circles is missing. Choose a circle above to correct a value."
ENTER_NO_KPIS_TITLE = "Nothing to enter here"
ENTER_NO_KPIS = "This circle has no active KPI. Managers make KPIs on the page Manage."
ENTER_MINE = "My worklist"
ENTER_WHAT = "Show"
ENTER_OFTEN = "Periodicity"
ENTER_PERIOD = "Period"
ENTER_MISSING = "{count} values are missing"
ENTER_MISSING_ONE = "1 value is missing"
ENTER_NONE_MISSING = "No value is due"
ENTER_OVERDUE = "{missing}, {count} of them late"
ENTER_ALL_OVERDUE = "{missing}, all of them late"
ENTER_OVERDUE_ONE = "1 value is missing, and late"
ENTER_CUT = "The first {count} of {all} are shown. The others follow once these are entered."
ENTER_UNDER_WAY = "Not over yet, but may be entered already"
ENTER_KPI = "KPI"
ENTER_DUE = "Due"
ENTER_VALUE = "Value"
ENTER_COMMENT = "Comment"
ENTER_VALUE_OF = "Value of {kpi}, {period}, in {unit}"
ENTER_COMMENT_OF = "Comment on {kpi}, {period}"
ENTER_LATE = "⚠ Late by {days} days"
ENTER_LATE_ONE = "⚠ Late by 1 day"
ENTER_DUE_ON = "due {day}"
ENTER_TO_ENTER = "○ To enter"
ENTER_RUNNING = "◔ Under way"
ENTER_ENTERED = "● Entered"
ENTER_COMPUTED = "From the sales"
ENTER_HISTORY = "Changes"
ENTER_HISTORY_TITLE = "Last changes of {kpi}, {period}"
ENTER_HISTORY_NONE = "Nothing was changed yet."
ENTER_LOGGED = "{when}, {who}: "
ENTER_DELETE = "Delete value"
ENTER_DELETE_TITLE = "Delete the value of {kpi}, {period}"
ENTER_DELETE_ASKED = "Delete this value?"
ENTER_DELETE_LEAD = "It is missing then. The change log keeps what it was."
ENTER_SAVED = "{count} values were saved."
ENTER_SAVED_ONE = "1 value was saved."
ENTER_REFUSED = "Nothing was saved yet: see what is marked."
ENTER_GRID = {
    "save": "Save",
    "save_one": "Save 1 value",
    "save_more": "Save {count} values",
    "saving": "Saving …",
    "to_correct_one": "1 value has to be corrected first.",
    "to_correct": "{count} values have to be corrected first.",
    "not_a_number": "Write a number, such as 1250.50.",
    "two_ways": "“{text}” can be read in two ways. Write {whole} or {part}.",
    "decimals": "At most four decimals.",
    "too_large": "At most 14 digits before the point.",
    "reads_as": "= {number}",
    "needs_value": "A comment needs a value.",
    "not_empty": "A value is not emptied here. A manager can delete it: see Changes.",
    "theirs": "{who} changed it to {value} on {when}.",
    "take": "Take theirs",
    "keep": "Keep mine",
    "decide": "Choose which value counts.",
    "taken": "Theirs counts.",
}
ENTER_RANGES = {
    "both": "from {low} to {high}",
    "low": "{low} or more",
    "high": "{high} or less",
}
ENTER_OUTSIDE = "It has to be {range}."
SOMEBODY = "Somebody"

# Manage
MANAGE_PAGE = "Manage"
MANAGE_LEAD = "Circles and what they promise: their KPIs, the targets, and who belongs to them."
MANAGE_CANNOT_TITLE = "Managers make circles and KPIs"
MANAGE_CANNOT = (
    "Your role is {role}: you see every KPI on the Board, but do not define them. Ask a manager of"
    " your circle for a change, or an administrator for the role Manager if you should."
)
MANAGE_VIEWS = {"kpis": "KPIs", "circles": "Circles"}
FIND_KPI = "Find"
FIND_KPI_HINT = "Name or description"
KPI_STATES = {"active": "Active", "inactive": "Not active", "archived": "Archived"}
KPI_STATE_SYMBOLS = {"active": "●", "inactive": "◌", "archived": "▢"}
ANY_KPI_STATE = "All but archived"
KPIS_CUT = "The first {count} of {all} are shown. Find a KPI by its name, or choose a circle."
ADD_KPI = "Add KPI"
ADD_KPI_ASKED = "Add a KPI"
NO_OWN_CIRCLE_TITLE = "Make a circle first"
NO_OWN_CIRCLE = "A KPI belongs to a circle. You are in none yet: add one under Circles."
NO_KPIS_MANAGED = "No KPI fits these filters. Choose others, or add a KPI."
ADD_CIRCLE = "Add circle"
ADD_CIRCLE_ASKED = "Add a circle"
CIRCLE_NAME = "Name of the circle"
CIRCLE_ADDED = "The circle {name} was made. You belong to it."
CIRCLE_SAVED = "The circle {name} was changed."
CIRCLE_ARCHIVE = "Archive circle"
CIRCLE_ARCHIVE_LEAD = "It takes no more values, and leaves the Board. Its KPIs and values stay."
CIRCLE_ARCHIVED = "The circle {name} is in the archive."
CIRCLE_RESTORE = "Take out of the archive"
CIRCLE_RESTORE_LEAD = "This circle is in the archive: its KPIs take no values."
CIRCLE_RESTORED = "The circle {name} is in use again."
CIRCLE_STATES = {"active": "In use", "inactive": "Archived"}
MEMBERS = "Members"
MEMBERS_HELP = "They enter its values, from the role Editor on, and are reminded of them."
NO_MEMBERS = "Nobody"
KPIS_COUNT = "KPIs"
NO_CIRCLES_TITLE = "No circles yet"
NO_CIRCLES_LEAD = "A circle is a team that keeps KPIs together. Add the first one."
KPI_NAME = "Name"
KPI_NAME_HELP = "What is measured, such as Net revenue. Every KPI has a name of its own."
KPI_DESCRIPTION = "Description"
KPI_DESCRIPTION_HELP = "How it is counted, so that everybody counts alike."
KPI_CIRCLE_HELP = "The team whose members enter its values."
KPI_KIND = "Values"
KPI_KINDS = {"typed": "Entered", "computed": "Computed from sales"}
KPI_OFTEN = "How often"
KPI_OFTEN_HELP = "There is one value for each of these periods. It stays so once there is a value."
KPI_UNIT_HELP = "What values are counted in. It stands beside every value."
KPI_DIRECTION = "The promise"
KPI_DIRECTION_HELP = "To come up or down to the target, or to keep every value on one side of it."
KPI_INITIAL = "Start"
KPI_INITIAL_HELP = "Where the year begins: progress counts from here."
KPI_TARGET = "Target"
KPI_TARGET_HELP = "What is to be reached by the end of the year."
KPI_AGGREGATION = "Over the year"
KPI_AGGREGATION_HELP = "How the values of a year make one number."
KPI_USUAL = "Usual for the unit"
KPI_MINIMUM = "Smallest value"
KPI_MINIMUM_HELP = "Smaller values are refused. Empty: none are; percentages begin at 0."
KPI_MAXIMUM = "Largest value"
KPI_MAXIMUM_HELP = "Larger values are refused. Empty: none are; percentages end at 100."
KPI_OWNER_HELP = "Who looks after it. Its values are on the owner's worklist alone."
KPI_DUE = "Due after days"
KPI_DUE_HELP = "So many days after a period ended its value is due, 0 to 366."
KPI_MEASURE = "Measure"
KPI_MEASURE_HELP = "What is computed from the sales for each period."
KPI_ONLY = "Only these sales"
KPI_ONLY_HELP = "Leave a field empty to count all. What is not offered can be typed."
KPI_ALL_SALES = "All"
KPI_ADDED = "{name} was added."
KPI_SAVED = "{name} was changed."
KPI_SAME = "Nothing was changed."
KPI_WAS_DELETED = "{name} was deleted."
TARGETS_TITLE = "Targets"
TARGETS_LEAD = "A target may change, and earlier periods keep theirs."
TARGET_SINCE = "from {day} on"
TARGET_FIRST = "from the beginning"
TARGET_NEW = "New target"
TARGET_HOLDS = "It holds"
TARGET_HOLDS_OPTIONS = {
    "period": "from the current period on",
    "day": "from this day on:",
    "all": "for all periods, and the others go",
}
TARGET_DAY = "First day"
TARGET_DAY_NEEDED = "Choose the first day."
TARGET_SET = "Set target"
TARGET_SAVED = "The target of {name} was set."
TARGET_DROP = "Remove"
TARGET_DROP_TITLE = "Remove the target {value} {since}"
KPI_OFF = "Switch off"
KPI_OFF_LEAD = "Nobody is asked for its values, and none are taken, until it is switched on again."
KPI_IS_OFF = "{name} is switched off."
KPI_ON = "Switch on"
KPI_ON_LEAD = "This KPI is switched off: it takes no values."
KPI_IS_ON = "{name} takes values again."
KPI_ARCHIVE = "Archive"
KPI_ARCHIVE_LEAD = "It leaves the Board. Its values and their log stay, and it can be taken out."
KPI_IS_ARCHIVED = "{name} is in the archive."
KPI_RESTORE = "Take out of the archive"
KPI_RESTORE_LEAD = "This KPI is in the archive: it takes no values."
KPI_IS_RESTORED = "{name} is in use again."
KPI_DELETE = "Delete"
KPI_DELETE_LEAD = "Only a KPI that never had a value can be deleted."
KPI_TARGET_OF = "Target"
KPI_AIMS = {
    "increase": "up to {target}",
    "decrease": "down to {target}",
    "stay_above": "above {target}",
    "stay_below": "below {target}",
}
NUMBER_NEEDED = "Write a number, such as 1250.50."
NUMBER_TWO_WAYS = "“{text}” can be read in two ways. Write {whole} or {part}."
NOT_DAYS = "Write a whole number from 0 to 366."

# Activity
ACTIVITY = "Activity"
ACTIVITY_LEAD = (
    "Who changed which value of a KPI, and why, newest first. Entries are only ever added."
)
ACTIVITY_EMPTY_TITLE = "Nothing yet"
ACTIVITY_EMPTY = "Once somebody enters a value, it is listed here."
ACTIVITY_NONE_TITLE = "Nothing found"
ACTIVITY_NONE = "No change fits these filters. Choose others."
ACTIVITY_KPI = "KPI"
ACTIVITY_ALL_KPIS = "All KPIs"
ACTIVITY_PERSON = "Person"
ACTIVITY_PERIODS = {
    "": "All periods",
    "this_month": "This month",
    "last_month": "Last month",
    "this_quarter": "This quarter",
    "last_quarter": "Last quarter",
    "this_year": "This year",
    "last_year": "Last year",
    "days": "From – to",
}

# Restatements
RESTATED_ACCEPT = "Accept"
RESTATED_ACCEPT_TITLE = "Accept {value} for {period}"
RESTATED_ACCEPT_ALL = "Accept all {count}"
RESTATED_ASKED = "Accept what the sales say now?"
RESTATED_LEAD = "It becomes the reported value. The change log keeps what was reported before."
RESTATED_WHO = "A manager of the circle can accept them."
RESTATED_FROM_TO = "{period}: {before} → {after}"

# Mails
MAILS_TITLE = "Mails about KPIs"
MAILS_LEAD = "They go to {email}."
MAILS_NO_EMAIL = "This account has no e-mail address, so no mail can be sent."
MAILS = {
    "kpi_reminders": "Remind me before and after values of mine are due",
    "kpi_digest": "Every Monday, send me where the KPIs of my circles stand",
}

# Purchases
PURCHASES = "Purchases"
PURCHASES_LEAD = (
    "Purchases that are entered one by one. Each counts in every figure at once, and can be undone."
)
PURCHASES_LEAD_BUILT = "Purchases that are entered one by one. Each can be undone."
PURCHASE_ADD_TITLE = "Enter a purchase"
PURCHASE_CANNOT = (
    "Your role is Viewer: you can look at purchases, but not enter them. Ask an administrator for"
    " the role Editor if you should."
)
PURCHASE_CANNOT_TITLE = "You cannot enter purchases"
PURCHASE_COUNTRY_HINT = "Choose, or type another"
PURCHASE_DATE = "Date"
PURCHASE_AMOUNT = "Amount ({currency})"
PURCHASE_AMOUNT_HELP = "Above 0: a sale. Below 0: something was brought back."
PURCHASE_SUM = "Sum of the lines: {amount}"
PURCHASE_QUANTITY = "Quantity"
PURCHASE_PRICE = "Unit price"
PURCHASE_LINE_ADD = "Add a product"
PURCHASE_LINE_DROP = "Remove"
PURCHASE_LINE_DROP_TITLE = "Remove line {number}"
PURCHASE_SEND = "Enter purchase"
PURCHASE_DONE = "Purchase {id} entered: {customer}, {amount}."
PURCHASE_NO_CUSTOMER = "Say who bought."
PURCHASE_NO_DATE = "Choose the day."
PURCHASE_FUTURE = "This day lies in the future."
PURCHASE_NO_AMOUNT = "Say what was paid, or add products."
PURCHASE_ZERO = "The amount is 0. A sale is above 0, a return below."
PURCHASE_NO_PRODUCT = "Line {number}: name the product."
PURCHASE_NO_QUANTITY = "Line {number}: give a quantity; a return is below 0."
PURCHASE_NO_PRICE = "Line {number}: give the price of one piece."
PURCHASES_LISTED = "What was entered"
PURCHASES_EMPTY = "No purchase was entered yet. The first one will be listed here."
PURCHASES_NONE = "No purchase was entered with these days and countries."
REVENUE_OR_RETURN = "Amount"
PURCHASE_ENTERED = "Entered"
PURCHASE_BY = "by {name}"
PURCHASE_BY_NOBODY = "without signing in"
PURCHASE_UNDO_TITLE = "Undo purchase {id} of {customer}"
PURCHASE_REDO_TITLE = "Redo purchase {id} of {customer}"
PURCHASE_UNDO_ASKED = "Undo this purchase?"
PURCHASE_REDO_ASKED = "Redo this purchase?"
PURCHASE_UNDO_LEAD = "It counts in no figure any more. You can redo it at any time."
PURCHASE_REDO_LEAD = "It counts again in every figure."

# KPIs
BOARD = "Board"
KPI = "KPI"
BOARD_LEAD = "What was promised, how far it is, and how likely it is to be reached."
CIRCLE = "Circle"
ALL_CIRCLES = "All circles"
BOARD_PERIODS = {
    "this_month": "This month",
    "last_month": "Last month",
    "this_quarter": "This quarter",
    "last_quarter": "Last quarter",
    "this_year": "This year",
    "last_year": "Last year",
    "": "From – to",
}
BOARD_STATUS = "Status"
ANY_STATUS = "All"
BOARD_VIEWS = {"cards": "Cards", "table": "Table"}
BOARD_SORTS = {
    "worst": "Worst first",
    "best": "Best first",
    "name": "Name, A to Z",
    "circle": "Circle, A to Z",
    "progress": "Progress, least first",
    "-progress": "Progress, most first",
    "performance": "Performance, lowest first",
    "-performance": "Performance, highest first",
    "outlook": "Outlook, least likely first",
    "-outlook": "Outlook, most likely first",
}
BOARD_TO_DATE = "Figures as of {day}"
SORT_TITLE = "Sort: {order}"
BOARD_CUT = "The first {count} of {all} are shown. Choose a circle or a status to see others."
ABOUT_PROGRESS = "How much of the way from the start to the target is done."
ABOUT_PERIOD = "{days}, as of {day}"
ABOUT_ALL_PERIODS = "all periods, newest first"
ABOUT_VALUES = "entered and reported values as they are now; sales in version {version}"
WEEK_NAME = "Week {week} of {year}"
PERIODICITIES = {
    "daily": "Daily",
    "weekly": "Weekly",
    "monthly": "Monthly",
    "quarterly": "Quarterly",
    "yearly": "Yearly",
}
UNITS = {"percentage": "Percentage", "amount": "Amount", "score": "Score"}
POINTS = "\u00a0points"
PERCENTAGE_POINTS = "{number} percentage points"
DIRECTIONS = {
    "increase": "Increase to the target",
    "decrease": "Decrease to the target",
    "stay_above": "Stay above the target",
    "stay_below": "Stay below the target",
}
AGGREGATIONS = {
    "sum": "Values of the year add up",
    "last": "The last value of the year counts",
    "average": "The mean of the year counts",
}
STATUSES = {
    "behind": "Behind",
    "on_track": "On track",
    "ahead": "Ahead",
    "no_data": "No data",
}
STATUS_SYMBOLS = {"behind": "▼", "on_track": "●", "ahead": "▲", "no_data": "○"}
BOARD_BEHIND = languages.counted(
    "{count} of {all} KPIs is behind", "{count} of {all} KPIs are behind"
)
BOARD_FINDINGS = {
    "on_track": "No KPI is behind its pace",
    "no_data": "No KPI has a value of the year yet",
}
KPI_COUNT = languages.counted("{count} KPI", "{count} KPIs")
NO_VALUE = "No value yet"
SUM_OF_YEAR = "{x} in {year}"
MEAN_OF_YEAR = "{x} on average in {year}"
TARGETS = {
    "increase": "target {target}",
    "decrease": "target {target} or less",
    "stay_above": "stays above {target}",
    "stay_below": "stays below {target}",
}
KEPT = "{percent} kept"
EXPECTED_BY = "Expected by {day}: {expected}"
KEPT_RULE = "On track while 95% of the periods are kept"
START_IS_TARGET = "Target and start are the same: on track while it is kept"
NOTHING_TO_EXPECT = "Status and outlook begin with the first value of {year}"
LIKELY = {
    "likely": "Likely{percent} to reach the target by {day}",
    "open": "Open{percent} whether the target is reached by {day}",
    "unlikely": "Unlikely{percent} to reach the target by {day}",
}
LIKELY_KEPT = {
    "likely": "Likely{percent} to keep the target until {day}",
    "open": "Open{percent} whether the target is kept until {day}",
    "unlikely": "Unlikely{percent} to keep the target until {day}",
}
WORDS = {"likely": "Likely", "open": "Open", "unlikely": "Unlikely"}
BY_PAST_CHANGES = "{said} · by past changes"
SETTLED = {True: "Settled: the target is kept", False: "Settled: the target is missed"}
REACHED = {True: "Kept", False: "Missed"}
TOO_LITTLE_HISTORY = "Too little history for an outlook: {have} of {needed} values"
NOT_ABOVE_ZERO = "No outlook: the forecast for the rest of the year is not above zero"
RESTATED = "{count} restated"
RESTATED_TITLE = "The sales of {count} closed periods changed after they were reported"
RESTATED_TITLE_ONE = "The sales of a closed period changed after it was reported"
SPARK_ALT = "Last {count} periods: from {first} to {last}, lowest {low}, highest {high}"
TRACK_ALT = "{progress} of the way to the target; the pace asks for {pace}"
TRACK_ALT_ALONE = "{progress} of the way to the target"
COMPUTED_MARK = "computed"
PERIOD_VALUE = "Value"
YEAR_TO_DATE = "Year to date"
TARGET = "Target"
PROGRESS = "Progress"
PERFORMANCE = "Performance"
OUTLOOK = "Outlook"
NO_KPIS_TITLE = "No KPIs yet"
NO_KPIS = "Make a circle and its first KPI, and this page shows where it stands."
NO_KPIS_OTHERS = (
    "Managers make circles and KPIs. Once they have made one, this page shows where it stands."
)
TO_MANAGE = "Make the first KPI"
NO_KPIS_FOUND_TITLE = "Nothing found"
NO_KPIS_FOUND = "No KPI fits these filters. Choose another circle or status."
NO_VALUES_TITLE = "No values in {year} yet"
NO_VALUES = "The KPIs are there, but up to {day} none has a value of the year."
TO_ENTER = "Enter values"

# One KPI
MEDIAN_HOVER = "In half of all cases: <b>{x}</b> or more"
TARGET_HOVER = "Target: <b>{target}</b>"
VALUE_HOVER = "{period}: <b>{value}</b>"
YEAR_HOVER = "To the end of {period}: <b>{value}</b>"
MEAN_HOVER = "Mean to the end of {period}: <b>{value}</b>"
MISSED_HOVER = "{period}: <b>{value}</b>, not kept"
RESTATED_HOVER = "{period}, with the sales of today: <b>{value}</b>"
PACE_LABEL = "Pace"
TARGET_LABELS = {
    "increase": "Target {target}",
    "decrease": "Target {target} or less",
    "stay_above": "At least {target}",
    "stay_below": "At most {target}",
}
PANEL_YEAR = "<b>Year to date</b>"
PANEL_VALUES = {
    "daily": "<b>Each day</b>, dashed: {share} a day",
    "weekly": "<b>Each week</b>, dashed: {share} a week",
    "monthly": "<b>Each month</b>, dashed: {share} a month",
    "quarterly": "<b>Each quarter</b>, dashed: {share} a quarter",
    "yearly": "<b>Each year</b>",
}
CHOOSE_KPI = "Choose a KPI"
NO_SUCH_KPI_TITLE = "No such KPI"
NO_SUCH_KPI = "The address names a KPI that is not there. Choose one above."
OWNER = "Owner"
NO_OWNER = "Nobody"
OWNED_BY = "owner {owner}"
PERIODICITY = "Periodicity"
UNIT = "Unit"
UNIT_RANGE = "{unit}, from {low} to {high}"
UNIT_FROM = "{unit}, {low} or more"
UNIT_TO = "{unit}, {high} or less"
DIRECTION = "Direction"
START = "Start"
AGGREGATION = "Over the year"
DUE = "Values are due"
DUE_DAYS = "{days} days after the period ended"
COMES_FROM = "Values"
TYPED = "Entered by the members of the circle"
COMPUTED_FROM = "Computed from the sales: {measure}"
KPI_ARCHIVED = "archived"
KPI_INACTIVE = "not active"
OUTLOOK_RULE = (
    "Outlook: how likely the target is reached by the end of the year. A sum goes by a forecast of"
    " what is still to come, and how far off such forecasts were before; other KPIs go by their"
    " past changes over as many periods, and say so. From 65% on it is called likely, up to 35%"
    " unlikely, else open. After a year of history or less there is the word without a number."
)
OUTLOOK_TITLE = "What the outlook rests on"
YEAR_ENDS = {
    "sum": "The year comes to",
    "last": "The last value comes to",
    "average": "The mean comes to",
    "kept": "Periods kept by then",
}
IN_MOST_CASES = "{middle}; in 8 of 10 cases {low} to {high}"
STILL_TO_COME = "Still to come"
FORECAST_OF = "{forecast} in {periods}"
NEEDED = "Needed on average"
NEEDED_EACH = "{needed} a {period}"
NEEDED_AT_MOST = "at most {needed} a {period}"
FORECAST_EACH = "{said}; the forecast is {forecast}"
RIGHT_BEFORE = "How often right before"
RECORD = "Such a range for {periods}, made at earlier points, held {held} of {of} times"
NO_RECORD = "Could not be tried yet: too little history before"
METHOD = "Method"
METHODS = {
    "forecast": "A forecast of what is still to come, and how far off such forecasts were before",
    "past_changes": "Past changes over {periods}: a rough method, not measured on real KPIs",
    "settled": "Nothing that is still to come decides otherwise",
}
NO_NUMBER = "{said}. A word and no number, as there is a year of history or less"
PERIOD_WORDS = {
    "daily": ("day", "days"),
    "weekly": ("week", "weeks"),
    "monthly": ("month", "months"),
    "quarterly": ("quarter", "quarters"),
    "yearly": ("year", "years"),
}
FACTS = "About this KPI"
LATEST_VALUE = "Latest value"
PERFORMANCE_OF = "Performance {performance}: its place between its worst and its best so far"
YEARS_SHOWN = "Years"
YEARS = {"one": "This year", "two": "Two years", "all": "All"}
COURSE_EMPTY = "No value was entered yet."
COURSE_ALT = "Chart of {kpi} against its target since {since}"
COURSE_LEGEND = {
    "target": "Dashed: the target.",
    "pace": "Dotted: the pace it asks for.",
    "mean": "Grey: the mean of the year so far.",
    "missed": "Crosses: periods that were not kept.",
    "restated": "Hollow marks: with the sales of today.",
}
COURSE_BAND = (
    "Light area: where the year ends in 8 of 10 cases, from {low} to {high}; in half of all cases"
    " above {middle}."
)
FINDING_NO_DATA = "No values in {year} yet"
FINDING_STAYING = "{status}: {share} of the periods of {year} were kept"
FINDING_AT_TARGET = "{status}: {x}, and the target is where it began"
FINDING_EVEN = "{status}: on {day} just at the pace"
FINDING_BETTER = "{status}: on {day} {distance} better than the pace"
FINDING_WORSE = "{status}: on {day} {distance} short of the pace"
RESTATEMENTS = "Restated periods"
RESTATEMENTS_LEAD = (
    "The sales of these periods changed after they were reported. What was reported still counts."
)
REPORTED = "Reported"
RESTATED_NOW = "With the sales of today"
CAUSE = "Because of"
CAUSES = {
    "import": "Import",
    "undo": "Undo of an import",
    "redo": "Redo of an import",
    "purchase": "Purchase",
    "purchase_undo": "Undo of a purchase",
    "erase": "Customer erased",
    "definition": "Another definition of the KPI",
    "journal": "Other sales as a whole",
}
VALUES_AND_COMMENTS = "Values and comments"
VALUES_CSV = "Download all values as CSV"
VALUE_PERIOD = "Period"
COMMENT = "Comment"
LAST_CHANGE = "Last change"
BY_COMPUTING = "computed"
NOW = "now {value}"
CHANGES = "Changes"
CHANGES_EMPTY = "Nothing was changed yet."
CHANGE_OF_VALUE = "Before → after"
CHANGE_DELETED = "deleted"
VALUE_NOT_KNOWN = {
    "created": "entered, value not known",
    "updated": "changed, value not known",
}
CHANGED_TO = "changed to {after}"
BY_SOMEBODY = "somebody"
ONLY_COMMENT = "only the comment"
WHY = "Why"
WHYS = {
    "typed": "Typed",
    "import": "Import",
    "undo": "Undo",
    "recomputed": "Recomputed",
    "accepted": "Restatement accepted",
    "moved": "Moved from an older product",
}

# Customers
CUSTOMERS = "Customers"
CUSTOMERS_NONE_TITLE = "No known customers"
CUSTOMERS_NONE = (
    "The sales name no customers. Load files with customer ids, and this page shows who buys."
)
AHEAD = "Look ahead"
WEEKS_AHEAD = {13: "13 weeks", 26: "26 weeks", 52: "52 weeks", 104: "104 weeks"}
CUSTOMERS_CARD = "Customers"
CUSTOMERS_CARD_BELOW = "with a sale"
BUYING_CARD = "Expected to buy"
BUYING_CARD_BELOW = "{share} of them, at least once"
PURCHASES_CARD = "Expected purchases"
PURCHASES_CARD_BELOW = "in the {weeks} weeks after {day}"
WORTH_CARD = "Expected value"
WORTH_CARD_BELOW = "revenue in the {weeks} weeks after {day}"
SPENT_CARD = "Spent so far"
SPENT_CARD_BELOW = "revenue of known customers"
EACH_CARD = "Per customer"
EACH_CARD_BELOW = "revenue so far"
BEST_CARD_BELOW = "spent above {amount}: {share} of it all"
FALLBACK_TITLE = "What they will buy cannot be said yet"
RFM_TITLE = "Segments by recency, frequency and value"
RFM_LEAD = (
    "Each customer has a score of 1 to 5 for how recently they bought, how often, and for how much."
    " The scores decide the segment."
)
VALUE_TITLE = "Segments by what was spent"
VALUE_LEAD = "By revenue over all time, at fixed amounts."
VALUE_LABELS = {
    "VIP": "above {high}",
    "High Value": "above {middle}",
    "Medium Value": "above {low}",
    "Low Value": "up to {low}",
}
VALUE_CUTS = {"high": 5000, "middle": 2000, "low": 500}
SEGMENT = "Segment"
CUSTOMERS_COUNT = "Customers"
EXPECTED_CUSTOMERS = "Expected to buy"
EXPECTED_PURCHASES = "Expected purchases"
EXPECTED_VALUE = "Expected value"
EXPECTED_MEANS = (
    "Expected value: the revenue that these customers are expected to bring in the {weeks} weeks"
    " after {day}, from how often and for how much each of them bought. Who is new by then is not"
    " in it."
)
CHECK_TITLE = "How good this is"
CHECK_PACE = "Had everybody gone on at their pace so far, it would have been {pace}."
CHECK_VALUE = "In money: {expected} expected, {made} spent."
CHECK_ALT = "Bar chart of purchases expected and made by tenths of customers"
CHECK_EXPECTED = "Expected"
CHECK_MADE = "Made"
CHECK_AXIS = "Purchases"
CHECK_TENTHS = "Tenths of customers, most expected first"
MODEL_TITLE = "The model"
MODEL_LEAD = (
    "Purchases follow the BG/NBD model, their values Gamma-Gamma. Both are fitted to the histories"
    " of {customers} customers, of whom {repeating} came again."
)
MODEL_FACTS = {
    "r": "r",
    "alpha": "alpha (weeks)",
    "a": "a",
    "b": "b",
    "log_likelihood": "log-likelihood of purchases",
    "p": "p",
    "q": "q",
    "gamma": "gamma (money)",
    "log_likelihood_of_values": "log-likelihood of values",
}
MODEL_CORRELATION = "correlation of frequency and value"
ANY_SEGMENT = "All segments"
CUSTOMER_SORTS = {
    "-expected_value": "Highest expected value",
    "-historic_value": "Highest revenue so far",
    "-chance_of_purchase": "Likeliest to buy",
    "chance_of_purchase": "Least likely to buy",
    "customer_id": "Id",
}
CUSTOMER_SORTS_PLAIN = {"-historic_value": "Highest revenue so far", "customer_id": "Id"}
LAST_SALE = "Last sale"
ORDERS = "Orders"
REVENUE_SO_FAR = "Revenue so far"
CHANCE = "Likely to buy"
CUSTOMERS_SHOWN = languages.counted(
    "Customer {first} of {total}", "{first} – {last} of {total} customers"
)

# One customer
TO_CUSTOMERS = "← All customers"
NO_CUSTOMER_TITLE = "No such customer"
SINCE = "Customer since {day}, last sale on {day_of_last}"
ONLY_ON = "Bought on {day} only"
REVENUE_CARD = "Revenue"
ORDERS_BELOW = "{count} orders of {mean} on average"
ORDER_BELOW = "1 order"
SEGMENT_BELOW = "scores {code} for recency, frequency, value"
ALIVE_CARD = "Still a customer?"
ALIVE_WORDS = (
    (0.9, "Almost surely"),
    (0.7, "Probably"),
    (0.4, "Hard to say"),
    (0.1, "Probably not"),
    (0.0, "Almost surely not"),
)
ALIVE_BELOW = "{chance} that they have not stopped buying"
ALIVE_ONCE = "Too early to say"
ALIVE_ONCE_BELOW = "bought on one day only"
NEXT_CARD = "Next {weeks} weeks"
NEXT_BELOW = "{purchases} purchases expected, {chance} for at least one"
NEXT_NONE = "Expected value"
NEXT_NONE_BELOW = "too little history of the shop"
MONTHS_TITLE = "Revenue by month"
MONTHS_ALT = "Bar chart of the customer's revenue by month, {first} to {last}"
BOUGHT_TITLE = "What they bought most"
ABOUT_TITLE = "About"
CUSTOMER_ID = "Id"
COUNTRIES_OF = "Countries"
FAVOURITE = "Favourite category"
GENDER = "Gender"
AGE = "Age"
BOUGHT_UNITS = "Units"

languages.translate(__name__)
