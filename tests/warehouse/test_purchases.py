"""Purchases that are entered one by one, among imports, as questions see them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meaning import answers_of, tables_of
from purchases import enter, purchase
from random_lines import MEASURES, Line, key_of, lines, recomputed, since
from shop import HEADER, Shop, temporary_shop
from tillsight.metrics import drill
from tillsight.metrics.drill import Drill
from tillsight.metrics.periods import Period
from tillsight.sales import journal
from tillsight.sales.choices import DecimalMark
from tillsight.sales.journal import PurchaseEntry
from tillsight.sales.models import EntryKind
from tillsight.sales.purchase_checks import Checked
from tillsight.sales.purchases import redo_purchase, undo_purchase
from tillsight.sales.undo import redo, undo
from tillsight.warehouse.purchases import grouped

GROUPS = ([], ["customer"], ["product", "month"], ["country", "day"], ["hour"], ["weekday"])


@dataclass
class Told:
    """Plain Python's own account of a shop."""

    imports: dict[int, list[Line]] = field(default_factory=dict)
    purchases: dict[int, list[Line]] = field(default_factory=dict)
    undone: set[tuple[str, int]] = field(default_factory=set)

    @property
    def lines(self) -> list[Line]:
        """Everything that counts."""
        parts = {("import", one): some for one, some in self.imports.items()}
        parts |= {("purchase", one): some for one, some in self.purchases.items()}
        return [line for one, some in parts.items() if one not in self.undone for line in some]


# Some are one purchase each of many lines of the same order, others an amount alone.
entered = st.lists(
    st.one_of(
        lines.map(lambda some: [one for one in some[:3] if one.quantity and one.price >= 0]),
        lines.map(lambda some: [replace(some[0], product="", quantity=1, price=Decimal("9.5"))]),
        lines.map(lambda some: [replace(some[0], product="", quantity=-1, price=Decimal(4))]),
    ),
    min_size=1,
    max_size=5,
)


def as_purchase(some: list[Line]) -> tuple[Checked, list[Line]] | None:
    """A purchase of these lines, and the lines it is: of one customer, at one time."""
    if sum(one.quantity * one.price for one in some) == 0:
        return None
    one = some[0]
    alone = not one.product
    made = purchase(
        str(one.quantity * one.price) if alone else None,
        [] if alone else [(line.product, str(line.quantity), str(line.price)) for line in some],
        customer=one.customer or "c9",
        country=one.country or None,
        when=one.time.isoformat(),
    )
    same = {"customer": one.customer or "c9", "country": one.country, "time": one.time}
    return made, [replace(line, **same) for line in some]


def enter_some(shop: Shop, told: Told, some: list[list[Line]]) -> None:
    made = [one for one in map(as_purchase, filter(None, some)) if one]
    if not made:
        return
    for (_, parts), stored in zip(made, enter(shop, *(one for one, _ in made)), strict=True):
        order = f"purchase {stored.purchase_id}"
        told.purchases[stored.purchase_id] = [replace(line, order=order) for line in parts]


def change_one(shop: Shop, told: Told, chance) -> None:
    """Undo or redo any import or purchase."""
    known = [("import", one) for one in told.imports]
    known += [("purchase", one) for one in told.purchases]
    if not known:
        return
    kind, number = one = chance.choice(known)
    back = one in told.undone
    if kind == "import":
        (redo if back else undo)(shop.database, number, None)
    else:
        (redo_purchase if back else undo_purchase)(shop.database, number, None)
    told.undone ^= {one}


def recomputed_groups(some: list[Line], by: list[str]) -> dict[tuple, dict]:
    counted = [line for line in some if line.quantity and line.price > 0]
    found = {}
    for key in {key_of(line, by, {}) for line in counted}:
        group = [line for line in some if key_of(line, by, {}) == key]
        found[key] = numbers(group, some, since(key, by, Period()))
    return found if by else {(): numbers(some, some, None)}


def numbers(chosen: list[Line], everything: list[Line], start) -> dict:
    found = recomputed(chosen, everything, start)
    sold = {one.product for one in chosen if one.quantity > 0 and one.price > 0}
    return {**found, "products": len(sold - {""})}  # an amount alone is of no known product


def assert_is_what_was_told(shop: Shop, told: Told) -> None:
    for by in GROUPS:
        found = shop.ask(*MEASURES, by=by)
        got = {
            tuple(
                row[name] if row[name] is not None else (None if name != "product" else "")
                for name in by
            ): {one: row[one] for one in MEASURES}
            for row in found.rows
        }
        wanted = recomputed_groups(told.lines, by)
        gaps = got.keys() - wanted.keys()
        assert {key: got[key] for key in got.keys() - gaps} == wanted
        assert all(not any(got[gap].values()) for gap in gaps)
        assert found.totals == numbers(told.lines, told.lines, None)


