"""The journal laid out for questions; may be deleted at any time and is rebuilt."""

from tillsight.warehouse.snapshot import Snapshot
from tillsight.warehouse.store import Warehouse

__all__ = ["Snapshot", "Warehouse"]
