"""What only the Overview says."""

from tillsight import languages

# The course of revenue
COURSE_ALT = "Revenue by {grain}, {period}: {total} together, most in {best} with {most}."
COURSE_ALT_NONE = "Revenue by {grain}, {period}: there is none."

# What changed and why
WHY = "What changed, and why"
WHERE = "Where it changed"
ROSE = "Revenue rose by {change} ({growth}), from {before} to {value}."
FELL = "Revenue fell by {change} ({growth}), from {before} to {value}."
BEGAN = "Revenue is {value}; there was none in the days before."
ENDED = "There is no revenue; in the days before it was {before}."
STAYED = "Revenue stayed as it was, at {value}."
MAINLY_UP = {
    "customers": "Mainly because more customers bought: {part}.",
    "orders_per_customer": "Mainly because customers ordered more often: {part}.",
    "order_value": "Mainly because orders were larger: {part}.",
    "no_customer": "Mainly because of more sales without a known customer: {part}.",
    "new": "All of it is new: known customers bought nothing before.",
    "lost": "Known customers bought nothing any more: {part}.",
}
MAINLY_DOWN = {
    "customers": "Mainly because fewer customers bought: {part}.",
    "orders_per_customer": "Mainly because customers ordered less often: {part}.",
    "order_value": "Mainly because orders were smaller: {part}.",
    "no_customer": "Mainly because of fewer sales without a known customer: {part}.",
    "new": "Known customers bought nothing before: {part}.",
    "lost": "Known customers bought nothing any more: {part}.",
}
AGAINST_UP = {
    "customers": "Against that, more customers bought: {part}.",
    "orders_per_customer": "Against that, customers ordered more often: {part}.",
    "order_value": "Against that, orders were larger: {part}.",
    "no_customer": "Against that, there were more sales without a known customer: {part}.",
    "new": "Against that, known customers are new: {part}.",
    "lost": "",
}
AGAINST_DOWN = {
    "customers": "Against that, fewer customers bought: {part}.",
    "orders_per_customer": "Against that, customers ordered less often: {part}.",
    "order_value": "Against that, orders were smaller: {part}.",
    "no_customer": "Against that, there were fewer sales without a known customer: {part}.",
    "new": "",
    "lost": "Against that, known customers bought nothing any more: {part}.",
}
FACTORS = {
    "customers": "Customers",
    "orders_per_customer": "Orders per customer",
    "order_value": "Order value",
    "new": "New customers only",
    "lost": "Lost customers only",
    "no_customer": "No known customer",
}
BY = {
    "country": "Country",
    "category": "Category",
    "product": "Product",
    "customer": "Customer",
    "channel": "Channel",
    "segment": "Segment",
}
EXPLAINED_BY = "Explained by"
MOST_OF = "{name} made the largest difference: {part}."
NO_GROUPS = "Nothing changed in any part."
OTHERS = languages.counted("1 other", "{number} others")
ALL_TOGETHER = "Change"
PART = "Part of the change"
PART_AXIS = "Change of revenue ({currency})"
WHY_ALT = "Bars that add up to the change of revenue of {change}. {said}"
NOT_COMPARED_TITLE = "Nothing to compare with"
NOT_COMPARED = (
    "You compare with nothing. Choose the period or the year before above, and this says what"
    " changed and why."
)
NO_START = "All days are shown, and nothing lies before them. Choose a period above to compare it."

# What moved
MOVERS = {
    "product": "Products that moved most",
    "country": "Countries that moved most",
    "customer": "Customers that moved most",
}
MOVED = "Change"
ROSE_MOST = "Rose most"
FELL_MOST = "Fell most"
NONE_ROSE = "None rose."
NONE_FELL = "None fell."

# What was loaded last
LATEST = "Latest data"
LATEST_FILE = "{file} was loaded {when} by {name}: {rows} rows."
LATEST_BY_TERMINAL = "{file} was loaded {when} in the terminal: {rows} rows."
NO_FILE = "No file counts at the moment; what is shown was entered purchase by purchase."
TO_IMPORTS = "All imports"

languages.translate(__name__)
