"""Commands about purchases that are entered one by one."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from tillsight.cli.opening import open_database, read_settings
from tillsight.cli.terminal import listing, out, plain
from tillsight.errors import InvalidInput

if TYPE_CHECKING:
    from tillsight.sales.purchase_checks import Item

app = typer.Typer(help="Purchases that are entered one by one.", no_args_is_help=True)
PurchaseId = Annotated[int, typer.Argument(help="Number of it, see tillsight purchase list")]


@app.command("add")
def add_purchase(
    customer: Annotated[str, typer.Argument(help="Who bought")],
    amount: Annotated[
        str | None, typer.Option(help="What was paid, such as 12.50; below 0 for a return")
    ] = None,
    date: Annotated[
        str | None, typer.Option(help="Such as 2024-05-01 or 2024-05-01T14:30; default: today")
    ] = None,
    country: Annotated[str | None, typer.Option(help="Where the customer is")] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(help="PRODUCT,QUANTITY,PRICE of a piece, such as Pen,2,1.25; may be repeated"),
    ] = None,
) -> None:
    """Enter a purchase: an amount, or lines; a running server shows it at the next question."""
    from tillsight.sales.purchase_checks import Typed, checked
    from tillsight.sales.purchase_entering import Entering, enter_purchases

    settings = read_settings()
    day = date or datetime.now(ZoneInfo(settings.timezone)).date().isoformat()
    paid = None if amount is None else _decimal(amount)
    purchase = checked(
        Typed(customer, country, day, paid, [_item(one) for one in line or []]), settings.timezone
    )
    with open_database(settings) as database:
        [entered] = enter_purchases(database, [Entering(purchase, None)])
    if isinstance(entered, Exception):
        raise entered
    said = f"Purchase {entered.purchase_id}: {purchase.customer}, {purchase.day},"
    out.print(plain(f"{said} {purchase.amount:,.2f} {settings.currency}."))


@app.command("list")
def show_purchases(
    limit: Annotated[int, typer.Option(min=1, help="Purchases to show")] = 50,
) -> None:
    """List what was entered one by one, undone ones too; last entered first."""
    from tillsight.sales.purchases import Wanted, list_purchases

    settings = read_settings()
    headings = ("Id", "State", "Date", "Customer", "Country", "By")
    table = listing(*headings, numbers=(f"Amount {settings.currency}",))
    with open_database(settings) as database, database.reading() as session:
        for stored in list_purchases(session, Wanted(), None, limit):
            one = stored.purchase
            table.add_row(
                str(one.id),
                "undone" if one.undone_at else "done",
                str(one.day),
                plain(one.customer),
                plain(one.country or "–"),
                plain(stored.by or "–"),
                f"{one.amount:,.2f}",
            )
    out.print(table)


@app.command("undo")
def undo_purchase(purchase_id: PurchaseId) -> None:
    """Take a purchase back; a running server shows it at the next question."""
    from tillsight.sales import purchases

    with open_database(read_settings()) as database:
        purchases.undo_purchase(database, purchase_id, None)
    out.print(
        f"Purchase {purchase_id} is undone and no longer counts."
        f" To bring it back: tillsight purchase redo {purchase_id}"
    )


@app.command("redo")
def redo_purchase(purchase_id: PurchaseId) -> None:
    """Have an undone purchase count again."""
    from tillsight.sales import purchases

    with open_database(read_settings()) as database:
        purchases.redo_purchase(database, purchase_id, None)
    out.print(f"Purchase {purchase_id} counts again.")


def _item(line: str) -> "Item":
    from tillsight.sales.purchase_checks import Item

    product, *numbers = line.rsplit(",", 2)
    if len(numbers) != 2:
        raise InvalidInput(f"A line is written as Pen,2,1.25, not as “{line}”.")
    return Item(product, *map(_decimal, numbers))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise InvalidInput(f"“{text}” is no number. Write it as 12.50.") from None
