"""Every setting, in one place: an environment variable `TILLSIGHT_…` or a line of `.env`."""

import os
import re
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from tillsight.errors import SetupError, UnknownName

PREFIX = "TILLSIGHT_"
SAMPLE_SECRETS = re.compile(  # refused wherever they are found
    r"change[-_ ]?(me|this|it|in)|replace[-_ ]?(me|this)|your[-_ ]?(super[-_ ]?)?secret"
    r"|secret[-_ ]?key|placeholder|insecure",
    re.IGNORECASE,
)
HOW_TO_MAKE_A_SECRET = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105
SHORTEST_SECRET = 32
SHORTEST_METRICS_TOKEN = 16
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BUCKET_OPTIONS = frozenset({"endpoint_override", "scheme", "region"})
"""What may stand after the question mark of a bucket."""
ROLES = ("viewer", "editor", "manager", "admin")
DEBUG_SWITCHES = (
    "PYTHONDEVMODE",
    "PYTHONASYNCIODEBUG",
    "STREAMLIT_GLOBAL_DEVELOPMENT_MODE",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS",
    "STREAMLIT_LOGGER_LEVEL",
)
"""Variables of the libraries that have them tell more than strangers may know."""
SAYS_LITTLE = frozenset({"", "0", "false", "no", "off", "none", "info", "warning", "error"})
_ORIGIN = re.compile(r"https?://(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?")


class Environment(StrEnum):
    """Where the server runs: `production` refuses what is only good for trying things out."""

    development = "development"
    production = "production"


class LogLevel(StrEnum):
    """How much the log says."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


class LogFormat(StrEnum):
    """How a line of the log is written: for people, or as a JSON object for programs."""

    human = "human"
    json = "json"


class Summaries(StrEnum):
    """Who makes what questions are answered from: each server for itself, or a Spark cluster."""

    local = "local"
    spark = "spark"


class Contract(StrEnum):
    """An older product whose clients this server can answer."""

    customer_purchases = "customer-purchases"
    hm_kpis = "hm-kpis"
    kpi_circles = "kpi-circles"
    product_catalog = "product-catalog"


ASKED_NOBODY = (Contract.customer_purchases, Contract.hm_kpis)
"""Contracts of products that asked for no credentials where ours does."""
WRITTEN_BY_ALL = {
    Contract.customer_purchases: "purchases",
    Contract.product_catalog: "products",
}
"""What whoever has an account may add, by the contract of the product that let them."""


class Mail(StrEnum):
    """What becomes of mail: nothing, printed in the terminal, or sent."""

    off = ""
    console = "console"
    smtp = "smtp"


class MailTls(StrEnum):
    """How the way to the mail server is kept private."""

    starttls = "starttls"
    tls = "tls"
    none = "none"


class Registration(StrEnum):
    """Who may make an account: everybody, addresses of some domains, whom an admin asks, nobody."""

    open = "open"
    domain = "domain"
    invite = "invite"
    closed = "closed"


class NewcomerRole(StrEnum):
    """Roles that somebody may have without an admin's doing; admin is not among them."""

    viewer = "viewer"
    editor = "editor"
    manager = "manager"


