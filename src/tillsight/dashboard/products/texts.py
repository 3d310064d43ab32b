"""What the page Products says."""

from tillsight import languages

PRODUCTS = "Products"
NO_PRODUCTS_TITLE = "These sales name no products"
NO_PRODUCTS = (
    "There were sales in this period, but their files do not tell of which products. Load a file"
    " with a column for the product, and this page shows what sells."
)

# Classes by revenue
CLASSES_TITLE = "How much which products bring (ABC)"
CLASSES_LEAD = (
    "Products by revenue, biggest first. Those of class A make the first 80% of it, those of B the"
    " next 15%, those of C the rest. Sales without a product are left out."
)
CLASSES_SAID = (
    "Class A: {count} of {all} products ({part}) make {share} of the revenue. Class C: {last} of"
    " them make {rest}."
)
CLASS = "Class"
CLASS_NAMES = {"A": "Class A", "B": "Class B", "C": "Class C"}
CLASS_LEGEND = "{name}: {count} products"
LIST_OF_CLASS = "Products of the class"
EMPTY_CLASS = "No product is in this class."
SHARE_OF_PRODUCTS = "Of all products"
CUMULATED = "With all before"
CLASSES_ALT = (
    "Curve of how revenue adds up over products, biggest first. {said} The first tenth of the"
    " products makes {share}."
)
AXIS_PRODUCTS = "Products, biggest first"
AXIS_CUMULATED = "Share of revenue"
CURVE_HOVER = "{place}. {name}: <b>{revenue}</b><br>{cumulated} with all before"
CURVE_START = "none"
FIRST_PRODUCTS = "First products"
PAGE_SHOWN = "{first} – {last} of {total}"

# Top and falling
MOVERS_TITLE = "Top and falling products"
MOVERS_LEAD = "Each with its course, and its change from the days these are compared with."
MOVERS_LEAD_ALONE = "Each with its course in these days. Choose a comparison to see changes."
SORT_BY = "Sorted by"
SORTS = {
    "revenue": "Most revenue",
    "units": "Most units",
    "rose": "Rose most",
    "fell": "Fell most",
}
NONE_ROSE = "No product brought more than before."
NONE_FELL = "No product brought less than before."
UNITS = "Units"
CHANGE = "Change"
COURSE = "Course"
NEW = "new"
NOT_COMPARED = "not known"
CUT = (
    "There are more products than are compared here: of each period the {count} with the most"
    " revenue."
)
UNNAMED = "Sales that name no product brought {revenue}; they are left out here."

# Categories
MIX_TITLE = "What the revenue is made of"
MIX_LEAD_CHANGE = "The larger a field, the more revenue. Its colour says how revenue changed."
MIX_LEAD = "The larger a field, the more revenue."
MIX_OPEN = "A click opens a category, or the page of a product."
NO_CATEGORIES = (
    "The products have no categories yet. They come with a products file"
    " (product_id, product_name, category) on the page Catalogue, or are written there by hand."
)
MIX_CUT = "Shown are the {count} products with the most revenue, which make {share} of it."
LARGEST_PRODUCTS = "The {count} products with the most revenue"
ALL_PRODUCTS = "All products"
OTHER_PRODUCTS = "{count} other products"
OTHER_CATEGORIES = "{count} other categories"
MIX_HOVER = "{name}: <b>{revenue}</b>, {share} of all"
MIX_HOVER_CHANGE = "{name}: <b>{revenue}</b>, {share} of all<br>{change} from {before}"
MIX_HOVER_NEW = "{name}: <b>{revenue}</b>, {share} of all<br>none before"
MIX_ALT = "Fields as large as revenue, {count} of them. The largest is {name} with {share}."
LESS = "\u221250% or less"
SAME = "as before"
MORE = "+50% or more"

