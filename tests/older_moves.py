"""Moves as the commands make them, without starting a process for each."""

from functools import partial

from sqlalchemy import func, select

from older_products import OlderProduct
from shop import Shop
from tillsight.accounts.models import AuditEntry, Role, User
from tillsight.metrics.products import told_products
from tillsight.migrating import product_catalog, sales_analytics
from tillsight.migrating.loading import Load, Place, count_rows, load_rows
from tillsight.migrating.models import MovedRow
from tillsight.migrating.moving import Opening, Outcome, rehearsing
from tillsight.migrating.older import older_database
from tillsight.migrating.sales_lines import Copies
from tillsight.sales.choices import Locale
from tillsight.sales.models import Import

TABLES = (User, Import, MovedRow, AuditEntry)
Means = tuple[Opening, Load]


def for_good(shop: Shop) -> Means:
    """How a move writes and loads."""
    locale = Locale(shop.settings.timezone, shop.settings.currency)
    place = Place(shop.database, shop.folders, locale)
    return shop.database.writing, partial(load_rows, place)


def rehearsal(shop: Shop) -> Means:
    """How `--dry-run` does."""
    return partial(rehearsing, shop.database), count_rows


def move_sales(
    means: Means,
    older: OlderProduct,
    copies: Copies = Copies.bring,
    source: str = "sales-analytics",
    superusers: Role = Role.manager,
) -> Outcome:
    """Do what `tillsight migrate from-sales-analytics` does."""
    wanted = sales_analytics.Wanted(source, superusers, copies)
    with older_database(older.url, sales_analytics.SCHEMA) as opened:
        return sales_analytics.move(*means, opened, wanted)


def move_products(shop: Shop, means: Means, older: OlderProduct) -> Outcome:
    """Do what `tillsight migrate from-product-catalog` does."""
    known = told_products(shop.warehouse)
    with older_database(older.url, product_catalog.SCHEMA) as opened:
        return product_catalog.move(*means, opened, "product-catalog", known)


def figures(outcome: Outcome) -> dict[str, tuple[int, int, int, int]]:
    """Found, added, already there and left out, of each kind."""
    return {
        one.what: (one.found, one.added, one.there, len(one.left_out)) for one in outcome.counts
    }


def left_out(outcome: Outcome) -> dict[str, str]:
    """Why rows were left out, by their older numbers."""
    return {str(row.older_id): row.reason for one in outcome.counts for row in one.left_out}


def rows_of(shop: Shop) -> list[int]:
    """How many rows the tables have that a move writes to."""
    with shop.database.reading() as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in TABLES]
