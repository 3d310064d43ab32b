"""What the lines and the summaries are, as SELECTs that DuckDB and Spark SQL both understand.

One text for both engines: DuckDB runs it over what an import brings (`summaries.py`), Spark over a
whole journal (`spark.py`). Functions take relations: names, or SELECTs in parentheses with a name.
`hash()` is another function in each engine; it only tells which rows cannot be alike.
"""

SUMS = (
    "sum(revenue) AS revenue, sum(returned) AS returned, sum(units) AS units,"
    " CAST(sum(lines) AS BIGINT) AS lines"
)
ORDERS = "CAST(sum(whole_orders) AS BIGINT)"
NEVER, DOES_NOT_COUNT = "DATE '0001-01-01'", "DATE '9999-12-31'"
MONTH = "CAST(date_trunc('month', day) AS DATE)"
SOLD_OR_RETURNED = "(lines > 0 OR returned > 0)"

LINE = """
    import_id, line, kind,
    coalesce(source || ':' || order_id,
             '#' || CAST(import_id AS STRING) || ':' || CAST(line AS STRING)) AS order_key,
    time, CAST(hour AS TINYINT) AS hour, product_id, product_name, category, customer_id,
    customer_name, country, channel, quantity, price, amount
"""
"""The columns of `lines`, of the rows of batches with their `import_id` and the `source` that their
order ids are of. A row without an order id is an order of its own.
"""
PART = "order_key, day, hour, country, channel, customer_id, customer_name"
FIGURES = "revenue, returned, units, lines, whole_orders, split_order"


def lines_in_force(rows: str, hidden: str) -> str:
    """The lines of `rows`, without the orders that `hidden` (import_id, order_id) names."""
    return f"""
        SELECT {LINE} FROM {rows} AS given
        WHERE NOT EXISTS (
            SELECT 1 FROM {hidden} AS hidden
            WHERE hidden.import_id = given.import_id AND hidden.order_id = given.order_id
        )
    """


# 2^40 is more than any file has lines; a purchase has few, and there are many of them.
LINE_NUMBER = "import_id * CASE WHEN import_id > 0 THEN 1099511627776 ELSE 1024 END + line"


def sales(lines: str) -> str:
    """Lines with what they add to measures; adjustments add to none."""
    return f"""
        SELECT *, {LINE_NUMBER} AS line_number, CAST(time AS DATE) AS day,
               CASE WHEN kind = 'sale' THEN amount ELSE 0 END AS revenue,
               CASE WHEN kind = 'return' THEN -amount ELSE 0 END AS returned,
               CASE WHEN kind = 'sale' THEN quantity ELSE 0 END AS units,
               CASE WHEN kind = 'sale' THEN 1 ELSE 0 END AS lines
        FROM {lines}
        WHERE kind <> 'adjustment'
    """


def parts_of_orders(sales: str) -> str:
    """What an order is in one hour, country and channel, for one customer."""
    return f"""
        SELECT order_key, day, hour, country, channel, customer_id,
               max(customer_name) AS customer_name, {SUMS}, min(line_number) AS first_line
        FROM {sales}
        GROUP BY order_key, day, hour, country, channel, customer_id
    """


def order_parts(parts: str) -> str:
    """The same with how they count. An order whose sales are in one part is whole. A part without a
    sale (a return) is no part of the order's count. Few orders are split: hashes tell which may be.
    """
    return f"""
        WITH hashed AS (
            SELECT *, hash(order_key) AS order_hash FROM {parts}
        ), split AS (
            SELECT order_key, min(first_line) AS order_number FROM hashed
            WHERE order_hash IN (
                SELECT order_hash FROM hashed WHERE lines > 0
                GROUP BY order_hash HAVING count(*) > 1
            )
            GROUP BY order_key
            HAVING count(CASE WHEN lines > 0 THEN 1 END) > 1
        )
        SELECT hashed.order_key, order_hash, day, hour, country, channel, customer_id,
               customer_name, revenue, returned, units, lines,
               CASE WHEN lines > 0 AND order_number IS NULL THEN 1 ELSE 0 END AS whole_orders,
               CASE WHEN lines > 0 THEN order_number END AS split_order
        FROM hashed LEFT JOIN split ON split.order_key = hashed.order_key
    """


