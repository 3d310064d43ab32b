"""A database as kpi-circles kept it, clean and not so clean, on a real server."""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Engine,
    Enum,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
)

OLD = MetaData()
users = Table(
    "users",
    OLD,
    Column("id", Integer, primary_key=True),
    Column("first_name", String(80)),
    Column("last_name", String(80)),
    Column("display_name", String(160), unique=True),
    Column("email", String(120), unique=True),
    Column("user_login_name", String(80), unique=True),
    Column("active", Boolean, default=True),
    Column("is_gatekeeper", Boolean, default=False),
)
circles = Table(
    "circles",
    OLD,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), unique=True),
)
user_circle = Table(
    "user_circle",
    OLD,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("circle_id", ForeignKey("circles.id"), primary_key=True),
)
kpis = Table(
    "kpis",
    OLD,
    Column("id", Integer, primary_key=True),
    Column("circle_id", ForeignKey("circles.id")),
    Column("name", String(200), unique=True, nullable=False),
    Column("periodicity", Enum("YEARLY", "QUARTERLY", "MONTHLY", name="periodicity")),
    Column("unit", Enum("CHF", "%", "Amount", "SCORE", "EUR", name="unit")),
    Column("initial_value", Float, default=0),
    Column("target_value", Float, nullable=False),
    Column("active", Boolean, default=True),
)
kpi_values = Table(
    "kpi_values",
    OLD,
    Column("id", Integer, primary_key=True),
    Column("kpi_id", Integer),
    Column("period_year", Integer),
    Column("period_month", Integer),
    Column("value", Float(53)),
    Column("created_by_user_id", Integer),
    Column("created_at", DateTime, server_default=func.now()),
    Column("updated_by_user_id", Integer),
    Column("updated_at", DateTime),
)
change_logs = Table(
    "change_logs",
    OLD,
    Column("id", Integer, primary_key=True),
    Column("kpi_value_id", Integer),
    Column("user_id", Integer),
    Column("registered_at", DateTime),
    Column("activity", Text),
)
token_blocklist = Table(
    "token_blocklist",
    OLD,
    Column("id", Integer, primary_key=True),
    Column("jti", String(36), index=True),
    Column("created_at", DateTime),
)

GRACE, EDDA, IDA, VERA, NOBODY, UMA = 1, 2, 3, 4, 5, 6
SALES, MARKETING, NAMELESS = 1, 2, 3
REVENUE, MOOD, SHARE, VISITORS, LOST, TWIN, EUROS = 11, 12, 13, 14, 15, 16, 17


YEAR = datetime.now(UTC).year - 1


def at(day: int, month: int = 3) -> datetime:
    """A moment of last year, without a zone."""
    return datetime(YEAR, month, day, 9, 30)


ROWS = {
    users: [
        (GRACE, "Grace", "Hopper", "G. Hopper", "Grace@Example.com", "ghopper", True, True),
        (EDDA, None, None, "Edda Maria Lind", "edda@example.com", "edda@example.com", None, None),
        (IDA, "Ida", "Off", "Ida O.", "ida@example.com", "ida", False, False),
        (VERA, "Other", "Name", "Vera V.", "VERA@example.com", "vera-there", True, True),
        (NOBODY, "No", "Body", "No B.", "nobody", "nobody", True, False),
        (UMA, "Uma", "", "Uma", "uma@example.com", "ADMIN", True, False),
        (8, "Ad", "Min", "Ad Min", None, "admin", True, True),
    ],
    circles: [(SALES, "Sales "), (MARKETING, "MARKETING"), (NAMELESS, "")],
    user_circle: [
        (GRACE, SALES),
        (EDDA, SALES),
        (IDA, MARKETING),
        (VERA, MARKETING),
        (NOBODY, SALES),
        (GRACE, NAMELESS),
    ],
    kpis: [
        (REVENUE, SALES, "Revenue", "MONTHLY", "CHF", 10.5, 1200.25, True),
        (MOOD, SALES, "Mood", "QUARTERLY", "SCORE", None, 9, False),
        (SHARE, MARKETING, "Share", "YEARLY", "%", 5, 33.333333333, None),
        (VISITORS, MARKETING, "Visitors", "MONTHLY", "Amount", 0, 100, True),
        (LOST, NAMELESS, "Lost", "MONTHLY", "Amount", 0, 1, True),
        (TWIN, SALES, "REVENUE ", "MONTHLY", "CHF", 0, 1, True),
        (EUROS, SALES, "Euros", "MONTHLY", "EUR", 0, 1, True),
    ],
    kpi_values: [
        # Entered by Grace, changed by Edda: only the log knows of her.
        (101, REVENUE, YEAR, 1, 0.1 + 0.2, GRACE, at(1), None, at(3)),
        (102, REVENUE, YEAR, 2, 250, EDDA, at(2), None, at(2)),
        (103, REVENUE, YEAR, 13, 1, EDDA, at(2), None, None),
        (104, REVENUE, YEAR, None, 1, EDDA, at(2), None, None),
        (105, REVENUE, YEAR, 3, None, EDDA, at(2), None, None),
        (106, REVENUE, YEAR, 2, 999, EDDA, at(4), None, None),
        (107, REVENUE, 9000, 1, 1, EDDA, at(2), None, None),
        (108, MOOD, YEAR, 3, 7.5, NOBODY, at(5), None, None),
        (109, MOOD, YEAR, 2, 7.5, EDDA, at(5), None, None),
        (110, SHARE, YEAR - 1, 12, 120, VERA, at(6), None, None),
        (111, SHARE, YEAR - 2, 12, 12.5, VERA, at(6, month=1), EDDA, at(7)),
        (112, LOST, YEAR, 1, 1, EDDA, at(6), None, None),
        (113, VISITORS, YEAR, 1, 10, EDDA, at(6), None, None),
        (114, VISITORS, YEAR, 2, 20, EDDA, at(6), None, None),
        (115, 9999, YEAR, 1, 1, EDDA, at(6), None, None),
    ],
    change_logs: [
        (1, 101, GRACE, at(1), "Created"),
        (2, 101, EDDA, at(3), "Updated"),
        (3, 102, EDDA, at(2), "Created"),
        (4, 103, EDDA, at(2), "Created"),
        (5, 108, NOBODY, at(5), "Created"),
        (6, 999, EDDA, at(5), "Created"),
        (7, 102, EDDA, None, "Updated"),
        (8, 102, EDDA, at(9), "Looked at"),
        (9, None, EDDA, at(9), "Updated"),
        (10, 114, EDDA, at(6), "Created"),
    ],
}


def fill(engine: Engine) -> None:
    """Make the tables and everything in them."""
    with engine.begin() as connection:
        OLD.create_all(connection)
        for table, rows in ROWS.items():
            names = [column.name for column in table.columns]
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
