"""Purchases that are entered one by one: what can be one, and how they are stored together."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from purchases import enter, enter_all, purchase, somebody
from shop import Shop
from tillsight.accounts.models import AuditEntry, Role
from tillsight.accounts.users import add_user
from tillsight.errors import InvalidInput
from tillsight.sales.models import IdempotencyKey, JournalEntry, Purchase, PurchaseLine
from tillsight.sales.purchase_entering import Entered, Entering, KeyReused, forget_keys
from tillsight.sales.purchase_queue import KEYS_KEPT, PurchaseQueue

PASSWORD = "a long enough password"


def test_names_are_trimmed_and_times_are_the_shops() -> None:
    found = purchase(customer="  Ada ", country=" Peru ", when="2024-05-01")
    assert (found.customer, found.country, found.day, found.time) == (
        *("Ada", "Peru"),
        *(date(2024, 5, 1), None),
    )
    late = purchase(when="2024-05-01T23:30:15.5Z", timezone="Europe/Zurich")
    assert (late.day, late.time) == (date(2024, 5, 2), time(1, 30, 15))
    assert purchase(when="2024-05-01 00:00").time == time(0)
    assert purchase(country="  ").country is None


def test_an_amount_is_the_sum_of_the_lines() -> None:
    lines = [("Pen", "3", "0.3333"), ("Cup", "-1", "0.5")]
    assert purchase(None, lines).amount == Decimal("0.4999")
    assert purchase("0.50", lines).amount == Decimal("0.4999")
    assert purchase("-4").amount == Decimal(-4)


TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()
WRONG = [
    ({"customer": "  "}, "customer", "the customer is empty"),
    ({"customer": "A" * 201}, "customer", "longer than 200"),
    ({"customer": "A\nB"}, "customer", "cannot be shown"),
    ({"country": "P" * 101}, "country", "longer than 100"),
    ({"when": ""}, "date", "is no date"),
    ({"when": "05/01/2024"}, "date", "Write 2024-05-01"),
    ({"when": "2024-04-31"}, "date", "“2024-04-31” is no date"),
    ({"when": "2024-05-01T25:00"}, "date", "is no date"),
    ({"when": "0001-01-01T00:00+10:00", "timezone": "UTC"}, "date", "is no date"),
    ({"when": "1899-12-31"}, "date", "before the year 1900"),
    ({"when": (TOMORROW + timedelta(days=9)).isoformat()}, "date", "lies in the future"),
    ({"amount": None}, "amount", "give an amount, or lines"),
    ({"amount": "0"}, "amount", "The amount is 0"),
    ({"amount": "NaN"}, "amount", "not a number"),
    ({"amount": "-Infinity"}, "amount", "not a number"),
    ({"amount": "1.00001"}, "amount", "more than four decimals"),
    ({"amount": "1e10"}, "amount", "too large"),
    ({"amount": "1e400"}, "amount", "too large"),
    ({"amount": "5", "items": [("Pen", "2", "3")]}, "amount", "The lines sum to 6.00"),
    ({"amount": None, "items": [("Pen", "1", "3"), ("Pen", "-1", "3")]}, "amount", "is 0"),
    ({"amount": None, "items": [(" ", "1", "3")]}, "lines", "Line 1: the product is empty"),
    ({"amount": None, "items": [("P", "1", "3"), ("P", "0", "3")]}, "lines", "Line 2: the quant"),
    ({"amount": None, "items": [("Pen", "1", "-3")]}, "lines", "quantity below 0"),
    ({"amount": None, "items": [("Pen", "1e9", "3")]}, "lines", "quantity is too large"),
    ({"amount": None, "items": [("Pen", "1e8", "1e3")]}, "lines", "is too large"),
    ({"amount": None, "items": [("Pen", "1", "1")] * 101}, "lines", "100 lines at the most"),
]


@pytest.mark.parametrize(("wrong", "named", "said"), WRONG)
def test_what_is_no_purchase_is_told_by_field(wrong: dict, named: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        purchase(**wrong)
    assert refused.value.details == {"field": named}


def test_tomorrow_is_still_a_day_to_buy() -> None:
    """The person may be ahead of the shop by most of a day."""
    assert purchase(when=TOMORROW.isoformat()).day == TOMORROW


def test_they_are_stored_in_order_with_entries_of_journal_and_audit(shop: Shop) -> None:
    made = enter(shop, purchase("5"), purchase(None, [("Pen", "2", "1.5"), ("Cup", "1", "4")]))
    assert [(one.purchase_id, one.version) for one in made] == [(1, 1), (2, 2)]
    with shop.database.reading() as session:
        stored = session.scalars(select(Purchase).order_by(Purchase.id)).all()
        assert [one.amount for one in stored] == [Decimal(5), Decimal(7)]
        lines = session.scalars(select(PurchaseLine).order_by(PurchaseLine.line)).all()
        assert [(one.purchase_id, one.line, one.product) for one in lines] == [
            (2, 1, "Pen"),
            (2, 2, "Cup"),
        ]
        actions = session.execute(select(AuditEntry.action, AuditEntry.subject)).all()
        assert sorted(map(tuple, actions)) == [
            ("purchase", "purchase 1"),
            ("purchase", "purchase 2"),
        ]


def test_one_that_the_database_refuses_leaves_the_others(shop: Shop) -> None:
    """Somebody without an account is nobody the journal may name."""
    nobody = Entering(purchase("2"), somebody(77))
    outcomes = enter_all(
        shop, [Entering(purchase("1"), None), nobody, Entering(purchase("4"), None)]
    )
    assert [isinstance(one, Entered) for one in outcomes] == [True, False, True]
    assert shop.ask("revenue", "orders").totals == {"revenue": 5.0, "orders": 2}


def test_a_key_makes_a_purchase_once_also_among_those_of_one_moment(shop: Shop) -> None:
    with shop.database.writing() as session:
        number = add_user(session, "ada@example.com", PASSWORD, Role.editor).id
    person = somebody(number)
    same = [Entering(purchase("1"), person, key="a") for _ in range(3)]
    other = Entering(purchase("2"), person, key="a")
    first, *again, wrong = enter_all(shop, [*same, other])
    assert isinstance(first, Entered)
    assert [(one.purchase_id, one.version, one.replayed) for one in again] == [(1, 1, True)] * 2
    assert isinstance(wrong, KeyReused)
    [late, unlike] = enter_all(shop, [same[0], other])
    assert (late.purchase_id, late.created_at, late.replayed) == (1, first.created_at, True)
    assert isinstance(unlike, KeyReused)
    assert shop.ask("orders").totals == {"orders": 1}


def test_old_keys_are_forgotten_and_young_ones_kept(shop: Shop) -> None:
    with shop.database.writing() as session:
        person = somebody(add_user(session, "ada@example.com", PASSWORD, Role.editor).id)
    enter_all(shop, [Entering(purchase("1"), person, key=key) for key in "ab"])
    old = datetime.now(UTC) - timedelta(hours=49)
    with shop.database.writing() as session:
        first = select(func.min(IdempotencyKey.purchase_id)).scalar_subquery()
        session.execute(
            update(IdempotencyKey).where(IdempotencyKey.purchase_id == first).values(created_at=old)
        )
    assert timedelta(hours=24) <= KEYS_KEPT
    assert forget_keys(shop.database, datetime.now(UTC) - KEYS_KEPT) == 1
    again, new = enter_all(shop, [Entering(purchase("1"), person, key=key) for key in "ba"])
    assert (again.purchase_id, again.replayed) == (2, True)
    assert (new.purchase_id, new.replayed) == (3, False)


def test_those_who_come_together_wait_for_one_commit(shop: Shop) -> None:
    commits: list[int] = []
    shown: list[int] = []
    gate = threading.Event()

    def slowly(_connection: object) -> None:
        commits.append(1)
        gate.wait(30)

    event.listen(shop.database._writer, "commit", slowly)
    queue = PurchaseQueue(shop.database, shown.extend)
    first = queue.add(Entering(purchase("1"), None))
    while not commits:
        pass
    others = [queue.add(Entering(purchase("2"), None)) for _ in range(20)]
    assert not any(one.done() for one in [first, *others])
    gate.set()
    made = [one.result(30) for one in [first, *others]]
    queue.close()
    assert [one.version for one in made] == list(range(1, 22))
    assert len(commits) <= 4  # the first, the others, and the tidying of keys
    assert shown == [*range(1, 22)]


def test_a_commit_that_fails_is_nobodys_success(shop: Shop) -> None:
    def full(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    queue = PurchaseQueue(shop.database, lambda _versions: None)
    event.listen(shop.database._writer, "commit", full)
    answers = [queue.add(Entering(purchase("1"), None)) for _ in range(3)]
    assert {type(one.exception(30)) for one in answers} == {OperationalError}
    queue._committing.submit(lambda: None).result(30)  # it tidies up after the answers
    event.remove(shop.database._writer, "commit", full)
    assert queue.add(Entering(purchase("4"), None)).result(30).purchase_id == 1
    queue.close()
    assert shop.ask("revenue", "orders").totals == {"revenue": 4.0, "orders": 1}
    with shop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1


def test_a_warehouse_that_cannot_show_it_yet_does_not_unmake_a_purchase(shop: Shop) -> None:
    def broken(_versions: Sequence[int]) -> None:
        raise OSError("the disk of the warehouse is full")

    queue = PurchaseQueue(shop.database, broken)
    assert queue.add(Entering(purchase("4"), None)).result(30).purchase_id == 1
    queue.close()


def test_whoever_gave_up_waiting_holds_nobody_up(shop: Shop) -> None:
    queue = PurchaseQueue(shop.database, lambda _versions: None)
    answers = [queue.add(Entering(purchase("1"), None)) for _ in range(5)]
    answers[2].cancel()
    queue.close()
    assert all(one.done() for one in answers)
    assert shop.ask("orders").totals == {"orders": 5}


def test_questions_see_what_was_acknowledged_before_they_were_asked(shop: Shop) -> None:
    queue = PurchaseQueue(shop.database, lambda versions: shop.warehouse.promise(versions, 30))
    for number in range(1, 6):
        queue.add(Entering(purchase("1"), None)).result(30)
        with shop.warehouse.snapshot(wait=0) as at:
            assert at.rows("SELECT count(*) FROM lines") == [(number,)]
    queue.close()


def test_nobody_has_to_ask_for_them_to_be_laid_out(shop: Shop) -> None:
    queue = PurchaseQueue(shop.database, lambda versions: shop.warehouse.promise(versions, 30))
    queue.add(Entering(purchase("1"), None)).result(30)
    queue.close()
    for _ in range(600):
        if shop.warehouse.version == 1:
            return
        threading.Event().wait(0.05)
    raise AssertionError("the purchase was never laid out")


def test_behind_an_import_the_answer_waits_and_no_question_does(shop: Shop) -> None:
    header = "customer_name,country,purchase_date,amount\n"
    shop.load_text(f"{header}Bob,Peru,2024-05-02,7\n")
    queue = PurchaseQueue(shop.database, lambda versions: shop.warehouse.promise(versions, 30))
    queue.add(Entering(purchase("1"), None)).result(30)
    queue.close()
    assert shop.warehouse.version == 2
    assert shop.warehouse._promised == 0


def test_a_replayed_key_hides_no_import_before_new_purchases(shop: Shop) -> None:
    """A group of old and new versions: the import that came between them is laid out first."""
    header = "customer_name,country,purchase_date,amount\n"
    shop.warehouse.promise([one.version for one in enter(shop, purchase("1"))], 30)
    shop.load_text(f"{header}Bob,Peru,2024-05-02,7\n")
    [late] = enter(shop, purchase("2"))
    shop.warehouse.promise([1, late.version], 30)
    assert shop.warehouse.version >= 2
