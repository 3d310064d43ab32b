"""What the page Explore, saved views and pinned ones say."""

from tillsight import languages

EXPLORE = "Explore"
MEASURES = "Figures"
BY = "Split by"
TIME = "Time"
PICK_MEASURES = "Pick figures"
PICK_DIMENSIONS = "Pick up to three"
CHART = "Drawn as"
CHARTS = {
    "": "What fits",
    "line": "Lines",
    "bar": "Bars",
    "heat": "Heat map",
    "table": "Table",
}
SORT = "Order"
IN_ORDER = "In their own order"
HIGHEST = "{measure}, highest first"
LOWEST = "{measure}, lowest first"
BY_DIMENSION = "{dimension}"
TOP = "Rows"
NO_MEASURE_TITLE = "Pick a figure"
NO_MEASURE = "Choose at least one figure above, such as revenue."
GONE = "This question asks for {names}, which there is not any more. The rest of it is shown."

# Why something cannot be drawn
NO_DIMENSION = "Without a dimension there is one number, and nothing to draw."
THREE_DIMENSIONS = "A chart has room for two dimensions. Take one away, or read the table."
LINE_NEEDS_TIME = "Lines need one span of time, such as the month, and at most one other dimension."
HEAT_NEEDS_TWO = "A heat map needs two dimensions: one for its rows, one for its columns."
TOO_MANY_CELLS = "That would be {count} columns. Choose a coarser time, or a shorter period."
INSTEAD = "{reason} It is drawn as: {chart}."

TITLE = "{measure} by {dimensions}"
AND = "{first} and {second}"
OTHERS = "All others"
OTHERS_OF = "All others of {where}"
OTHERS_NOT_SUMMED = (
    "{dimension}: the {count} with the highest {measure}. What the others have together is not"
    " drawn: it cannot be added up."
)
OTHERS_SUMMED = "{dimension}: the {count} with the highest {measure}, and all others together."
OTHERS_LEFT_OUT = "{dimension}: the {count} with the highest {measure}. The table has the others."
FIRST_BARS = "The first {count} bars; the table has more."
LINE_ALT = "Line chart of {measure} by {by}. {facts}"
BAR_ALT = "Bar chart of {measure} by {by}. {facts}"
HEAT_ALT = "Heat map of {measure} by {by}. {facts}"
HIGHEST_FACT = "The highest is {value}: {where}."
LOWEST_FACT = "The lowest is {value}: {where}."
BEFORE = "Before"
CHANGE = "Change"
BEFORE_OF = "{measure} before"
CHANGE_OF = "Change of {measure}"
TABLE = "Table"
TOTAL = "Total"
TRUNCATED = (
    "The first {count} rows in this order. Totals are over all rows; “All others” are what is left"
    " of figures that add up, and a dash stands where a figure would have to be counted anew."
)
ORDERS_OF = "Orders behind {measure}, {where}: {value}"
UNEVEN = (
    "No change is told where one of the two periods has only a part of the month, week, quarter or"
    " year."
)
COUNTED_ANEW = "Totals and subtotals are counted anew from the lines, not added up."
NEW = "new"
"""Of a group that had nothing before."""

# Saved views
VIEWS = "Saved views"
SAVE = "Save"
SAVE_AS = "Save this view"
NAME = "Name"
WHO = "Who may open it"
SHARED = "Everybody"
SHARED_HELP = "Only you"
PRIVATE_ONLY = "It is yours alone. Editors and above can share a view with everybody."
SAVED = "“{name}” was saved."
YOURS = "Yours"
OF_OTHERS = "Shared by others"
NO_VIEWS = "Nothing was saved yet. Choose figures and dimensions, and save them under a name."
OPENED_BY = "View “{name}” by {who}"
CHANGED = "changed since it was saved"
SHARED_MARK = "shared"
PRIVATE_MARK = "private"
PINNED_MARK = "pinned"
CHANGE_VIEW = "Change"
RENAME = "Rename"
RENAME_TITLE = "Rename or share “{name}”"
REPLACE = "Replace by what is shown"
DELETE = "Delete"
DELETE_TITLE = "Delete “{name}”?"
DELETE_LEAD = "It is gone from the list, and from every Overview it was pinned to."
ARRANGE = "Arrange"
PIN = "Pin to Overview"
UNPIN = "Unpin"
BACK_TO_VIEW = "As it was saved"
NO_VIEW_TITLE = "This view is not here"
NO_VIEW = "It was deleted, or its owner keeps it private."

# Pinned to Overview
PINNED = "Pinned"
EARLIER = "Move “{name}” before"
LATER = "Move “{name}” after"
UNPIN_NAMED = "Unpin “{name}”"
OPEN_VIEW = "Open in Explore"
OF_PERIOD = "{period}; filters: {filters}"

languages.translate(__name__)