# Prices and units
PRICES_TITLE = "Price and units"
PRICES_LEAD = "Each point is a product: what a unit cost on average, and how many were sold."
PRICES_CUT = "Shown are the {count} products with the most revenue, of {all}."
AXIS_PRICE = "Average price ({currency})"
AXIS_PRICE_LOG = "Average price ({currency}), logarithmic"
AXIS_UNITS = "Units sold"
AXIS_UNITS_LOG = "Units sold, logarithmic"
PRICES_HOVER = "{name}<br>{price} × {units} = <b>{revenue}</b>"
PRICES_ALT = (
    "Points for {count} products by average price and units sold. The dearest is {dearest} at"
    " {price}; the most units, {units}, were sold of {most}."
)

# Bought together
TOGETHER_TITLE = "Bought together"
TOGETHER_LEAD = (
    "Pairs of products in the same orders, the most frequent first. “How often” is the part of all"
    " orders with a product that hold both. “Of the first” is how many of the orders with the first"
    " product hold the second, too. “Times chance” says how many times more often both meet than if"
    " people chose them independently: well above 1 they belong together, at 1 it is chance."
)
LEAST = "At least"
LEAST_ORDERS = {
    2: "2 orders",
    5: "5",
    10: "10",
    25: "25",
    100: "100",
}
PAIR = "Products"
BOTH = "Orders with both"
SUPPORT = "How often"
CONFIDENCE = "Of the first"
LIFT = "Times chance"
OFTEN = "{lift} ×"
NO_PAIRS = "No two products stand in {count} or more of the same orders. Ask for fewer orders."
NO_PAIRS_AT_ALL = "No two products stand in two or more of the same orders."
TOGETHER_SAID = (
    "{orders} orders hold both {product} and {other}: {confidence} of those with the first, and"
    " {lift} times as many as chance would bring."
)

# One product
TO_PRODUCTS = "← All products"
NO_PRODUCT_TITLE = "There is no such product"
NO_PRODUCT = (
    "No product has the id “{id}”: neither a file of sales nor the catalogue tells of it. It may"
    " have come with an import that was undone."
)
NOT_SOLD_TITLE = "Not sold in this period"
NOT_SOLD_LAST = (
    "With these filters nothing of it was sold: {period}. Its last sale was on {day}. Choose"
    " another period or country."
)
NEVER_SOLD = "It is in the catalogue, but was never sold."
ORDERS_WITH_IT = "Its orders"
COURSE_TITLE = "Revenue over time"
COURSE_ALT = "Line chart of revenue of {name} by {grain}, {period}: {revenue} in all"
PRICE_TITLE = "Price over time"
PRICE_LEAD = "What a unit cost on average; where none was sold, the line goes on to the next."
PRICE_LINE = "Average price"
PRICE_LISTED = "Price in the catalogue"
PRICE_HOVER = "{bucket}: <b>{price}</b>, units: {units}"
PRICE_ALT = "Line chart of the average price of {name} by {grain}: from {lowest} to {highest}"
COUNTRIES_TITLE = "Where it is bought"
CUSTOMERS_TITLE = "Who buys it"
WITH_IT_TITLE = "Bought together with"
WITH_IT_LEAD = (
    "Products in the same orders, the most frequent first. “Of its orders” is how many of the"
    " orders with this product hold the other, too; “times chance” how many times more often that"
    " is than if people chose them independently."
)
OF_ITS_ORDERS = "Of its orders"
NOTHING_WITH_IT = "Nothing else stands in two or more of its orders."
ABOUT_TITLE = "What is known of it"
ABOUT_LEAD = "Price, rating, reviews and quantity sold as products files and edits tell them."
PRODUCT_ID = "Product id"
CATEGORY = "Category"
IN_CATALOGUE = "Catalogue"
DELETED = "was taken out of the catalogue; its sales stay"
PRICE = "Price"
RATING = "Rating"
REVIEWS = "Reviews"
QUANTITY_SOLD = "Quantity sold"
SOLD_BETWEEN = "Sold"
SOLD_DAYS = "{days}: {revenue}, orders: {orders}"
RETURNED = "Returns in this period"
RETURNED_SHARE = "{returns}, {share} of its revenue"
EDIT_IN_CATALOGUE = "Edit in the catalogue"

languages.translate(__name__)