class Settings(BaseSettings):
    """The settings; each description is what `.env.example` says of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    home: Path = Field(Path("data"), description="Folder that holds all data of this shop.")
    database_url: str = Field(
        "",
        description="Operational database: sqlite:///…, postgresql+psycopg://… or mysql+pymysql://…;"
        " empty: a SQLite file in the home folder.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs access tokens, at least 32 characters. Empty in development: made once"
        " and kept in the home folder. Production refuses an empty or sample value.",
    )
    journal: str = Field(
        "",
        description="Where the files of the sales are kept, so that several servers share them: a"
        " folder that each of them sees, or s3://bucket/prefix; after it"
        " ?endpoint_override=host:port&scheme=https&region=… for others than AWS. Keys come from"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Empty: the home folder.",
    )
    journal_cache: ByteSize = Field(
        ByteSize(5_000_000_000),
        ge=1,
        description="Most that the home folder holds of copies of files that a bucket of"
        " TILLSIGHT_JOURNAL has; what is read at one time may be more. Such as 500MB.",
    )
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server listens on.")
    access_token_minutes: int = Field(
        30, ge=1, le=24 * 60, description="Life of an API access token, in minutes."
    )
    requests_per_minute: int = Field(
        60_000,
        ge=0,
        description="Requests one person may make a minute, of all servers of the shop together;"
        " more are answered 429. 0: no limit.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Addresses or networks of reverse proxies whose X-Forwarded-For is believed,"
        " separated by commas, such as 127.0.0.1. Empty: none, the address is the connection's.",
    )
    environment: Environment = Field(
        Environment.development, description="development or production."
    )
    log_level: LogLevel = Field(LogLevel.info, description="debug, info, warning or error.")
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Origins of other web pages that may call the API, separated by commas.",
    )
    compat: Annotated[list[Contract], NoDecode] = Field(
        default_factory=list,
        description="Older products whose clients are answered below /compat/, separated by commas:"
        f" {', '.join(Contract)}. There whoever has an account may do what any user of that"
        " product might: viewers, too, add purchases, products, and values of their circles.",
    )
    compat_anonymous: Annotated[list[Contract], NoDecode] = Field(
        default_factory=list,
        description="Contracts among these that are answered without a token where the older"
        " product asked for none, separated by commas: "
        + " or ".join(ASKED_NOBODY)
        + ". Whoever reaches the server then reads what they tell, and adds purchases.",
    )
    compat_passwordless: bool = Field(
        default=False,
        description=f"Whether the e-mail address alone signs in at the contract"
        f" {Contract.kpi_circles}, as at the older product. Whoever reaches the server and knows an"
        " address is then taken for its owner. Off: it asks for the password too.",
    )
    question_seconds: float = Field(
        30.0, gt=0, description="Seconds a question may take before it is stopped."
    )
    stop_seconds: float = Field(
        20.0,
        ge=2,
        description="Seconds within which the server ends when it is told to (SIGTERM, Ctrl+C)."
        " Requests under way have half of them for their answers. Service managers have to wait for"
        " longer; ours wait for 60.",
    )
    warehouse_memory: int = Field(
        1000,
        ge=100,
        description=(
            "Megabytes of memory for answering questions and laying out sales; what does not fit"
            " is kept beside the warehouse file for as long as it is needed."
        ),
    )
    summaries: Summaries = Field(
        Summaries.local,
        description="Where answers come from: `local`, each server lays the sales out for itself;"
        " `spark`, all answer from what `tillsight summaries build` made last.",
    )
    max_unpacked: ByteSize = Field(
        ByteSize(10_000_000_000),
        ge=1,
        description="Most that a packed file, a workbook or a Parquet file may unpack to; such as"
        " 500MB.",
    )
    public_docs: bool = Field(
        default=True, description="Whether strangers may read the API description at /api/docs."
    )
    shop_name: str = Field("Tillsight", description="Name shown on every page.")
    logo: Path | None = Field(
        None, description="Picture file (PNG or SVG) shown beside the name; empty: ours."
    )
    currency: str = Field(
        "EUR", pattern="^[A-Z]{3}$", description="Currency of all money: a code of three letters."
    )
    timezone: str = Field(
        "UTC", description="Time zone of the shop, such as Europe/Zurich; times are stored in it."
    )
    country: str = Field(
        "",
        description="Country of the shop, such as CH, or CH-ZH for a part of it: on its public"
        " holidays forecasts expect what the shop did on the same holiday before. Empty: none are"
        " known.",
    )
    url: str = Field(
        "",
        description="Address people reach the server at, for links in mails; https makes cookies"
        " secure. Empty: http://localhost and the port.",
    )

    registration: Registration = Field(
        Registration.invite,
        description="Who may make an account: open (everybody), domain (addresses of"
        " TILLSIGHT_REGISTRATION_DOMAINS), invite (whom an admin invites) or closed.",
    )
    registration_domains: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Domains whose addresses may register, separated by commas; each is meant"
        " without its subdomains.",
    )
    registration_role: NewcomerRole = Field(
        NewcomerRole.viewer,
        description="Role of people who register: viewer, editor or manager.",
    )
    smtp_host: str = Field("", description="Mail server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_tls: MailTls = Field(
        MailTls.starttls,
        description="starttls (mostly port 587), tls (mostly port 465) or none.",
    )
    smtp_user: str = Field("", description="Sign-in at the mail server; empty: without.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    mail_from: str = Field("", description="Address that mail comes from.")
    mail: Mail = Field(
        Mail.off,
        description="smtp sends mail, console prints it in the terminal (development only),"
        " empty sends none: an admin then verifies new accounts and hands out links.",
    )

    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Names this server answers to (Host header), separated by commas; *.example.com"
        " and * are possible. Empty: any in development, that of TILLSIGHT_URL in production.",
    )
    database_connections: int = Field(
        20,
        ge=2,
        le=1000,
        description="Connections one server process opens to PostgreSQL or MySQL at most.",
    )
    database_recycle_seconds: int = Field(
        1800,
        ge=1,
        description="Seconds after which such a connection is made anew; less than the database's"
        " or a firewall's own limit.",
    )
    max_upload: ByteSize = Field(
        ByteSize(2_000_000_000),
        ge=1,
        description="Largest file that may be loaded over HTTP, as it is sent; such as 500MB.",
    )
    oidc_issuer: str = Field(
        "",
        description="Single sign-on: address of an OpenID Connect provider, below which its"
        " /.well-known/openid-configuration lies; https, or this machine. Empty: off. The provider"
        " has to know /signin/oidc/callback of this server.",
    )
    oidc_client_id: str = Field("", description="Single sign-on: our id at the provider.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="Single sign-on: our secret at the provider, if it gave one."
    )
    oidc_label: str = Field(
        "Single sign-on", description="Single sign-on: name of the provider on the button."
    )
    oidc_allowed_domains: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Single sign-on: domains of the e-mail addresses let in, separated by commas."
        " Empty: whoever the provider signs in.",
    )
    oidc_role_claim: str = Field(
        "",
        description="Single sign-on: claim that tells the role, such as groups or"
        " realm_access.roles; the role is then set at each sign-in. Empty: roles are given here.",
    )
    oidc_roles: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description="Single sign-on: which value of the claim is which role, such as"
        " shop-admins=admin,staff=editor; the highest counts, whoever has none is a viewer."
        " Empty: the values are the roles' own names.",
    )
    log_format: LogFormat = Field(
        LogFormat.human, description="How the log is written: human, or json (one object a line)."
    )
    log_file: Path | None = Field(
        None, description="File the log is written to; empty: standard error."
    )
    log_file_megabytes: int = Field(
        20,
        ge=1,
        description="Megabytes at which the log file is put aside (as its name with .1) and a new"
        " one begun.",
    )
    log_files_kept: int = Field(
        10, ge=1, le=1000, description="Log files kept that were put aside; the oldest goes."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="What Prometheus sends as bearer token to read /metrics, at least 16"
        " characters. Empty: only this machine itself may read them.",
    )
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="Processes that serve on the port, each with its own copy of the sales, its own"
        " memory for questions and its own connections to the database.",
    )
    slow_question_seconds: float = Field(
        5.0,
        ge=0,
        description="Questions that take longer are written to the log: what was asked, without"
        " values. 0: none.",
    )
    traces_endpoint: str = Field(
        "",
        description="Where traces are sent: the OTLP/HTTP address of a collector, such as"
        " http://localhost:4318/v1/traces. Needs the extra traces. Empty: none are made.",
    )
    secrets_folder: Path | None = Field(
        None,
        description="Folder with a file for each setting kept there, such as tillsight_secret_key;"
        " what the environment or .env say goes before. Only the environment can name it.",
    )
    max_body: ByteSize = Field(
        ByteSize(1_000_000),
        ge=10_000,
        le=100_000_000,
        description="Largest request that is no upload; it is held in memory. Such as 1MB.",
    )
    stranger_requests_per_minute: int = Field(
        6_000,
        ge=0,
        description="Requests of people who are not signed in that one address may make a minute,"
        " of all servers of the shop together; more are answered 429. 0: no limit.",
    )
    expected_ports: Annotated[list[int], NoDecode] = Field(
        default_factory=lambda: [22, 80, 443],
        description="Ports of this machine that may listen for other machines, because they are"
        " meant to be reached or a firewall closes them, separated by commas; `tillsight check`"
        " names all others.",
    )
    prometheus_url: str = Field(
        "",
        description="Address of the Prometheus that watches this server, such as"
        " http://localhost:9090; `tillsight check` asks it for the alerts. Empty: not asked.",
    )
    keep_undone_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Days the rows of an undone import are kept, so that it can be redone; then its"
        " files are removed. 0: for ever.",
    )
    keep_audit_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Days an entry of the audit log is kept. 0: for ever.",
    )

    @field_validator("mail")
    @classmethod
    def _can_be_sent(cls, value: Mail, info: ValidationInfo) -> Mail:
        if value is Mail.smtp:
            missing = [name for name in ("smtp_host", "mail_from") if not info.data.get(name)]
            if missing:
                names = " and ".join(f"{PREFIX}{name.upper()}" for name in missing)
                raise ValueError(f"smtp needs {names}")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", value):
            raise ValueError("is not an address such as sales@example.com")
        return value

    @field_validator(
        "cors_origins",
        "trusted_proxies",
        "registration_domains",
        "allowed_hosts",
        "oidc_allowed_domains",
        "expected_ports",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [one.strip() for one in value.split(",") if one.strip()]
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: list[str]) -> list[str]:
        origins = [one.lower().rstrip("/") for one in value]
        for one in origins:
            if one != "*" and not _ORIGIN.fullmatch(one):
                raise ValueError(f"“{one[:80]}” is not an origin such as https://tools.example.com")
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: list[str]) -> list[str]:
        for one in value:
            if not re.fullmatch(
                r"\*|(\*\.)?[\w.-]+|[\da-fA-F:.]*:[\da-fA-F:.]*", one
            ) or re.fullmatch(r"[^:]+:\d+", one):
                raise ValueError(
                    f"“{one[:80]}” is not a name such as sales.example.com, without port and slash"
                )
        return [one.lower() for one in value]

    @field_validator("journal")
    @classmethod
    def _is_place(cls, value: str) -> str:
        if "://" not in value:
            return str(Path(value).resolve()) if value else ""
        address = urlsplit(value)
        if address.scheme != "s3" or not address.netloc:
            raise ValueError("is a folder, or a bucket such as s3://bucket/prefix")
        if "@" in address.netloc:
            raise ValueError(
                "holds a key; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are for that"
            )
        options = {name for name, _ in parse_qsl(address.query, keep_blank_values=True)}
        if unknown := options - BUCKET_OPTIONS:
            known = ", ".join(sorted(BUCKET_OPTIONS))
            raise ValueError(f"“{min(unknown)[:40]}” is none of {known}")
        return value

    @field_validator("prometheus_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", value):
            raise ValueError("is not an address such as http://localhost:9090")
        return value.rstrip("/")

    @field_validator("compat", "compat_anonymous", mode="before")
    @classmethod
    def _known_contracts(cls, value: object, info: ValidationInfo) -> object:
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, list):
            return value
        known = [*Contract] if info.field_name == "compat" else [*ASKED_NOBODY]
        found = [str(name).strip() for name in names]
        for name in filter(None, found):
            if name not in known:
                raise ValueError(UnknownName("contract", name, known).message)
        return list(dict.fromkeys(filter(None, found)))

    @model_validator(mode="after")
    def _anonymous_contracts_are_on(self) -> Self:
        for contract in self.compat_anonymous:
            if contract not in self.compat:
                raise ValueError(
                    f"{PREFIX}COMPAT_ANONYMOUS names {contract}, which {PREFIX}COMPAT does not"
                )
        return self

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _split_pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [one.rpartition("=") for one in value.split(",") if one.strip()]
        wrong = [role for name, _, role in pairs if not name or role.strip() not in ROLES]
        if wrong:
            raise ValueError(f"is written as staff=editor, with a role of {', '.join(ROLES)}")
        return {name.strip(): role.strip() for name, _, role in pairs}

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str) -> str:
        address = urlsplit(value)
        here = address.scheme == "http" and address.hostname in LOOPBACK
        if value and not here and not (address.scheme == "https" and address.hostname):
            raise ValueError("is an address such as https://login.example.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _whole_oidc(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError(f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_CLIENT_ID")
        return self

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_METRICS_TOKEN:
            raise ValueError(f"has less than {SHORTEST_METRICS_TOKEN} characters")
        return value

    @field_validator("traces_endpoint")
    @classmethod
    def _address_of_a_collector(cls, value: str) -> str:
        address = urlsplit(value)
        if value and not (address.scheme in {"http", "https"} and address.hostname):
            raise ValueError("is an address such as http://localhost:4318/v1/traces")
        return value

    @field_validator("logo", "log_file", "secrets_folder", mode="before")
    @classmethod
    def _no_path(cls, value: object) -> object:
        return value or None

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"“{value}” is not a time zone such as Europe/Zurich") from error
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        country, _, part = value.partition("-")
        if value and country not in (known := countries()):
            raise ValueError(_not_a_country(value, known))
        if part and part not in (parts := parts_of(country)):
            raise ValueError(UnknownName(f"part of {known[country]}", part, parts).message)
        return value

    @property
    def public_url(self) -> str:
        """Address for links, without a slash at its end."""
        return (self.url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def sender(self) -> str:
        """Address that mail comes from."""
        return self.mail_from or "tillsight@localhost"

    @property
    def https(self) -> bool:
        """Whether people reach the server over TLS."""
        return self.url.startswith("https://")

    @property
    def resolved_database_url(self) -> str:
        """The operational database, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.home / 'tillsight.db').resolve()}"

    @cached_property
    def signing_key(self) -> str:
        """The secret that signs tokens; made and kept on first use in development.

        Raises:
            SetupError: it is too short, a sample, or unset in production.
        """
        given = self.secret_key.get_secret_value()
        if given:
            if SAMPLE_SECRETS.search(given) or len(given) < SHORTEST_SECRET:
                raise SetupError(
                    f"{PREFIX}SECRET_KEY is a sample or shorter than {SHORTEST_SECRET} characters."
                    f" Make one with: {HOW_TO_MAKE_A_SECRET}"
                )
            return given
        if self.environment is Environment.production:
            raise SetupError(
                f"{PREFIX}SECRET_KEY is not set. Production needs one of its own; make it with:"
                f" {HOW_TO_MAKE_A_SECRET}"
            )
        return _kept_secret(self.home / "secret.key")