def linked_parts(parts: str) -> str:
    """Parts of orders with the day of their customer's part before: among all there are.

    Which of a day's parts comes first makes no difference. `customer_links.py` finds the same where
    only some change.
    """
    return f"""
        WITH counting AS (
            SELECT {PART}, {FIGURES},
                   lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS part_before,
                   lag(day) OVER (PARTITION BY customer_id, country ORDER BY day)
                   AS part_before_here,
                   min(day) OVER (PARTITION BY customer_id) AS first_part
            FROM {parts} WHERE customer_id IS NOT NULL AND lines > 0
        )
        SELECT {PART}, {FIGURES}, coalesce(part_before, {NEVER}) AS last_seen,
               coalesce(part_before_here, {NEVER}) AS last_seen_here, first_part AS first_day
        FROM counting
        UNION ALL
        SELECT {PART}, {FIGURES}, {DOES_NOT_COUNT}, {DOES_NOT_COUNT}, CAST(NULL AS DATE)
        FROM {parts} WHERE customer_id IS NULL OR lines = 0
    """


def daily_sales(parts: str) -> str:
    """Days of parts; an order split into parts of one day, country and channel is whole there."""
    return f"""
        WITH split AS (
            SELECT split_order, day, country, channel, {SUMS},
                   count(*) OVER (PARTITION BY split_order) AS places
            FROM {parts} WHERE split_order IS NOT NULL
            GROUP BY split_order, day, country, channel
        )
        SELECT day, country, channel, {SUMS}, {ORDERS} AS whole_orders,
               CAST(NULL AS BIGINT) AS split_order
        FROM {parts} WHERE split_order IS NULL
        GROUP BY day, country, channel
        UNION ALL
        SELECT day, country, channel, revenue, returned, units, lines,
               CASE WHEN places = 1 THEN 1 ELSE 0 END,
               CASE WHEN places > 1 THEN split_order END
        FROM split
    """


def product_months(sales: str) -> str:
    """Months of products; an order counts once for each product.

    Almost every line is the only one of its order with its product. A hash tells which are for
    sure, and these are only added up; of the few others the orders are looked at.
    """
    hashed = f"(SELECT *, hash(order_key, product_id) AS pair FROM {sales}) AS hashed"
    return f"""
        WITH repeated AS (
            SELECT pair FROM {hashed} GROUP BY pair HAVING count(*) > 1
        ), by_order AS (
            SELECT order_key, {MONTH} AS day, country, product_id,
                   {SUMS}, min(line_number) AS first_line
            FROM {hashed} WHERE pair IN (SELECT pair FROM repeated)
            GROUP BY order_key, {MONTH}, country, product_id
        ), split AS (
            SELECT order_key, product_id, min(first_line) AS order_number
            FROM by_order
            WHERE lines > 0
            GROUP BY order_key, product_id
            HAVING count(*) > 1
        )
        SELECT {MONTH} AS day, country, product_id, {SUMS},
               CAST(sum(lines) AS BIGINT) AS whole_orders, CAST(NULL AS BIGINT) AS split_order
        FROM {hashed}
        WHERE NOT EXISTS (SELECT 1 FROM repeated WHERE repeated.pair = hashed.pair)
        GROUP BY {MONTH}, country, product_id
        UNION ALL
        SELECT by_order.day, by_order.country, by_order.product_id, revenue, returned, units, lines,
               CASE WHEN lines > 0 AND order_number IS NULL THEN 1 ELSE 0 END,
               CASE WHEN lines > 0 THEN order_number END
        FROM by_order LEFT JOIN split ON split.order_key = by_order.order_key
             AND split.product_id IS NOT DISTINCT FROM by_order.product_id
    """


def anonymous_sales(parts: str) -> str:
    """What unknown customers bought: one row, or none."""
    return f"""
        SELECT {SUMS}, count(DISTINCT CASE WHEN lines > 0 THEN order_key END) AS whole_orders
        FROM {parts} WHERE customer_id IS NULL HAVING count(*) > 0
    """


def products_of_months(months: str) -> str:
    """What months of products add up to for each; 0 where only nothing was brought back."""
    return f"""
        SELECT product_id, {SUMS}, {ORDERS} + count(DISTINCT split_order) AS whole_orders
        FROM {months} GROUP BY product_id
    """


def product_sales(months: str) -> str:
    """Products with a sale or a return, over all time."""
    return f"SELECT * FROM ({products_of_months(months)}) WHERE {SOLD_OR_RETURNED}"


def by_order(parts: str) -> str:
    """What parts add up to, of which an order counts once for each of its customers."""
    return f"""
        SELECT customer_id, revenue, returned, units, lines, whole_orders FROM {parts}
        WHERE customer_id IS NOT NULL AND split_order IS NULL
        UNION ALL
        SELECT customer_id, sum(revenue), sum(returned), sum(units), sum(lines), 1 FROM {parts}
        WHERE customer_id IS NOT NULL AND split_order IS NOT NULL
        GROUP BY customer_id, split_order
    """


