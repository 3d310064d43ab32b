"""After loading, undoing and redoing in any order, what counts is what the journal says."""

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from in_force import Row, rows_in_force
from meaning import answers_of, labelled_text_of, tables_of, text_of
from random_lines import lines
from shop import HEADER, Shop, temporary_shop
from tillsight.sales import journal
from tillsight.sales.choices import Overlap
from tillsight.sales.models import Import
from tillsight.sales.undo import redo, undo

DECISIONS = ("skip", "replace", "add", "copy")
files = st.lists(lines, min_size=2, max_size=3, unique_by=text_of)


def meaning(shop: Shop) -> tuple:
    return tables_of(shop), answers_of(shop)


def do_something(shop: Shop, texts: list[str], chance) -> str:
    """Load a file in some way, or take an import back, or bring one back."""
    with shop.database.reading() as session:
        every = [*session.scalars(select(Import).order_by(Import.id)).unique()]
    counting = [one.id for one in every if one.in_force]
    undone = [one.id for one in every if not one.in_force and not is_loaded_again(one, every)]
    what = chance.choice([*DECISIONS, "undo", "undo", "redo"])
    if what == "undo" and counting:
        undo(shop.database, chance.choice(counting), None)
    elif what == "redo" and undone:
        redo(shop.database, chance.choice(undone), None)
    elif what == "copy":
        shop.load_text(chance.choice(texts), copy=True)
    elif what in DECISIONS:
        shop.load_text(chance.choice(texts), overlap=Overlap(what))
    return what


def is_loaded_again(one: Import, every: list[Import]) -> bool:
    """Whether its content counts under another import that is no copy, so that it cannot return."""
    return not one.is_copy and any(one.content_hash == other.in_force for other in every)


def shop_of(rows: list[Row]) -> tuple:
    """What a new shop says into which just these rows were loaded, as one file."""
    with temporary_shop() as fresh:
        cells = (
            (
                row.order_id,
                row.product_id,
                row.product_name,
                row.quantity,
                row.time,
                row.price,
                row.customer_id,
                row.country,
                row.category,
                row.channel,
            )
            for row in rows
        )
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in cells]
        if lines:
            header = HEADER.rstrip("\n") + ",Category,Channel"
            fresh.load_text("\n".join([header, *lines, ""]))
        return meaning(fresh)


@given(files=files, chance=st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=8)
def test_what_counts_is_what_the_journal_says(files: list, chance) -> None:
    texts = [labelled_text_of(some) for some in files]
    with temporary_shop() as shop:
        shop.load_text(texts[0])
        for _ in range(6):
            do_something(shop, texts, chance)
            if chance.random() < 0.6:  # else several entries are caught up with at once
                shop.warehouse.catch_up(wait=60)
        kept = meaning(shop)
        assert kept == shop_of(rows_in_force(shop.database, shop.folders))
        with shop.database.writing() as session:
            journal.order_rebuild(session)
        assert meaning(shop) == kept
