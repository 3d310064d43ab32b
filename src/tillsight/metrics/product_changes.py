"""Changing the catalogue by hand. Each change is an import of its own, so it can be undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tillsight.accounts.sessions import Origin
from tillsight.database import Database
from tillsight.errors import Conflict
from tillsight.metrics.products import no_product
from tillsight.sales.edits import Edit, Overtaken, ProductRow, load_edit
from tillsight.sales.folders import Folders
from tillsight.sales.models import Import
from tillsight.warehouse import Snapshot, Warehouse

LAID_OUT_WITHIN = 600.0
"""Seconds a change waits for this server's warehouse, before and after it was made."""
TRIES = 10
"""How often a change is worked out again while others change products at the same moment."""

# What was read: whether the product is in the catalogue, and what the latest file or edit told.
_Known = tuple[bool, ProductRow | None]


@dataclass(frozen=True)
class Editor:
    """Where a change goes, and on whose behalf."""

    database: Database
    folders: Folders
    warehouse: Warehouse
    user_id: int | None
    origin: Origin


def add_product(editor: Editor, row: ProductRow) -> Import:
    """Put a product into the catalogue. Returns the import it is.

    Raises:
        Conflict: it is there already.
    """

    def new(known: _Known) -> ProductRow:
        if known[0]:
            raise Conflict(
                f"There is a product “{row.product_id[:80]}” already. Change it instead."
            )
        return row

    made = _load(editor, row.product_id, f"New product {row.product_id}", new)
    assert made is not None  # noqa: S101  a product that is not there differs from any row
    return made


def change_product(editor: Editor, product_id: str, changes: Mapping[str, Any]) -> Import | None:
    """Change what is told of a product. Returns the import it is; None where nothing changes.

    `changes` are fields of `ProductRow` and their new values; the others stay as they are.

    Raises:
        NotFound: it is not in the catalogue.
    """

    def new(known: _Known) -> ProductRow:
        return replace(_listed(product_id, known), **changes)

    return _load(editor, product_id, f"Edit of {product_id}", new)


def delete_product(editor: Editor, product_id: str) -> Import:
    """Take a product out of the catalogue; its sales stay, and so do their names and categories.

    Returns the import it is.

    Raises:
        NotFound: it is not in the catalogue.
    """

    def new(known: _Known) -> ProductRow:
        return replace(_listed(product_id, known), deleted=True)

    made = _load(editor, product_id, f"Deletion of {product_id}", new)
    assert made is not None  # noqa: S101  what is listed is not deleted
    return made


def _listed(product_id: str, known: _Known) -> ProductRow:
    in_catalogue, row = known
    if not in_catalogue:
        raise no_product(product_id)
    return row or ProductRow(product_id)


def _load(
    editor: Editor, product_id: str, title: str, new_row: Callable[[_Known], ProductRow]
) -> Import | None:
    """Work the new row out from what is known, and load it unless nothing changes.

    Raises:
        Overtaken: others changed products again and again meanwhile.
        Unavailable: others changed products, and the warehouse does not come to know of it.
    """
    for attempt in range(TRIES):
        editor.warehouse.catch_up(LAID_OUT_WITHIN)
        with editor.warehouse.snapshot() as at:
            known, version = _known(at, product_id), at.version
        row = new_row(known)
        if row == (known[1] or ProductRow(product_id)):
            return None
        edit = Edit(row, title, version, editor.user_id, editor.origin)
        try:
            made = load_edit(editor.database, editor.folders, edit)
        except Overtaken:
            if attempt == TRIES - 1:
                raise
            if editor.warehouse.catch_up(LAID_OUT_WITHIN) <= version:
                raise editor.warehouse.not_yet() from None
            continue
        editor.warehouse.show_soon(LAID_OUT_WITHIN)
        return made
    raise AssertionError  # the last attempt returns or raises


def _known(at: Snapshot, product_id: str) -> _Known:
    listed = at.rows("SELECT 1 FROM products WHERE product_id = ? AND NOT deleted", [product_id])
    facts = at.rows(
        """
        SELECT product_id, product_name, category, price, quantity_sold, rating, review_count,
               deleted
        FROM product_facts WHERE product_id = ? ORDER BY version DESC LIMIT 1
        """,
        [product_id],
    )
    return bool(listed), ProductRow(*facts[0]) if facts else None
