"""What has to be seen to before strangers can reach a server, looked at item by item."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import Database
from tillsight.errors import SetupError, TillsightError
from tillsight.operating.certificates import trusted_until
from tillsight.operating.database_way import way_to
from tillsight.operating.known_passwords import known_to_others
from tillsight.operating.listening import ports_for_others
from tillsight.operating.monitoring import missing_alerts, seconds_since_read
from tillsight.sales.folders import Folders
from tillsight.sales.journal_place import require_place
from tillsight.settings import (
    HOW_TO_MAKE_A_SECRET,
    LOOPBACK,
    PREFIX,
    Environment,
    Settings,
    Summaries,
    anonymous_warnings,
    misspelt,
    require_folder_for_spark,
    size,
    telling,
)

LEAST_VARIETY = 10
"""Different characters of a secret that nobody typed by holding a key down."""
LATELY = 300
"""Seconds within which the figures of a server that is watched have been read."""
HOME = "in the home folder"
NO_FILES = "The files of the sales cannot be used"
NO_DATABASE = "The operational database does not answer"


@dataclass(frozen=True)
class Outcome:
    """What was found of an item; `advice` says what to do where it has not passed."""

    passed: bool
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Item:
    """One item of the checklist: its name, what it asks, and the settings that change it."""

    name: str
    label: str
    asks: str
    settings: tuple[str, ...]
    look: Callable[[Settings, Database], Outcome]


@dataclass(frozen=True)
class Answer:
    """An item with what was found of it."""

    item: Item
    outcome: Outcome


def look_at_all(settings: Settings, database: Database) -> list[Answer]:
    """Every item as it stands; takes some seconds where others have to be asked."""
    return [Answer(item, item.look(settings, database)) for item in ITEMS]


def _secret(settings: Settings, _database: Database) -> Outcome:
    make = f"Set {PREFIX}SECRET_KEY; make one with: {HOW_TO_MAKE_A_SECRET}"
    given = settings.secret_key.get_secret_value()
    if not given:
        return Outcome(passed=False, found="No secret is set", advice=make)
    try:
        settings.signing_key  # noqa: B018  (refuses)
    except SetupError:
        return Outcome(passed=False, found="The secret is a sample or too short", advice=make)
    if len(set(given)) < LEAST_VARIETY:
        return Outcome(passed=False, found="The secret can be guessed", advice=make)
    return Outcome(passed=True, found=f"A secret of its own, of {len(given)} characters")


def _passwords(settings: Settings, database: Database) -> Outcome:
    try:
        known = known_to_others(settings, database)
    except SQLAlchemyError:
        return Outcome(passed=False, found=NO_DATABASE, advice=f"Check {PREFIX}DATABASE_URL.")
    if known:
        return Outcome(
            passed=False,
            found=f"Others know the password of {', '.join(known)}",
            advice="Change it, or switch the account off: tillsight user deactivate EMAIL. That of"
            f" the database is in {PREFIX}DATABASE_URL.",
        )
    return Outcome(passed=True, found="No admin and no account of the demo has a known password")


def _environment(settings: Settings, _database: Database) -> Outcome:
    production = settings.environment is Environment.production
    advice = "" if production else f"Set {PREFIX}ENVIRONMENT to production."
    return Outcome(passed=production, found=f"It is {settings.environment}", advice=advice)


def _debug(settings: Settings, _database: Database) -> Outcome:
    if found := telling(settings):
        return Outcome(
            passed=False, found="It tells more than strangers may know", advice=" ".join(found)
        )
    return Outcome(passed=True, found="Nothing that is for debugging is on")


def _cors(settings: Settings, _database: Database) -> Outcome:
    if "*" in settings.cors_origins:
        return Outcome(
            passed=False,
            found="Every web page may call the API",
            advice=f"Name the origins that may in {PREFIX}CORS_ORIGINS, or none.",
        )
    named = ", ".join(settings.cors_origins)
    return Outcome(passed=True, found=named or "No web page but ours may call the API")


def _names(settings: Settings, _database: Database) -> Outcome:
    known = settings.allowed_hosts
    development = settings.environment is Environment.development
    if "*" in known or (development and not known):
        return Outcome(
            passed=False,
            found="It answers to every name in the Host header",
            advice=f"Set {PREFIX}ENVIRONMENT to production and {PREFIX}URL to its address, or name"
            f" all names in {PREFIX}ALLOWED_HOSTS.",
        )
    names = dict.fromkeys([settings.public_url.split("//")[-1], *known])
    return Outcome(passed=True, found=f"It answers to {', '.join(names)}")


def _https(settings: Settings, _database: Database) -> Outcome:
    if not settings.https:
        return Outcome(
            passed=False,
            found=f"People reach it at {settings.public_url}, without TLS",
            advice=f"Put a proxy with TLS before it and set {PREFIX}URL to its https address.",
        )
    until = trusted_until(settings.public_url)
    if until is None:
        return Outcome(
            passed=False,
            found=f"{settings.public_url} shows no certificate that is trusted here",
            advice="See that the proxy runs, that this machine can reach it, and that its"
            " certificate is of a known authority, for this name, and has not run out.",
        )
    return Outcome(passed=True, found=f"{settings.public_url}, certificate until {until:%Y-%m-%d}")


def _proxy(settings: Settings, _database: Database) -> Outcome:
    advice = f"Name its address in {PREFIX}TRUSTED_PROXIES, such as 127.0.0.1."
    if "*" in settings.trusted_proxies:
        return Outcome(
            passed=False, found="Whoever asks may write any address as their own", advice=advice
        )
    if settings.https and not settings.trusted_proxies:
        return Outcome(
            passed=False,
            found="All people seem to come from the address of the proxy, so that limits for one"
            " of them hold for all",
            advice=advice,
        )
    named = ", ".join(settings.trusted_proxies)
    return Outcome(passed=True, found=named or "There is none, and none is believed")


def _database_tls(_settings: Settings, database: Database) -> Outcome:
    kind = database.engine.url.get_backend_name()
    more = (
        "?sslmode=verify-full&sslrootcert=/path/to/ca.pem"
        if kind == "postgresql"
        else "?ssl_ca=/path/to/ca.pem"
    )
    advice = f"Switch TLS on at the database and add {more} to {PREFIX}DATABASE_URL."
    try:
        way = way_to(database)
    except (SQLAlchemyError, OSError):
        return Outcome(passed=False, found=NO_DATABASE, advice=f"Check {PREFIX}DATABASE_URL.")
    if way.certain:
        return Outcome(passed=True, found="Over TLS, and its certificate is checked")
    if way.here:
        return Outcome(passed=True, found="It is on this machine")
    if way.encrypted:
        found = "Over TLS, but nobody checks whose certificate it is"
        return Outcome(passed=False, found=found, advice=advice)
    return Outcome(passed=False, found="The way to it is not encrypted", advice=advice)


def _is_to_be_made(database: Database) -> bool:
    """Whether it is a SQLite file that is not there: looking into it would make it."""
    url = database.engine.url
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _files(settings: Settings, database: Database) -> Outcome:
    where = f"where {PREFIX}JOURNAL says, which answers" if settings.journal else HOME
    if not settings.journal and _is_to_be_made(database):
        return Outcome(passed=True, found=f"They are {where}")
    try:
        require_place(database, Folders.of(settings))
    except TillsightError as error:
        return Outcome(passed=False, found=NO_FILES, advice=error.message)
    except SQLAlchemyError:
        if settings.journal:
            return Outcome(passed=False, found=NO_DATABASE, advice=f"Check {PREFIX}DATABASE_URL.")
    return Outcome(passed=True, found=f"They are {where}")


def _summaries(settings: Settings, _database: Database) -> Outcome:
    if settings.summaries is Summaries.local:
        return Outcome(passed=True, found="This server makes them itself")
    try:
        require_folder_for_spark(settings)
    except SetupError as error:
        return Outcome(
            passed=False, found="Spark builds none beside a bucket", advice=error.message
        )
    return Outcome(passed=True, found="Spark builds them beside the sales, in a folder")


def _limits(settings: Settings, _database: Database) -> Outcome:
    rates = {
        "REQUESTS_PER_MINUTE": settings.requests_per_minute,
        "STRANGER_REQUESTS_PER_MINUTE": settings.stranger_requests_per_minute,
    }
    if without := [f"{PREFIX}{name}" for name, limit in rates.items() if not limit]:
        return Outcome(
            passed=False,
            found="Somebody may ask as fast as they can",
            advice=f"Set {' and '.join(without)} to a number above 0.",
        )
    return Outcome(
        passed=True,
        found=f"{settings.requests_per_minute:,} requests a minute of a person,"
        f" {settings.stranger_requests_per_minute:,} of a stranger's address, of"
        f" {size(settings.max_body)}; uploads of {size(settings.max_upload)}",
    )


def _firewall(settings: Settings, _database: Database) -> Outcome:
    ports = ports_for_others()
    ours = settings.host not in LOOPBACK
    looked_at = "TCP ports that listen for other machines"
    if ports is None:
        ports = [settings.port] if ours else []
        looked_at = "our port; this system does not tell of others"
    more = [port for port in ports if port not in settings.expected_ports]
    if not more:
        listed = ", ".join(map(str, ports)) or "none"
        return Outcome(passed=True, found=f"{looked_at}: {listed}")
    advice = (
        f"Close {', '.join(map(str, more))} to other machines, or name in"
        f" {PREFIX}EXPECTED_PORTS what is meant to be reached or closed by a firewall."
    )
    if settings.port in more:
        advice += f" {settings.port} is ours: behind a proxy set {PREFIX}HOST to 127.0.0.1."
    found = f"More ports than expected listen for other machines: {', '.join(map(str, more))}"
    return Outcome(passed=False, found=found, advice=advice)


def _monitoring(settings: Settings, _database: Database) -> Outcome:
    passed = seconds_since_read(settings.home)
    advice = "Have Prometheus read /metrics of this server, at least once in five minutes."
    if passed is None:
        return Outcome(passed=False, found="Nobody has ever read its figures", advice=advice)
    if passed > LATELY:
        found = f"Its figures were last read {passed / 60:,.0f} minutes ago"
        return Outcome(passed=False, found=found, advice=advice)
    return Outcome(passed=True, found=f"Its figures were read {max(passed, 0):.0f} seconds ago")


def _alerts(settings: Settings, _database: Database) -> Outcome:
    advice = (
        "Load docs/alerts.yml into Prometheus, have it tell an Alertmanager, and name its address"
        f" (of Prometheus) in {PREFIX}PROMETHEUS_URL, so that it can be asked here."
    )
    if not settings.prometheus_url:
        return Outcome(passed=False, found="Nothing is known of alerts", advice=advice)
    if lacking := missing_alerts(settings.prometheus_url):
        found = f"{settings.prometheus_url} lacks {' and '.join(lacking)}"
        return Outcome(passed=False, found=found, advice=advice)
    return Outcome(passed=True, found=f"{settings.prometheus_url} has the rules and tells of them")


def _strangers(settings: Settings, _database: Database) -> Outcome:
    if found := anonymous_warnings(settings):
        return Outcome(
            passed=False,
            found=" ".join(found),
            advice="Leave these settings empty unless that is meant.",
        )
    return Outcome(passed=True, found="Strangers can sign in, and no more")


def _spelling(_settings: Settings, _database: Database) -> Outcome:
    found = misspelt()
    if not found:
        return Outcome(passed=True, found="Every setting that is given exists")
    advice = "; ".join(
        f"take {name} away" + (f", or did you mean {near}?" if near else "")
        for name, near in found.items()
    )
    return Outcome(
        passed=False,
        found=f"There is no setting {', '.join(found)}",
        advice=f"{advice[0].upper()}{advice[1:].removesuffix('?')}"
        + ("?" if advice.endswith("?") else "."),
    )


ITEMS = (
    Item(
        "secret",
        "Secret",
        "access tokens are signed with a secret of your own",
        ("secret_key",),
        _secret,
    ),
    Item(
        "passwords",
        "Passwords",
        "no admin has a password of a sample, of habit or of an older product, nobody one of the"
        " demo, and the database none that is tried first",
        ("database_url",),
        _passwords,
    ),
    Item(
        "environment",
        "Environment",
        "it is production, which refuses what is only good for trying out",
        ("environment",),
        _environment,
    ),
    Item(
        "debug",
        "Debugging",
        "no log of level debug, no mail in the terminal, no switch of a library for debugging",
        ("log_level", "mail"),
        _debug,
    ),
    Item(
        "cors",
        "Other pages",
        "the origins of other web pages that may call the API are named, or there are none",
        ("cors_origins",),
        _cors,
    ),
    Item("names", "Names", "it answers to its own names only", ("allowed_hosts", "url"), _names),
    Item(
        "https",
        "HTTPS",
        "its address is https, and shows a certificate that this machine trusts",
        ("url",),
        _https,
    ),
    Item(
        "proxy",
        "Proxy",
        "behind https, the addresses of proxies are named, so that people have addresses of their"
        " own and nobody can make one up",
        ("trusted_proxies",),
        _proxy,
    ),
    Item(
        "database_tls",
        "Database",
        "it is on this machine, or reached over TLS with a certificate that is checked",
        ("database_url",),
        _database_tls,
    ),
    Item(
        "files",
        "Files",
        "the place where the files of the sales are kept answers, and is the one of this shop",
        ("journal",),
        _files,
    ),
    Item(
        "summaries",
        "Summaries",
        "where Spark builds them, the sales lie in a folder: it builds none beside a bucket",
        ("summaries", "journal"),
        _summaries,
    ),
    Item(
        "rate_limits",
        "Limits",
        "requests of people, and of strangers' addresses, have a limit a minute",
        ("requests_per_minute", "stranger_requests_per_minute"),
        _limits,
    ),
    Item(
        "firewall",
        "Firewall",
        "no other TCP ports of this machine listen for other machines than are expected",
        ("expected_ports", "host"),
        _firewall,
    ),
    Item(
        "monitoring",
        "Monitoring",
        "somebody read /metrics within the last five minutes",
        ("metrics_token",),
        _monitoring,
    ),
    Item(
        "alerts",
        "Alerts",
        "Prometheus has the rules of docs/alerts.yml and an Alertmanager",
        ("prometheus_url",),
        _alerts,
    ),
    Item(
        "strangers",
        "Strangers",
        "no setting lets people in whom nobody knows",
        ("registration", "compat_anonymous", "compat_passwordless"),
        _strangers,
    ),
    Item(
        "spelling",
        "Spelling",
        "every variable that begins with TILLSIGHT_ is a setting",
        (),
        _spelling,
    ),
)