@given(
    files=st.lists(lines, max_size=2, unique_by=str),
    groups=st.lists(entered, min_size=1, max_size=3),
    chance=st.randoms(use_true_random=False),
)
@hypothesis_settings(max_examples=7)
def test_among_imports_and_undos_they_are_what_plain_python_makes_of_them(
    files: list[list[Line]], groups: list[list[list[Line]]], chance
) -> None:
    told = Told()
    with temporary_shop() as shop:
        steps = [("file", one) for one in files] + [("purchases", one) for one in groups]
        steps += [("change", None)] * 4
        chance.shuffle(steps)
        for kind, some in steps:
            if kind == "file":
                text = HEADER + "".join(one.csv() for one in some)
                number = shop.load_text(text, decimal=DecimalMark.point).loaded.id
                told.imports[number] = some
            elif kind == "purchases":
                enter_some(shop, told, some)
            else:
                change_one(shop, told, chance)
            if chance.random() < 0.4:  # else several entries are caught up with at once
                shop.warehouse.catch_up(wait=60)
        assert_is_what_was_told(shop, told)
        kept = tables_of(shop), answers_of(shop)
        with shop.database.writing() as session:
            journal.order_rebuild(session)
        assert (tables_of(shop), answers_of(shop)) == kept


def test_purchases_without_an_import_between_them_are_one_change() -> None:
    now = datetime.now(UTC)
    whole = (1, 3, "sales", "purchases", "a.parquet", 700, "5e", None, None, 1, Decimal(5))
    day = now.date()
    entry = journal.Entry(3, now, EntryKind.imported, *whole, day, day)
    before = [PurchaseEntry(one, now, EntryKind.purchase, one) for one in (1, 2)]
    after = [PurchaseEntry(4, now, EntryKind.purchase_undo, 1)]
    assert list(grouped([*before, entry, entry, *after])) == [before, entry, entry, after]


def test_what_was_undone_before_it_was_laid_out_was_never_there(shop: Shop) -> None:
    nothing = tables_of(shop)
    [one] = enter(shop, purchase())
    undo_purchase(shop.database, one.purchase_id, None)
    assert tables_of(shop) == nothing
    redo_purchase(shop.database, one.purchase_id, None)
    undo_purchase(shop.database, one.purchase_id, None)
    redo_purchase(shop.database, one.purchase_id, None)
    assert shop.ask("revenue").totals == {"revenue": 12.5}
    undo_purchase(shop.database, one.purchase_id, None)
    assert tables_of(shop) == nothing


def test_the_lines_behind_a_number_name_the_purchase(shop: Shop) -> None:
    shop.load_text(f"{HEADER}1,p,Pen,1,2024-05-01,10,Ada,Peru\n")
    lines = [("Pen", "2", "3.25"), ("Gift", "1", "0"), ("Cup", "-1", "4")]
    [one] = enter(shop, purchase(None, lines, when="2024-05-01T14:30"))
    shop.warehouse.catch_up(wait=60)
    seen = []
    after = ""
    while True:  # a page for each: the cursor goes from purchases to imports
        kinds = tuple(drill.Kind)
        page = drill.lines(shop.warehouse, Drill(Period(), {}, after, 1), kinds)
        seen += page.lines
        if page.next is None:
            break
        after = page.next
    told = [(one.import_id, one.purchase_id, one.line, one.kind, one.amount) for one in seen]
    number = one.purchase_id
    assert told == [
        (None, number, 3, "return", -4.0),
        (None, number, 2, "adjustment", 0.0),
        (None, number, 1, "sale", 6.5),
        (1, None, 1, "sale", 10.0),
    ]
    [order, _] = drill.orders(shop.warehouse, Drill(Period(), {}, "", 10)).orders
    assert (order.source, order.order_id) == ("purchase", str(number))
    assert (order.customer_id, order.revenue, order.returned) == ("Ada", 6.5, 4.0)
    assert order.time.isoformat() == "2024-05-01T14:30:00"


@pytest.mark.parametrize("count", [1, 40])
def test_numbers_of_purchases_may_be_as_large_as_ids_are(shop: Shop, count: int) -> None:
    """2^31 of them would not fit among the numbers that lines of imports have."""
    large = 2**31 - 1 - count
    with shop.database.writing() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO purchases (id, customer, day, amount, source, created_at)"
            f" VALUES ({large}, 'Ada', '2024-05-01', '1', 'purchase', '2024-05-01 00:00:00')"
        )
    enter(shop, *[purchase(None, [("Pen", "1", "1")])] * count)
    assert shop.ask("revenue", "orders").totals == {"revenue": float(count), "orders": count}