def countries() -> Mapping[str, str]:
    """The codes of the countries whose public holidays are known, with the countries' names."""
    from holidays.registry import COUNTRIES

    return {
        code: re.sub("(?<=[a-z])(?=[A-Z])", " ", name)
        for name, *codes in COUNTRIES.values()
        for code in codes
        if len(code) == 2
    }


def parts_of(country: str) -> Sequence[str]:
    """The codes of the parts of a country that have public holidays of their own."""
    import holidays

    return holidays.country_holidays(country).subdivisions


def _not_a_country(value: str, known: Mapping[str, str]) -> str:
    """What is said of a code that is none; it may be the name of a country, or nearly."""
    spellings = {
        spelling.upper(): code for code, name in known.items() for spelling in (code, name)
    }
    close = get_close_matches(value.upper(), spellings, n=1, cutoff=0.5)
    hint = (
        f"Did you mean “{spellings[close[0]]}” ({known[spellings[close[0]]]})?"
        if close
        else "It is two letters such as CH, or CH-ZH for a part of it."
    )
    return f"There is no country “{value[:40]}” whose public holidays are known. {hint}"


def _kept_secret(file: Path) -> str:
    """The secret kept in `file`, made there if missing; two processes may race for it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as new:
        new.write(secrets.token_urlsafe(48))
    return file.read_text(encoding="utf-8").strip()


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and `.env`; `overrides` win.

    Raises:
        SetupError: a value cannot be used; names the setting, never its value.
    """
    folder = os.environ.get(f"{PREFIX}SECRETS_FOLDER") or None
    if folder and not Path(folder).is_dir():
        raise SetupError(f"{PREFIX}SECRETS_FOLDER: {folder} is not a folder.")
    given: dict[str, Any] = {"_secrets_dir": folder, **overrides}
    try:
        return Settings(**given)
    except (OSError, SettingsError) as error:
        if not folder:
            raise
        raise SetupError(
            f"{PREFIX}SECRETS_FOLDER: {folder} or a file in it cannot be read"
            f" ({_reason(error)}). Files there are UTF-8, and the server's user may read them."
        ) from None
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg']}"
            if problem["loc"]
            else problem["msg"]
            for problem in error.errors()
        )
        end = "" if problems.endswith((".", "?")) else "."
        raise SetupError(f"A setting cannot be used. {problems}{end}") from None


