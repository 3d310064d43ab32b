"""Door: terminal."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tillsight import __version__
from tillsight.accounts.models import Role
from tillsight.database import Database, revisions
from tillsight.errors import (
    BadRows,
    InvalidInput,
    NotFound,
    SetupError,
    TillsightError,
    UnknownName,
)
from tillsight.logs import configure_logging
from tillsight.sales.choices import (
    USUAL_CHOICES,
    Choices,
    DecimalMark,
    Locale,
    Mapping,
    Overlap,
)
from tillsight.sales.layouts import DateOrder, FileKind
from tillsight.settings import Settings, load_settings
from tillsight.warehouse import Warehouse

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tillsight.sales.kpi_files import ValueFiles
    from tillsight.sales.loading import Outcome
    from tillsight.sales.purchase_checks import Item
    from tillsight.sales.watch import Watch

app = typer.Typer(
    help="Self-hosted sales analytics: load your sales, see what they mean.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
warehouse_app = typer.Typer(help="The copy of the sales made for questions.", no_args_is_help=True)
db_app = typer.Typer(help="The operational database and its tables.", no_args_is_help=True)
kpi_app = typer.Typer(help="What was promised and how far it is.", no_args_is_help=True)
purchase_app = typer.Typer(help="Purchases that are entered one by one.", no_args_is_help=True)
app.add_typer(purchase_app, name="purchase")
app.add_typer(user_app, name="user")
app.add_typer(kpi_app, name="kpi")
app.add_typer(db_app, name="db")
app.add_typer(warehouse_app, name="warehouse")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

DEMO_SEED = 7
A_DAY = 24 * 3600.0  # seconds; a terminal waits for its warehouse as long as it takes

SHOWN_EVERY = 0.1  # seconds
CTRL_C = 130  # the exit code of a command that was stopped by it
STEPS = {
    "waiting": "Opening",
    "reading": "Reading (bytes)",
    "checking": "Checking (rows)",
    "writing": "Writing (rows)",
}
ANSWERED_BY = {
    "overlap": "Repeat the command with --overlap skip (only the new orders), --overlap replace (in"
    " place of the earlier ones), or --overlap add (both count).",
    "ambiguous_dates": "Repeat the command with --date-order and one of these.",
    "ambiguous_numbers": "Repeat the command with --decimal and one of these.",
    "unknown_layout": "Say which column holds what: --mapping FILE.json, such as"
    ' {"kind": "sales", "columns": {"Day": "time", "Total": "amount"}}.',
}

PortOption = Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)]


def main() -> None:
    """Run a command; a refusal is told on standard error, with exit code 1."""
    try:
        app()
    except BadRows as error:
        _print_problems(error)
        sys.exit(1)
    except TillsightError as error:
        if error.code in ANSWERED_BY:
            _print_question(error)
        else:
            err.print("[red]Error:[/red]", _plain(error.message))
        sys.exit(1)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"tillsight {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version


@app.command("serve")
def serve_shop(
    port: PortOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
) -> None:
    """Serve dashboard and API on one port until stopped with Ctrl+C."""
    settings = _settings(host=host, port=port)
    from tillsight.server import listen, serve

    opened = listen(settings)
    setup = _setup_link(settings)

    def announce() -> None:
        out.print(f"Tillsight is open at [bold]{settings.public_url}[/bold]")
        if setup:
            out.print("Nobody has an account yet. Make the first admin here, within 24 hours:")
            out.print(f"  {_plain(setup)}", soft_wrap=True)

    serve(settings, opened, announce)


@app.command(name="import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Files to load, in this order")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Load the good rows; keep the others as CSV.")
    ] = False,
    overlap: Annotated[
        Overlap, typer.Option(help="What becomes of orders that earlier imports hold")
    ] = Overlap.ask,
    copy: Annotated[
        bool, typer.Option("--copy", help="Add content that is loaded already once more.")
    ] = False,
    date_order: Annotated[
        DateOrder | None, typer.Option(help="How dates such as 03/04/2024 are written")
    ] = None,
    decimal: Annotated[
        DecimalMark | None, typer.Option(help="What the decimals of 1.234 follow")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="JSON file that says which column holds which field")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Saved profile that the files are read by")
    ] = None,
) -> None:
    """Load files; a running server shows them at the next question. Ctrl+C cancels."""
    if missing := [file for file in files if not file.is_file()]:
        raise InvalidInput(f"There is no file {missing[0]}.")
    choices = Choices(
        skip_bad_rows=skip_bad_rows,
        overlap=overlap,
        copy=copy,
        date_order=date_order,
        decimal=decimal,
        mapping=_mapping(mapping) if mapping else None,
        profile=profile,
    )
    settings = _settings()
    for file in files:
        _import(settings, file, choices)


@app.command("imports")
def show_imports(
    limit: Annotated[int, typer.Option(min=1, help="Imports to show")] = 50,
) -> None:
    """List what was loaded, is being loaded, and what was not and why; newest first."""
    from tillsight.sales.import_list import list_imports

    settings = _settings()
    table = Table()
    for heading in ("Id", "State", "File", "Kind", "Loaded", "By", "Sales from", "to"):
        table.add_column(heading, no_wrap=heading in {"Id", "State"})
    for heading in ("Rows", f"Revenue {settings.currency}"):
        table.add_column(heading, justify="right")
    zone = ZoneInfo(settings.timezone)
    reasons = []
    with _database(settings) as database, database.reading() as session:
        for one in list_imports(session, None, limit):
            table.add_row(
                str(one.id),
                one.shown_state + (f" (import {one.same_as})" if one.same_as else ""),
                _plain(one.file_name),
                one.kind or "–",
                f"{one.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
                _plain(one.creator.username) if one.creator else "–",
                str(one.first_day or "–"),
                str(one.last_day or "–"),
                f"{one.rows:,}",
                f"{one.revenue:,.2f}",
            )
            if one.error:
                reasons.append(f"Import {one.id} failed: {json.loads(one.error)['message']}")
    out.print(table)
    for reason in reasons:
        out.print(_plain(reason))


ImportId = Annotated[int, typer.Argument(help="Number of the import, see tillsight imports")]


@app.command("undo")
def undo_import(import_id: ImportId) -> None:
    """Take an import back; a running server shows it at the next question."""
    from tillsight.sales.import_list import get_import
    from tillsight.sales.undo import STAYED, undo

    settings = _settings()
    with _database(settings) as database:
        undo(database, import_id, None, values=_value_files(settings, database))
        with database.reading() as session:
            warnings = json.loads(get_import(session, import_id).warnings or "[]")
    out.print(
        f"Import {import_id} is undone and no longer counts."
        f" To bring it back: tillsight redo {import_id}"
    )
    for warning in warnings:
        if warning["code"] == STAYED:
            out.print(_plain(warning["message"]))


@app.command("redo")
def redo_import(import_id: ImportId) -> None:
    """Have an undone import count again."""
    from tillsight.sales.undo import redo

    settings = _settings()
    with _database(settings) as database:
        redo(database, import_id, None, values=_value_files(settings, database))
    out.print(f"Import {import_id} counts again.")


@purchase_app.command("add")
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

    settings = _settings()
    day = date or datetime.now(ZoneInfo(settings.timezone)).date().isoformat()
    paid = None if amount is None else _decimal(amount)
    purchase = checked(
        Typed(customer, country, day, paid, [_item(one) for one in line or []]), settings.timezone
    )
    with _database(settings) as database:
        [entered] = enter_purchases(database, [Entering(purchase, None)])
    if isinstance(entered, Exception):
        raise entered
    said = f"Purchase {entered.purchase_id}: {purchase.customer}, {purchase.day},"
    out.print(_plain(f"{said} {purchase.amount:,.2f} {settings.currency}."))


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


@purchase_app.command("list")
def show_purchases(
    limit: Annotated[int, typer.Option(min=1, help="Purchases to show")] = 50,
) -> None:
    """List what was entered one by one, undone ones too; last entered first."""
    from tillsight.sales.purchases import Wanted, list_purchases

    settings = _settings()
    table = Table("Id", "State", "Date", "Customer", "Country", "By")
    table.add_column(f"Amount {settings.currency}", justify="right")
    with _database(settings) as database, database.reading() as session:
        for stored in list_purchases(session, Wanted(), None, limit):
            one = stored.purchase
            table.add_row(
                str(one.id),
                "undone" if one.undone_at else "done",
                str(one.day),
                _plain(one.customer),
                _plain(one.country or "–"),
                _plain(stored.by or "–"),
                f"{one.amount:,.2f}",
            )
    out.print(table)


PurchaseId = Annotated[int, typer.Argument(help="Number of it, see tillsight purchase list")]


@purchase_app.command("undo")
def undo_purchase(purchase_id: PurchaseId) -> None:
    """Take a purchase back; a running server shows it at the next question."""
    from tillsight.sales import purchases

    with _database(_settings()) as database:
        purchases.undo_purchase(database, purchase_id, None)
    out.print(
        f"Purchase {purchase_id} is undone and no longer counts."
        f" To bring it back: tillsight purchase redo {purchase_id}"
    )


@purchase_app.command("redo")
def redo_purchase(purchase_id: PurchaseId) -> None:
    """Have an undone purchase count again."""
    from tillsight.sales import purchases

    with _database(_settings()) as database:
        purchases.redo_purchase(database, purchase_id, None)
    out.print(f"Purchase {purchase_id} counts again.")


@app.command()
def query(
    measures: Annotated[str, typer.Argument(help="Such as revenue,orders")] = "revenue,orders",
    by: Annotated[str, typer.Option(help="Up to three dimensions, such as month,country")] = "",
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last day")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Filter such as country=France; may be repeated")
    ] = None,
    order: Annotated[str, typer.Option(help="Such as -revenue")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Rows to show")] = None,
) -> None:
    """Print any measures by any dimensions: the same numbers as on the dashboard."""
    from tillsight.metrics.periods import Period
    from tillsight.metrics.query import answer
    from tillsight.metrics.question import Question

    period = Period(since.date() if since else None, until.date() if until else None)
    filters = _filters(where or [])
    asked = Question(_names(measures), _names(by), period, filters, order=order, limit=limit)
    with _warehouse(_settings()) as warehouse:
        found = answer(warehouse, asked)
    table = Table()
    for column in found.columns:
        table.add_column(column.label, justify="left" if column.unit == "text" else "right")
    for row in found.rows:
        table.add_row(*(_cell(row[column.name]) for column in found.columns))
    out.print(table)


@app.command("demo")
def serve_demo(
    port: PortOption = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same shop.")] = DEMO_SEED,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day with sales; default: yesterday"),
    ] = None,
) -> None:
    """Make a shop with two years of invented sales, and serve it."""
    from tillsight import demo as demo_shop
    from tillsight.server import listen, serve

    settings = demo_shop.settings_for(_settings(port=port))
    opened = listen(settings)  # first, so that a taken port is told before the work is done
    out.print(f"Making the demo shop in {settings.home.resolve()}")
    shop = demo_shop.prepare(
        settings, seed, until.date() if until else None, lambda file: _import(settings, file)
    )
    with _warehouse(settings):
        pass  # laid out here, where progress can be seen; the server then finds it ready

    def announce() -> None:
        out.print(
            f"\n  {settings.shop_name} is open at [bold]http://localhost:{settings.port}[/bold]"
        )
        for role, email, password in shop.sign_ins():
            article = "an" if role[0] in "ae" else "a"
            out.print(
                f"  Sign in as [bold]{email}[/bold] with [bold]{password}[/bold] ({article} {role})"
            )
        out.print("  Ctrl+C stops it; started again, everything is still there.\n")

    serve(settings, opened, announce)


@user_app.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="E-mail address, used to sign in")],
    role: Annotated[Role, typer.Option(help="What the person may do")] = Role.viewer,
) -> None:
    """Add a person who may sign in; the password is asked for, or read from standard input."""
    from tillsight.accounts.audit import Action, record
    from tillsight.accounts.users import add_user

    with _database(_settings()) as database:
        if sys.stdin.isatty():
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        else:
            password = sys.stdin.readline().rstrip("\r\n")
        with database.writing() as session:
            user = add_user(session, email, password, role)
            record(session, Action.user_added, None, user.email or user.username, {"role": role})
            address, name = user.email, user.username
    out.print(_plain(f"Added {address} (username {name}) as {role}."))


@user_app.command("verify")
def user_verify(
    email: Annotated[str, typer.Argument(help="E-mail address or username")],
) -> None:
    """Say that somebody's address is theirs, where no mail can show it."""
    from tillsight.accounts.registration import verify_by_hand

    with _database(_settings()) as database, database.writing() as session:
        name = verify_by_hand(session, email).username
    out.print(_plain(f"{name} is verified and may sign in."))


