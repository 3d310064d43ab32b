"""What a warehouse says, so that two of them can be compared however their tables came about."""

from random_lines import CUSTOMERS_HEADER, MEASURES, Line, Person
from shop import HEADER, Shop

ADDED = (
    "sum(revenue), sum(returned), sum(units), sum(lines),"
    " sum(whole_orders) + count(DISTINCT split_order)"
)
# Of two parts on the same day either may be the first, and the numbers of split orders depend on
# files and lines. Where several rows may stand for one group only their sum counts.
TABLES = {
    "order_parts": "SELECT * EXCLUDE (split_order, last_seen, last_seen_here),"
    " split_order IS NULL FROM order_parts",
    "customers": "SELECT * FROM customers",
    "product_sales": "SELECT * FROM product_sales",
    "anonymous_sales": "SELECT sum(revenue), sum(returned), sum(units), sum(lines),"
    " sum(whole_orders) FROM anonymous_sales",
    "customer_countries": "SELECT * FROM customer_countries",
    "products": "SELECT * FROM products",
    "product_labels": "SELECT product_id, product_name, category, sum(uses), max(last_used)"
    " FROM product_labels GROUP BY ALL",
    "daily_sales": f"SELECT day, country, channel, {ADDED} FROM daily_sales GROUP BY ALL",
    "product_months": f"SELECT day, country, product_id, {ADDED} FROM product_months GROUP BY ALL",
    "lines": "SELECT * EXCLUDE (import_id, line) FROM lines",
}
QUESTIONS = (
    [],
    ["month", "country"],
    ["customer"],
    ["product", "month"],
    ["category"],
    ["hour", "channel"],
    ["segment", "gender", "age_band"],
)


def text_of(some: list[Line] | list[Person]) -> str:
    """A file of these lines, or of these customers."""
    header = CUSTOMERS_HEADER if isinstance(some[0], Person) else HEADER
    return header + "".join(one.csv() for one in some)


def labelled_text_of(some: list[Line]) -> str:
    """A file of these lines in which the same product has many names and categories."""
    rows = []
    for line in some:
        name = f"{line.product} {'large' if line.quantity > 2 else 'small'}"
        category = {0: "", 9: "Cups", 10: "Pens", 23: "Cups"}[line.time.hour]
        channel = ("Web", "Shop", "")[line.time.day % 3]
        cells = line.csv().rstrip("\n").replace(",,", f",{name},", 1)
        rows.append(f"{cells},{category},{channel}\n")
    return HEADER.rstrip("\n") + ",Category,Channel\n" + "".join(rows)


def tables_of(shop: Shop) -> dict[str, list]:
    """Lines and summaries as far as a question could tell them apart."""
    shop.warehouse.catch_up(wait=60)
    with shop.warehouse.snapshot() as at:
        return {name: sorted(at.rows(select), key=str) for name, select in TABLES.items()}


def answers_of(shop: Shop) -> list:
    """All measures by many dimensions, each from the table that is asked for them."""
    asked = [shop.ask(*MEASURES, by=by) for by in QUESTIONS]
    return [(one.rows, one.totals) for one in asked]
