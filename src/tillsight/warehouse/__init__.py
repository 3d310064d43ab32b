"""The journal laid out for questions; may be deleted at any time and is rebuilt."""

from tillsight.warehouse.store import Snapshot, Warehouse

__all__ = ["Snapshot", "Warehouse"]