@user_app.command("list")
def user_list() -> None:
    """List everybody with an account: role, state, last sign-in."""
    from tillsight.accounts.users import list_users

    settings = _settings()
    zone = ZoneInfo(settings.timezone)
    table = Table()
    for heading in ("Id", "Username", "E-mail", "Name", "Role", "State", "Last sign-in"):
        table.add_column(heading)
    with _database(settings) as database, database.reading() as session:
        for user in list_users(session):
            seen = user.last_login_at
            table.add_row(
                str(user.id),
                _plain(user.username),
                _plain(user.email or "–"),
                _plain(user.full_name or "–"),
                user.role,
                "deactivated" if not user.is_active else "" if user.is_verified else "unverified",
                f"{seen.astimezone(zone):%Y-%m-%d %H:%M}" if seen else "never",
            )
    out.print(table)


Login = Annotated[str, typer.Argument(help="E-mail address or username")]


@user_app.command("deactivate")
def user_deactivate(email: Login) -> None:
    """Switch an account off: its sessions end, and nobody can sign in with it."""
    name = _change_user(email, is_active=False)
    out.print(_plain(f"{name} is deactivated and signed out everywhere."))


@user_app.command("reactivate")
def user_reactivate(email: Login) -> None:
    """Switch an account on again."""
    name = _change_user(email, is_active=True)
    out.print(_plain(f"{name} may sign in again."))


