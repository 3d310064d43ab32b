-- The warehouse as DuckDB sees it. `lines` is every line of every import in force; `sales` shows
-- each line with what the measures add up, so that a measure is written once.

CREATE TABLE state (
    journal VARCHAR NOT NULL,   -- identity of the journal this was built from
    version BIGINT NOT NULL,    -- last journal entry applied
    layout INTEGER NOT NULL     -- raised with every change of this file
);

CREATE TABLE lines (
    import_id BIGINT NOT NULL,
    line BIGINT NOT NULL,       -- number of the row in its file
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

CREATE VIEW sales AS
SELECT *,
       time::DATE AS day,
       kind = 'sale' AS is_sale,
       CASE WHEN kind = 'sale' THEN amount ELSE 0 END AS revenue,
       CASE WHEN kind = 'return' THEN -amount ELSE 0 END AS returned,
       CASE WHEN kind = 'sale' THEN quantity ELSE 0 END AS units
FROM lines;
