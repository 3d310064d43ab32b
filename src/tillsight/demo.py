"""The demo shop: made once, loaded through the ordinary import, then served like any other."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight import demo_shop
from tillsight.accounts.models import Role, User
from tillsight.accounts.sessions import Person
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.demo_forecasts import make_notes, make_track_record
from tillsight.demo_kpis import make_kpis, person_of
from tillsight.errors import SetupError
from tillsight.kpis.mails import pass_over_mails
from tillsight.kpis.models import Kpi
from tillsight.metrics.models import DatedNote
from tillsight.metrics.periods import DAY
from tillsight.operating.known_passwords import DEMO_FILE
from tillsight.sales.folders import Folders
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import Import, ImportState
from tillsight.settings import Contract, Environment, Mail, Registration, Settings
from tillsight.warehouse import Warehouse

EMAIL = "demo@tillsight.example"
NAMES = {
    Role.admin: ("Mara", "Alder"),
    Role.manager: ("Jonas", "Finch"),
    Role.editor: ("Selin", "Kaya"),
    Role.viewer: ("Paul", "Weber"),
}
"""One person of each role."""
OPEN_DOORS = {
    "registration": Registration.open,
    "mail": Mail.console,
    "compat": [*Contract],
}
"""Settings by which all about accounts can be tried out: mails are printed in the terminal."""
FILE_NAME = "demo-sales.csv"
CUSTOMERS_FILE_NAME = "demo-customers.csv"
PRODUCTS_FILE_NAME = "demo-products.csv"


@dataclass(frozen=True)
class Demo:
    """What makes this demo shop; kept in the home folder so that the sign-ins can be told again.

    `others` are the passwords of the people besides the admin, by role.
    """

    email: str
    password: str
    seed: int
    until: str
    others: dict[str, str] = field(default_factory=dict)

    def sign_ins(self) -> Iterator[tuple[Role, str, str]]:
        """Role, e-mail and password of everybody, the admin first."""
        yield Role.admin, self.email, self.password
        for role, password in self.others.items():
            yield Role(role), f"{role}@{EMAIL.partition('@')[2]}", password


def as_of_the_demo(settings: Settings) -> Settings:
    """The settings with the invented shop's name, currency and place, where nothing is set."""
    return _where_unset(settings, asdict(demo_shop.SHOP))


def settings_for(settings: Settings) -> Settings:
    """The same with open doors as well, where nothing is set.

    Raises:
        SetupError: they are those of a production server.
    """
    if settings.environment is Environment.production:
        raise SetupError(
            "The demo prints passwords and mails in the terminal, and everybody may register. It is"
            " not for TILLSIGHT_ENVIRONMENT=production; serve your own shop with: tillsight serve"
        )
    return _where_unset(as_of_the_demo(settings), OPEN_DOORS)


def _where_unset(settings: Settings, facts: Mapping[str, object]) -> Settings:
    unset = {name: value for name, value in facts.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


def prepare(
    settings: Settings,
    seed: int,
    until: date | None,
    load: Callable[[Path], object],
) -> Demo:
    """Make the shop unless it is there; `load` imports a file of it.

    Can be stopped at any point and called again.

    Raises:
        SetupError: the home folder holds a shop that is no demo.
    """
    database = Database(settings.resolved_database_url)
    try:
        database.upgrade()
        with database.reading() as session:
            done = Import.state == ImportState.done
            loaded = set(session.scalars(select(Import.kind).where(done).distinct()))
            inhabited = session.scalar(select(User.id).limit(1)) is not None
        file = settings.home / DEMO_FILE
        if (loaded or inhabited) and not file.exists():
            raise SetupError(
                "TILLSIGHT_HOME holds a shop already, and the demo would mix with it. Set"
                " TILLSIGHT_HOME to another folder, or serve your shop with: tillsight serve"
            )
        demo = _kept(file, seed, until or _today(settings) - DAY)
        _fill(database, settings, demo)
    finally:
        database.close()
    if missing := {FileKind.sales, FileKind.customers, FileKind.products} - loaded:
        _load_missing(settings, demo, missing, load)
    return demo


def look_back(settings: Settings, demo: Demo, database: Database, warehouse: Warehouse) -> None:
    """Make the track record of the shop's forecasts unless it is there, once the sales are laid
    out.
    """
    make_track_record(database, warehouse, settings, date.fromisoformat(demo.until))


def _fill(database: Database, settings: Settings, demo: Demo) -> None:
    """Make people, KPIs and notes where they are missing.

    Mails about KPIs that are due today are passed over: printed in the terminal, they would hide
    how to sign in.
    """
    until = date.fromisoformat(demo.until)
    with database.writing() as session:
        people = _people(session, demo)
        if session.scalar(select(Kpi.id).limit(1)) is None:
            make_kpis(session, people, demo.seed, until)
        noted = session.scalar(select(DatedNote.id).limit(1)) is not None
    if not noted:
        make_notes(database, people, settings, until)
    pass_over_mails(database, _today(settings), ZoneInfo(settings.timezone))


def _people(session: Session, demo: Demo) -> dict[Role, Person]:
    """One person of each role, made where they are missing."""
    found = {}
    for role, email, password in demo.sign_ins():
        user = session.scalar(select(User).where(User.email == email))
        if user is None:
            user = add_user(session, email, password, role)
            user.first_name, user.last_name = NAMES[role]
        found[role] = person_of(user)
    return found


def _load_missing(
    settings: Settings, demo: Demo, missing: set[FileKind], load: Callable[[Path], object]
) -> None:
    """Make the files of the shop, and load those that a start which was stopped did not."""
    with TemporaryDirectory(dir=Folders.of(settings).incoming) as folder:
        sales = Path(folder) / FILE_NAME
        demo_shop.write_sales(sales, seed=demo.seed, until=date.fromisoformat(demo.until))
        if FileKind.sales in missing:
            load(sales)
        for kind, name, write in (
            (FileKind.customers, CUSTOMERS_FILE_NAME, demo_shop.write_customers),
            (FileKind.products, PRODUCTS_FILE_NAME, demo_shop.write_products),
        ):
            if kind in missing:
                file = Path(folder) / name
                write(file, seed=demo.seed, sales=sales)
                load(file)


def _today(settings: Settings) -> date:
    return datetime.now(ZoneInfo(settings.timezone)).date()


def _kept(file: Path, seed: int, until: date) -> Demo:
    if file.exists():
        demo = Demo(**json.loads(file.read_text(encoding="utf-8")))
    else:
        demo = Demo(EMAIL, _password(), seed, until.isoformat())
    missing = [role for role in NAMES if role is not Role.admin and role not in demo.others]
    if missing:
        demo = replace(demo, others=demo.others | {str(role): _password() for role in missing})
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            json.dump(asdict(demo), new)
    return demo


def _password() -> str:
    return secrets.token_urlsafe(9)