@user_app.command("role")
def user_role(
    email: Login, role: Annotated[Role, typer.Argument(help="What the person may do")]
) -> None:
    """Change what somebody may do, from their next request on."""
    name = _change_user(email, role=role)
    out.print(_plain(f"{name} is {role} now."))


def _change_user(login: str, **changes: object) -> str:
    """Change an account; gives its username."""
    from tillsight.accounts.people import change_person
    from tillsight.accounts.users import find_user

    with _database(_settings()) as database, database.writing() as session:
        user = find_user(session, login)
        if user is None:
            raise NotFound(f"Nobody has the e-mail or username “{login[:80]}”.")
        return change_person(session, user.id, changes).username


@kpi_app.command("board")
def kpi_board(
    circle: Annotated[str, typer.Option(help="Name of a circle; default: all")] = "",
    period: Annotated[
        str, typer.Option(help="Such as last_month or this_year; default: up to today")
    ] = "",
) -> None:
    """Print where KPIs stand: the same figures as on the dashboard."""
    from tillsight.kpis.board import Asked, KeptFigures, board
    from tillsight.kpis.outlook import in_short
    from tillsight.kpis.period_names import as_of, asked_period
    from tillsight.metrics.periods import Period

    settings = _settings()
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    day = as_of(asked_period(period or None, Period(), today), today)
    with _database(settings) as database, database.reading() as session:
        asked = Asked(_circle(session, circle) if circle else None)
        found = board(session, KeptFigures(), asked, day)
    table = Table(title=f"As of {day}", title_justify="left")
    for heading in ("Circle", "KPI", "Unit"):
        table.add_column(heading)
    for heading in ("Value", "Target", "Done"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Outlook", justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            _plain(one.circle),
            _plain(one.name),
            one.unit,
            _cell(one.x),
            _cell(one.target_value),
            _percent(one.progress),
            one.status.replace("_", " "),
            in_short(one.outlook),
        )
    out.print(table)


