"""What the page Orders says."""

from tillsight import languages

ORDERS = "Orders"
NARROWED = "Only"
TAKE_AWAY = "Take away: {what}"
WEEKDAYS = {
    "1": "Monday",
    "2": "Tuesday",
    "3": "Wednesday",
    "4": "Thursday",
    "5": "Friday",
    "6": "Saturday",
    "7": "Sunday",
}
HOUR = "{hour:02}:00 – {hour:02}:59"
HOUR_SHORT = "{hour:02}:00"
QUARTER = "Quarter {quarter} of {year}"

ADD_UP = (
    "Revenue is what was sold, before returns: {revenue}. Goods for {returns} were taken back. What"
    " is left is the net revenue: {net}. All orders of the list add up to these."
)
ADD_UP_NO_RETURNS = (
    "Revenue is what was sold: {revenue}. Nothing was taken back, so the net revenue is the same."
    " All orders of the list add up to it."
)
NOTHING_TITLE = "No orders here"
NOTHING = "There is neither a sale nor a return with these days and filters."
LIST = "Orders"
SHOWN = languages.counted("Order {first}", "Orders {first} – {last}")
TIME = "Time"
ORDER = "Order"
CUSTOMER = "Customer"
COUNTRY = "Country"
CHANNEL = "Channel"
LINES = "Lines"
UNITS = "Units"
REVENUE = "Revenue"
RETURNED = "Returned"
NO_NUMBER = "without a number"
OPEN = "Open order {order}"
ALL_LINES = "All lines: {form}"
ALL_ORDERS = "All orders: {form}"

ORDER_TITLE = "Order {order}"
ORDER_WITHOUT = "An order without a number"
BACK = "← All orders behind the number"
ASKED = "Lines behind the number"
OTHERS = "Other lines of this order"
OTHERS_LEAD = "They lie outside the chosen days and filters, or count in no number."
NONE_ASKED = "None of its lines lie in the chosen days and filters."
NO_ORDER_TITLE = "This order is not here"
NO_ORDER = "It may have come with an import that was undone."
MOST = "The first {count} lines. Take all of them home as a file."
PRODUCT = "Product"
CATEGORY = "Category"
QUANTITY = "Quantity"
PRICE = "Price"
AMOUNT = "Amount"
KIND = "Kind"
KINDS = {"sale": "Sale", "return": "Return", "adjustment": "Adjustment"}
SUM = "Sum"
FROM_FILE = "From"
OF_IMPORT = "import {id}"
OF_PURCHASE = "entered by hand"

languages.translate(__name__)
