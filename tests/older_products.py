"""Databases as older products left them: their tables, filled with rows of our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import bcrypt
from sqlalchemy import Engine, create_engine, text

SALES_ANALYTICS = (
    """
    CREATE TABLE users (
        id {serial} PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        username VARCHAR(100) NOT NULL UNIQUE, hashed_password VARCHAR(255) NOT NULL,
        full_name VARCHAR(255), is_active BOOLEAN DEFAULT TRUE, is_verified BOOLEAN DEFAULT FALSE,
        is_superuser BOOLEAN DEFAULT FALSE, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP NULL, last_login TIMESTAMP NULL, verification_token VARCHAR(255),
        verification_token_expires TIMESTAMP NULL, reset_password_token VARCHAR(255),
        reset_password_token_expires TIMESTAMP NULL
    )
    """,
    """
    CREATE TABLE sales_transactions (
        id {serial} PRIMARY KEY, invoice_no VARCHAR(20) NOT NULL, stock_code VARCHAR(50) NOT NULL,
        description TEXT, quantity INTEGER NOT NULL CHECK (quantity > 0),
        invoice_date {time} NOT NULL, unit_price DECIMAL(10, 2) NOT NULL CHECK (unit_price >= 0),
        customer_id INTEGER, country VARCHAR(100) NOT NULL,
        total_amount DECIMAL(12, 2) NOT NULL CHECK (total_amount >= 0),
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP NULL
    )
    """,
    "CREATE VIEW total_sales AS SELECT sum(total_amount) AS total FROM sales_transactions",
)
PRODUCT_CATALOG = (
    """
    CREATE TABLE "user" (
        id {serial} PRIMARY KEY, username VARCHAR(150) NOT NULL UNIQUE,
        password VARCHAR(150) NOT NULL
    )
    """,
    """
    CREATE TABLE product (
        id {serial} PRIMARY KEY, product_id VARCHAR(50) NOT NULL UNIQUE,
        product_name VARCHAR(150) NOT NULL, category VARCHAR(100) NOT NULL, price FLOAT NOT NULL,
        quantity_sold INTEGER NOT NULL, rating FLOAT NOT NULL, review_count INTEGER NOT NULL
    )
    """,
)
TYPES = {
    "postgresql": {"serial": "SERIAL", "time": "TIMESTAMP"},
    "mysql": {"serial": "INTEGER AUTO_INCREMENT", "time": "DATETIME"},
}
NAMES = ("Teller", 'Kännchen "Blau", groß', "Glas; hoch\nzwei Zeilen", "Unknown", "=1+1", "O'Neill")


@dataclass
class OlderProduct:
    """The database of an older product at `url`, still written to by its people."""

    url: str
    engine: Engine

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        """Insert rows that have the same columns."""
        quote = self.engine.dialect.identifier_preparer.quote
        names = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        self.run(f"INSERT INTO {quote(table)} ({names}) VALUES ({values})", rows)

    def run(self, statement: str, values: Sequence[dict[str, Any]] | None = None) -> None:
        """Run a statement that changes something."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a question."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]


def older_product(url: str, tables: Sequence[str]) -> OlderProduct:
    """Make the tables of an older product in an empty database."""
    engine = create_engine(url)
    kind = engine.dialect.name
    with engine.begin() as connection:
        for table in tables:
            statement = table.format(**TYPES[kind])
            quoted = statement if kind == "postgresql" else statement.replace('"', "`")
            connection.execute(text(quoted))
    return OlderProduct(url.replace("+psycopg", "").replace("+pymysql", "+mysqldb"), engine)


def hashed(password: str, prefix: str = "$2b$") -> str:
    """A password as older products kept it; they took more rounds than a test has time for."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    return prefix + made.removeprefix("$2b$")


def sales_lines(count: int, first_order: int = 0) -> list[dict[str, Any]]:
    """Rows of sales_transactions. That product rounded the price, and what it was multiplied from
    was the price before.
    """
    random = Random(first_order)
    rows = []
    for number in range(count):
        order = first_order + number // 3
        quantity, price = random.randint(1, 40), Decimal(random.randint(10, 99_999)) / 1000
        rows.append(
            {
                "invoice_no": f"{536_365 + order}",
                "stock_code": f"{random.randint(1, 30)}A",
                "description": random.choice(NAMES),
                "quantity": quantity,
                "invoice_date": datetime(2023, 1 + order % 12, 1 + order % 28, order % 24, 59),
                "unit_price": round(price, 2),
                "customer_id": None if order % 4 == 0 else 12_000 + order % 9,
                "country": random.choice(("France", "EIRE", "Curaçao")),
                "total_amount": round(price * quantity, 2),
            }
        )
    return rows