def _circle(session: "Session", name: str) -> int:
    """The number of a circle, by its name in any case."""
    from tillsight.accounts.circles import list_circles

    known = {one.name.casefold(): one for one in list_circles(session)}
    if (key := " ".join(name.split()).casefold()) not in known:
        raise UnknownName("circle", name[:80], [one.name for one in known.values()])
    return known[key].id


def _percent(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f} %"


@warehouse_app.command("rebuild")
def warehouse_rebuild() -> None:
    """Build the warehouse anew from the journal; running servers follow at their next question."""
    from tillsight.sales import journal

    settings = _settings()
    with _database(settings) as database, database.writing() as session:
        journal.order_rebuild(session)
    with _warehouse(settings) as warehouse, warehouse.snapshot() as at:
        [(lines,)] = at.rows("SELECT count(*) FROM lines")
    out.print(f"Rebuilt: {lines:,} lines.")


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version's layout, as a starting server does."""
    with _database(_settings()) as database:
        out.print(f"The tables are at revision {database.revision()}.")


@db_app.command("downgrade")
def db_downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to; base: no tables")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the tables back to an older layout; what only newer tables hold is lost."""
    with _opened(_settings()) as database:
        if revision not in {"base", *revisions()}:
            raise UnknownName("revision", revision, ["base", *revisions()])
        if not yes:
            out.print(
                f"The tables are at revision {database.revision()}. What only newer ones than"
                f" {revision} hold will be lost. Stop every server and make a backup first."
            )
            typer.confirm("Go back?", abort=True)
        database.downgrade(revision)
        out.print(f"The tables are at revision {database.revision() or 'base (no tables)'}.")


