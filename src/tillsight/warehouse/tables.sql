-- The warehouse as DuckDB sees it: every line of every import in force, and the summaries that
-- questions are answered from. `definitions.py` says what they are, `summaries.py` keeps them up to
-- date; all can be rebuilt.
--
-- Lines and summaries share the columns that measures add up: revenue, returned (the value of
-- returns, positive), units, lines (number of sale lines) and whole_orders. An order that lies in
-- one row of a table counts there as a whole order; one that is spread over several has its number
-- in split_order in each of them. So the orders of any group of rows are
-- sum(whole_orders) + count(DISTINCT split_order).

CREATE TABLE state (
    journal VARCHAR NOT NULL,   -- identity of the journal this was built from
    version BIGINT NOT NULL,    -- last journal entry applied
    entered_at TIMESTAMP,       -- when that one was entered: another journal's is another
    layout INTEGER NOT NULL     -- raised with every change of this file
);

-- The imports of sales that count now, and where the lines of each are.
CREATE TABLE imports_in_force (
    import_id BIGINT NOT NULL,
    source VARCHAR NOT NULL,    -- its order ids are told apart from those of other sources
    batch VARCHAR NOT NULL      -- name of the file
);

-- Orders of an import that do not count while import `hidden_by` does, which replaced them.
CREATE TABLE hidden_orders (
    hidden_by BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    order_id VARCHAR NOT NULL
);

CREATE TABLE lines (
    import_id BIGINT NOT NULL,  -- below zero: of a purchase that was entered by itself
    line BIGINT NOT NULL,       -- number of the row in its file, of the line in its purchase
    kind VARCHAR NOT NULL,      -- sale, return or adjustment
    order_key VARCHAR NOT NULL, -- order id within its source; a row without one is its own order
    time TIMESTAMP NOT NULL,    -- shop time
    hour TINYINT,               -- null where the file gives dates only
    product_id VARCHAR,
    product_name VARCHAR,
    category VARCHAR,
    customer_id VARCHAR,
    customer_name VARCHAR,
    country VARCHAR,
    channel VARCHAR,
    quantity DECIMAL(18, 4) NOT NULL,
    price DECIMAL(18, 8) NOT NULL,
    amount DECIMAL(18, 4) NOT NULL
);

-- What an order is in one hour, country and channel, for one customer.
CREATE TABLE order_parts (
    order_key VARCHAR NOT NULL,
    order_hash UBIGINT NOT NULL, -- of order_key: numbers are looked for ten times as fast as texts
    day DATE NOT NULL,
    hour TINYINT,
    country VARCHAR,
    channel VARCHAR,
    customer_id VARCHAR,
    customer_name VARCHAR,
    revenue DECIMAL(38, 4) NOT NULL,
    returned DECIMAL(38, 4) NOT NULL,
    units DECIMAL(38, 4) NOT NULL,
    lines BIGINT NOT NULL,
    whole_orders BIGINT NOT NULL,
    split_order BIGINT,
    -- Day of the customer's part before this one, anywhere and in the same country: a part whose
    -- last_seen lies before a period is the customer's first in it, so counting those parts counts
    -- customers without remembering any. 0001-01-01: never seen before. 9999-12-31: the part has
    -- no sale or no customer, and never counts.
    last_seen DATE NOT NULL,
    last_seen_here DATE NOT NULL,
    first_day DATE              -- day of the customer's first sale ever
);

CREATE TABLE customers (
    customer_id VARCHAR NOT NULL,
    customer_name VARCHAR,
    first_day DATE,             -- of a sale; null for those who only brought back
    last_day DATE,
    revenue DECIMAL(38, 4) NOT NULL,
    returned DECIMAL(38, 4) NOT NULL,
    units DECIMAL(38, 4) NOT NULL,
    lines BIGINT NOT NULL,
    whole_orders BIGINT NOT NULL,
    gender VARCHAR,             -- these two by the latest customers file that tells one
    age INTEGER
);

-- What customers files tell: one row for each file and customer, who need not have bought anything.
CREATE TABLE customer_facts (
    import_id BIGINT NOT NULL,
    version BIGINT NOT NULL,    -- of the import's own journal entry: the latest wins
    customer_id VARCHAR NOT NULL,
    gender VARCHAR,
    age INTEGER
);

CREATE TABLE customer_countries (
    customer_id VARCHAR NOT NULL,
    country VARCHAR,
    last_day DATE NOT NULL
);

-- One row, or none, for each product with a sale or a return; null stands for unknown products.
CREATE TABLE product_sales (
    product_id VARCHAR,
    revenue DECIMAL(38, 4) NOT NULL,
    returned DECIMAL(38, 4) NOT NULL,
    units DECIMAL(38, 4) NOT NULL,
    lines BIGINT NOT NULL,
    whole_orders BIGINT NOT NULL
);

-- In these three several rows may stand for the same group: what comes in later is added below.
CREATE TABLE anonymous_sales (  -- of unknown customers
    revenue DECIMAL(38, 4) NOT NULL,
    returned DECIMAL(38, 4) NOT NULL,
    units DECIMAL(38, 4) NOT NULL,
    lines BIGINT NOT NULL,
    whole_orders BIGINT NOT NULL
);

CREATE TABLE daily_sales (
    day DATE NOT NULL,
    country VARCHAR,
    channel VARCHAR,
    revenue DECIMAL(38, 4) NOT NULL,
    returned DECIMAL(38, 4) NOT NULL,
    units DECIMAL(38, 4) NOT NULL,
    lines BIGINT NOT NULL,
    whole_orders BIGINT NOT NULL,
    split_order BIGINT
);

CREATE TABLE product_months (
    day DATE NOT NULL,          -- first of the month
    country VARCHAR,
    product_id VARCHAR,
    revenue DECIMAL(38, 4) NOT NULL,
    returned DECIMAL(38, 4) NOT NULL,
    units DECIMAL(38, 4) NOT NULL,
    lines BIGINT NOT NULL,
    whole_orders BIGINT NOT NULL,
    split_order BIGINT
);

CREATE TABLE product_labels (   -- of each import's sales
    import_id BIGINT NOT NULL,
    product_id VARCHAR NOT NULL,
    product_name VARCHAR,
    category VARCHAR,
    uses BIGINT NOT NULL,
    last_used TIMESTAMP NOT NULL
);

-- Each product with a sale or a fact. Name and category are those of the latest products file or
-- edit; what it does not say comes from the sales.
CREATE TABLE products (
    product_id VARCHAR NOT NULL,
    product_name VARCHAR,       -- else the description used most often
    category VARCHAR,           -- else of the latest sale that has one
    price DECIMAL(18, 4),       -- these four as products files tell them, not from sales
    quantity_sold BIGINT,
    rating DECIMAL(18, 4),
    review_count BIGINT,
    deleted BOOLEAN NOT NULL    -- taken out of the catalogue; its sales stay
);

-- What products files and edits tell: one row for each of them and product.
CREATE TABLE product_facts (
    import_id BIGINT NOT NULL,
    version BIGINT NOT NULL,    -- of the import's own journal entry: the latest wins
    product_id VARCHAR NOT NULL,
    product_name VARCHAR,
    category VARCHAR,
    price DECIMAL(18, 4),
    quantity_sold BIGINT,
    rating DECIMAL(18, 4),
    review_count BIGINT,
    deleted BOOLEAN NOT NULL
);