def customers(parts: str, facts: str) -> str:
    """One row each, of all parts; `customer_links.py` finds the same where some of them change."""
    return f"""
        WITH sums AS (
            SELECT customer_id, {SUMS}, {ORDERS} AS whole_orders
            FROM ({by_order(parts)}) GROUP BY customer_id
        ), known_by AS (
            SELECT customer_id, max(customer_name) AS customer_name,
                   min(CASE WHEN lines > 0 THEN day END) AS first_day,
                   max(CASE WHEN lines > 0 THEN day END) AS last_day
            FROM {parts} WHERE customer_id IS NOT NULL GROUP BY customer_id
        ), attributes AS (
            {attributes(facts)}
        )
        SELECT known_by.customer_id, customer_name, first_day, last_day, revenue, returned, units,
               lines, whole_orders, gender, age
        FROM known_by JOIN sums ON sums.customer_id = known_by.customer_id
        LEFT JOIN attributes ON attributes.customer_id = known_by.customer_id
    """


def customer_countries(parts: str) -> str:
    """Where customers bought, and when last."""
    return f"""
        SELECT customer_id, country, max(day) AS last_day FROM {parts}
        WHERE customer_id IS NOT NULL AND lines > 0 GROUP BY customer_id, country
    """


def customer_facts(rows: str) -> str:
    """What customers files tell: a file may name a customer twice, and its last word counts."""
    return f"""
        SELECT import_id, version, customer_id,
               max_by(gender, line) FILTER (WHERE gender IS NOT NULL) AS gender,
               max_by(age, line) FILTER (WHERE age IS NOT NULL) AS age
        FROM {rows} GROUP BY import_id, version, customer_id
    """


def attributes(facts: str) -> str:
    """Gender and age of customers, each by itself those of the latest file that has one."""
    return f"""
        SELECT customer_id, max_by(gender, version) FILTER (WHERE gender IS NOT NULL) AS gender,
               max_by(age, version) FILTER (WHERE age IS NOT NULL) AS age
        FROM {facts} GROUP BY customer_id
    """


def product_labels(lines: str, of: str = "import_id") -> str:
    """Names and categories by which the sales of an import call products, and how often; `of`
    names another column to divide the sales by.
    """
    return f"""
        SELECT {of}, product_id, product_name, category, count(*) AS uses,
               max(time) AS last_used
        FROM {lines} WHERE kind = 'sale' AND product_id IS NOT NULL
        GROUP BY {of}, product_id, product_name, category
    """


FACT_OF_PRODUCT = """
    product_id, product_name, category, price, quantity_sold, rating, review_count, deleted
"""


def product_facts(rows: str) -> str:
    """What products files and edits tell: of a product that a file names twice, the last row."""
    return f"""
        SELECT import_id, version, {FACT_OF_PRODUCT}
        FROM (
            SELECT *, row_number() OVER (
                       PARTITION BY import_id, product_id ORDER BY line DESC
                   ) AS place
            FROM {rows}
        )
        WHERE place = 1
    """


def products(labels: str, facts: str) -> str:
    """Of a product the whole row of the latest fact; what it leaves open is taken from the sales:
    the name used most often, and the category of the latest sale that has one.
    """
    return f"""
        WITH names AS (
            SELECT product_id, product_name, row_number() OVER (
                       PARTITION BY product_id ORDER BY sum(uses) DESC, product_name
                   ) AS place
            FROM {labels} WHERE product_name IS NOT NULL GROUP BY product_id, product_name
        ), categories AS (
            SELECT product_id, category, row_number() OVER (
                       PARTITION BY product_id ORDER BY max(last_used) DESC, category
                   ) AS place
            FROM {labels} WHERE category IS NOT NULL GROUP BY product_id, category
        ), all_facts AS (
            SELECT *, row_number() OVER (PARTITION BY product_id ORDER BY version DESC) AS place
            FROM {facts}
        ), facts AS (
            SELECT * FROM all_facts WHERE place = 1
        ), ids AS (
            SELECT product_id FROM {labels}
            UNION
            SELECT product_id FROM facts
        )
        SELECT ids.product_id, coalesce(facts.product_name, names.product_name) AS product_name,
               coalesce(facts.category, categories.category) AS category, facts.price,
               facts.quantity_sold, facts.rating, facts.review_count,
               coalesce(facts.deleted, false) AS deleted
        FROM ids
        LEFT JOIN facts ON facts.product_id = ids.product_id
        LEFT JOIN names ON names.product_id = ids.product_id AND names.place = 1
        LEFT JOIN categories ON categories.product_id = ids.product_id AND categories.place = 1
    """