@db_app.command("check")
def db_check() -> None:
    """Tell whether the database answers and its tables are as this version needs them."""
    # Tables count once their files are read.
    import tillsight.jobs
    import tillsight.kpis.models
    import tillsight.sales.models  # noqa: F401

    with _opened(_settings()) as database:
        newest, now = revisions()[0], database.revision()
        out.print(_plain(f"The database answers ({database.engine.dialect.name})."))
        if now not in revisions():
            told = "has no tables yet" if now is None else f"is at revision {now}, unknown here"
            what = "run: tillsight db upgrade" if now is None else "install the newer Tillsight"
            raise SetupError(f"The database {told}; {what}")
        if now != newest:
            raise SetupError(
                f"The tables are at revision {now}, the newest is {newest}; run: tillsight db"
                " upgrade"
            )
        if drift := database.drift():
            raise SetupError(
                f"The tables were changed by hand: {'; '.join(drift)}. Restore a backup, or put"
                " them right."
            )
        out.print(f"The tables are at the newest revision, {newest}, and as they should be.")


def _settings(**overrides: object) -> Settings:
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = load_settings(**given)
    configure_logging(settings.log_level)
    return settings


def _setup_link(settings: Settings) -> str | None:
    """Where the first admin is made; None once there is anybody."""
    from tillsight.accounts.registration import setup_link

    settings.signing_key  # noqa: B018  (refuses an unusable secret before anything is made)
    with _database(settings) as database, database.writing() as session:
        return setup_link(session, settings)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    with _opened(settings) as database:
        database.upgrade()
        yield database


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    """The database with the tables it has, whatever they are."""
    database = Database(settings.resolved_database_url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _warehouse(settings: Settings) -> Iterator[Warehouse]:
    """This process's warehouse, filled up to the journal's last entry, with a progress bar."""
    with _database(settings) as database:
        warehouse = Warehouse(
            settings.home, database, settings.question_seconds, settings.warehouse_memory
        )
        try:
            with _progress() as show:
                warehouse.catch_up(A_DAY, lambda done, whole: show("Laying out", done, whole))
            yield warehouse
        finally:
            warehouse.close()


def _import(settings: Settings, file: Path, choices: Choices = USUAL_CHOICES) -> None:
    from tillsight.sales.folders import Folders
    from tillsight.sales.formats.limits import Limits
    from tillsight.sales.imports import load
    from tillsight.sales.loading import Loading
    from tillsight.sales.watch import Watch

    limits = Limits(settings.max_unpacked)
    watch = Watch()
    locale = Locale(settings.timezone, settings.currency)
    with _database(settings) as database, ThreadPoolExecutor(1) as aside:
        kpis = _value_files(settings, database).room
        loading = Loading(file, file.name, None, choices, limits=limits, kpis=kpis)
        work = aside.submit(load, database, Folders(settings.home), locale, loading, watch)
        try:
            with _progress() as show:
                while not work.done():
                    wait([work], SHOWN_EVERY)
                    at = watch.progress()
                    show(STEPS.get(at.step, at.step), at.done, at.whole)
        except KeyboardInterrupt:
            _cancel(work, watch)
        _tell_loaded(settings, work.result())


def _value_files(settings: Settings, database: Database) -> "ValueFiles":
    """What values of KPIs in files take, for somebody at the terminal."""
    from tillsight.kpis.spans import today_in
    from tillsight.kpis.value_files import kpi_room
    from tillsight.sales.folders import Folders
    from tillsight.sales.kpi_files import TERMINAL, ValueFiles

    room = kpi_room(database, lambda: today_in(settings.timezone))
    return ValueFiles(room, TERMINAL, Folders(settings.home).batches)


def _cancel(work: "Future[Outcome]", watch: "Watch") -> None:
    """Have a load stop; it may be too late for that."""
    while not work.done():
        watch.cancel()
        wait([work], SHOWN_EVERY)
    if work.exception() is not None:
        err.print("Cancelled; nothing was loaded.")
        raise typer.Exit(CTRL_C)


def _mapping(file: Path) -> Mapping:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Mapping).validate_json(file.read_bytes(), strict=False)
    except OSError:
        raise InvalidInput(f"There is no file {file}.") from None
    except ValidationError as error:
        [first, *_] = error.errors()
        raise InvalidInput(
            f"{file} is no mapping: {first['msg']}. It is written as"
            ' {"kind": "sales", "columns": {"Day": "time", "Total": "amount"}}.'
        ) from None


