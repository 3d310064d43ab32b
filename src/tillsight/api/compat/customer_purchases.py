"""The contract customer-purchases: purchases one by one and in bulk, and two KPIs."""

from fastapi import APIRouter

from tillsight.api.compat.product import Product
from tillsight.settings import Contract

ENVELOPE = "detail"

router = APIRouter()

PRODUCT = Product(
    contract=Contract.customer_purchases,
    envelope=ENVELOPE,
    no_token="Not authenticated",  # noqa: S106
    bad_token="Could not validate credentials",  # noqa: S106
    router=router,
)