def _reason(error: Exception) -> str:
    """What kept a file from being read, without what stands in it."""
    cause = error.__cause__ or error
    return (cause.strerror if isinstance(cause, OSError) else None) or type(cause).__name__


def env_example() -> str:
    """The text of `.env.example`: every setting with its description and default."""
    lines = ["# Settings of Tillsight. Copy to .env and change what you need.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"#{PREFIX}{name.upper()}={default_of(field)}", ""]
    return "\n".join(lines)


def default_of(field: FieldInfo) -> str:
    """The default of a setting as one would write it; empty where there is none."""
    default = field.get_default(call_default_factory=True)
    if default in (None, [], {}) or isinstance(default, SecretStr):
        return ""
    if isinstance(default, list):
        return ",".join(map(str, default))
    if isinstance(default, bool):
        return str(default).lower()
    return size(default).replace(" ", "") if isinstance(default, ByteSize) else str(default)


def size(number: int) -> str:
    """Bytes in words, such as 2 GB."""
    return ByteSize(number).human_readable(decimal=True, separator=" ").replace(".0 ", " ")


@dataclass(frozen=True)
class Effective:
    """What a setting is at work: `value` is None where there is none, and never a secret."""

    name: str
    variable: str
    description: str
    value: str | None
    is_secret: bool
    is_default: bool


def overview(settings: Settings) -> list[Effective]:
    """Every setting as it is at work, without secrets."""
    derived = {
        "home": str(settings.home.resolve()),
        "database_url": settings.resolved_database_url,
        "url": settings.public_url,
    }
    return [
        Effective(
            name=name,
            variable=f"{PREFIX}{name.upper()}",
            description=field.description or "",
            value=_written(derived.get(name, getattr(settings, name))),
            is_secret=isinstance(getattr(settings, name), SecretStr),
            is_default=getattr(settings, name) == field.get_default(call_default_factory=True),
        )
        for name, field in type(settings).model_fields.items()
    ]


def cautions(settings: Settings) -> list[str]:
    """What an operator should know of, or change, before strangers can reach the server."""
    reachable = _reachable(settings)
    found = {
        f"{PREFIX}ENVIRONMENT is development, and the server can be reached from elsewhere. Set it"
        " to production.": reachable and settings.environment is Environment.development,
        "People reach the server without TLS, so that passwords can be read on the way. Put it"
        f" behind HTTPS and set {PREFIX}URL to its https address.": reachable
        and not settings.https,
        f"Mail is printed in the terminal, links to sign in with among it: {PREFIX}MAIL is"
        " console.": reachable and settings.mail is Mail.console,
        f"Every web page may call the API: {PREFIX}CORS_ORIGINS holds a *.": "*"
        in settings.cors_origins,
    }
    return [*(text for text, applies in found.items() if applies), *anonymous_warnings(settings)]


def require_fit(settings: Settings) -> None:
    """Refuse a secret that cannot be used, settings that do not go together, and in production what
    is only good for trying out.

    Raises:
        SetupError: names each setting that has to change.
    """
    if settings.summaries is Summaries.spark:
        require_folder_for_spark(settings)
    settings.signing_key  # noqa: B018  (refuses)
    if settings.environment is not Environment.production:
        return
    if found := [*telling(settings), *_open_to_all(settings)]:
        raise SetupError(
            f"This is no production server yet ({PREFIX}ENVIRONMENT is production): "
            + " ".join(found)
        )


def require_folder_for_spark(settings: Settings) -> None:
    """Refuse to have Spark build summaries beside files that lie in a bucket.

    Raises:
        SetupError: says where they may lie.
    """
    if "://" in settings.journal:
        raise SetupError(
            f"{PREFIX}JOURNAL names a bucket, and Spark builds summaries only beside a journal in a"
            f" folder. Name a folder that all servers and the workers of Spark see, or set"
            f" {PREFIX}SUMMARIES to local."
        )


def telling(settings: Settings) -> list[str]:
    """What has the server tell more than strangers may know, and what to do about each."""
    found = []
    if settings.log_level is LogLevel.debug:
        found.append(f"{PREFIX}LOG_LEVEL is debug; set it to info.")
    if settings.mail is Mail.console:
        everybody = settings.registration in {Registration.open, Registration.domain}
        who = ", while people may register by themselves" if everybody else ""
        found.append(
            f"{PREFIX}MAIL is console, which prints everybody's links in the terminal{who}; set it"
            " to smtp, or leave it empty."
        )
    if sys.flags.dev_mode:
        found.append("Python runs in its development mode (-X dev); start it without.")
    found += [
        f"{name} is set, which is for debugging; unset it."
        for name in DEBUG_SWITCHES
        if os.environ.get(name, "").strip().lower() not in SAYS_LITTLE
    ]
    return found


def _open_to_all(settings: Settings) -> list[str]:
    if "*" not in settings.cors_origins:
        return []
    every_page = (
        f"{PREFIX}CORS_ORIGINS holds a *, so that every web page may call the API; name those that"
        " may."
    )
    return [every_page]


def misspelt() -> dict[str, str | None]:
    """Variables and lines of `.env` that begin as settings do and are none, with the likeliest."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    given = {*map(str.upper, os.environ), *map(str.upper, DotEnvSettingsSource(Settings).env_vars)}
    return {
        name: next(iter(get_close_matches(name, known, n=1)), None)
        for name in sorted(given)
        if name.startswith(PREFIX) and name not in known
    }


def anonymous_warnings(settings: Settings) -> list[str]:
    """What to say of each door that a setting opens to strangers; the server says it when it
    starts.
    """
    warnings = [
        f"Anybody who reaches the server may use /compat/{contract} without signing in:"
        f" {PREFIX}COMPAT_ANONYMOUS names it."
        for contract in settings.compat_anonymous
    ]
    if settings.compat_passwordless and Contract.kpi_circles in settings.compat:
        warnings.append(
            "Anybody who reaches the server may sign in as anybody whose e-mail address they know,"
            f" admins too, at /compat/{Contract.kpi_circles}: {PREFIX}COMPAT_PASSWORDLESS is on."
        )
    if settings.registration is Registration.open and _reachable(settings):
        added = [
            f"adds {what} at /compat/{contract}" for contract, what in _written_by_all(settings)
        ]
        warnings.append(
            "Anybody who reaches the server may make an account, and then"
            f" {' and '.join(['sees all sales', *added])}: {PREFIX}REGISTRATION is open."
        )
    return warnings


def _reachable(settings: Settings) -> bool:
    """Whether others than this machine reach the server."""
    return bool(settings.url) or settings.host not in {"127.0.0.1", "::1", "localhost"}


def _written_by_all(settings: Settings) -> list[tuple[Contract, str]]:
    return [one for one in WRITTEN_BY_ALL.items() if one[0] in settings.compat]


def _written(value: object) -> str | None:
    if isinstance(value, SecretStr):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, ByteSize):
        value = size(value)
    # A password may stand in an address: before its @, or among its parameters.
    text = re.sub(r"(://[^:/\s]*):.*@", r"\1:…@", str("" if value is None else value))
    return re.sub(r"(?i)((?:password|passwd|pwd|secret|token)=)[^&\s]*", r"\1…", text) or None
