"""Contracts of older products, one file each, below /compat; each is off unless it is named.

They translate shapes: logic and storage are the rooms'. A contract is an application of its own, so
that it has its own error envelope, description and pages.
"""

import re

from fastapi import FastAPI

from tillsight.api.compat import customer_purchases, hm_kpis, kpi_circles, product_catalog
from tillsight.api.compat.product import Product, app_of, refused
from tillsight.settings import Contract, Settings

__all__ = ["is_anonymous", "is_open", "mount", "product_at", "refused"]

PRODUCTS: dict[Contract, Product] = {
    one.PRODUCT.contract: one.PRODUCT
    for one in (customer_purchases, hm_kpis, kpi_circles, product_catalog)
}
DOCS = re.compile(r"/|/docs(/.*)?|/openapi\.json")


def mount(app: FastAPI) -> None:
    """Add the contracts that the settings name; they work on what `app` works on."""
    for name in app.state.settings.compat:
        product = PRODUCTS[name]
        app.mount(product.base, app_of(product, app.state), name=name)


def product_at(settings: Settings, path: str) -> Product | None:
    """The contract that answers at this path, if any does."""
    found = (PRODUCTS[name] for name in settings.compat)
    return next((one for one in found if f"{path}/".startswith(f"{one.base}/")), None)


def is_open(settings: Settings, path: str) -> bool:
    """Whether strangers may read a description here; the access table knows of the routes."""
    product = product_at(settings, path)
    return product is not None and settings.public_docs and _describes(product, path)


def is_anonymous(settings: Settings, path: str) -> bool:
    """Whether strangers may use some of what lies here; the access table knows which routes."""
    product = product_at(settings, path)
    if product is None or product.contract not in settings.compat_anonymous:
        return False
    return not _describes(product, path)  # another setting decides about descriptions


def _describes(product: Product, path: str) -> bool:
    below = path.removeprefix(product.base)
    return below in product.descriptions or bool(DOCS.fullmatch(below))