def _tell_loaded(settings: Settings, outcome: "Outcome") -> None:
    from tillsight.sales.folders import Folders

    loaded = outcome.loaded
    if not outcome.added:
        out.print(f"The same content was loaded before, as import {loaded.id}. Nothing was added.")
        return
    if outcome.redone:
        out.print("The same content had been undone, and counts again.")
    sold = (
        f" from {loaded.first_day} to {loaded.last_day},"
        f" revenue {loaded.revenue:,.2f} {settings.currency}"
    )
    what = (
        f"rows{sold}"
        if loaded.kind == FileKind.sales
        else f"rows of {loaded.kind.replace('_', ' ')}"
    )
    out.print(f"Import {loaded.id}: {loaded.rows:,} {what}.")
    if outcome.rounded:
        out.print(f"{outcome.rounded:,} amounts had more than four decimals and were rounded.")
    if loaded.skipped_rows:
        out.print(f"{loaded.skipped_rows:,} rows of orders loaded earlier were left out.")
    if loaded.rejects:
        rejects = Folders(settings.home).rejects / loaded.rejects
        out.print(_plain(f"{loaded.rejected_rows:,} rows were skipped; see {rejects}"))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar that shows the step under way; gone when all is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Opening", total=None, count="")

        def show(step: str, done: int, whole: int) -> None:
            count = f"{done:,} of {whole:,}" if whole else ""
            progress.update(
                task, description=step, completed=done, total=whole or None, count=count
            )

        yield show


def _print_question(error: TillsightError) -> None:
    """A refusal that an option answers: what is in doubt, and how to go on."""
    err.print("[red]Error:[/red]", _plain(error.message))
    readings = error.details.get("readings")
    for one in readings if isinstance(readings, Sequence) else []:
        reading = one if isinstance(one, dict) else vars(one)
        err.print(_plain(f"  {reading['choice']}: {reading['example']} means {reading['means']}"))
    err.print(ANSWERED_BY[error.code])


def _print_problems(error: BadRows) -> None:
    err.print("[red]Error:[/red]", _plain(error.message))
    table = Table("Line", "Column", "Value", "Reason")
    problems = error.details.get("problems")
    for problem in problems if isinstance(problems, list) else []:
        cells = (problem[name] for name in ("line", "column", "value", "reason"))
        table.add_row(*(_plain(str(cell)) for cell in cells))
    err.print(table)
    err.print("Load the good rows with --skip-bad-rows.")


def _plain(text: str) -> str:
    """Text of others, with what Rich would take for markup made harmless."""
    return text.replace("[", "\\[")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _filters(texts: list[str]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise InvalidInput(f"A filter is written as country=France, not as “{text}”.")
        filters.setdefault(name.strip(), []).append(value.strip())
    return filters


def _cell(value: str | float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return _plain(value) if isinstance(value, str) else f"{value:,}"
