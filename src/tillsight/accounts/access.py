"""Who may do what: one table of every route and the least role it needs.

The API refuses to start with a route that has no entry, so a new route cannot be forgotten here.
`docs/access.md` is written from this table.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tillsight.accounts.models import Role
from tillsight.accounts.sessions import NOT_VERIFIED, Inactive, Person
from tillsight.errors import Forbidden, NotSignedIn
from tillsight.settings import Contract

NOT_SIGNED_IN = "Not authenticated"


@dataclass(frozen=True)
class Rule:
    """The least role; without one, everybody is let in, strangers included.

    `note` says which further rule the room applies to the object that is asked for. Strangers are
    let in, too, where `TILLSIGHT_COMPAT_ANONYMOUS` names the `contract`. An API key needs the role
    `of_key`, where that is more.
    """

    role: Role | None
    note: str = ""
    contract: Contract | None = None
    of_key: Role | None = None

    @property
    def who(self) -> str:
        """In words."""
        words = {None: "everybody", Role.viewer: "any role"}
        return words.get(self.role) or f"{self.role}"


def asked_nobody(contract: Contract) -> Rule:
    """The rule of a route whose older product asked for no credentials."""
    note = f"strangers where `TILLSIGHT_COMPAT_ANONYMOUS` names `{contract}`"
    return Rule(Role.viewer, note, contract)


def documented_for_all(rule: Rule) -> Rule:
    """The same for a route that changes something, and that a contract documents for any user.

    Only keys go by their role: whoever gave a key no more than to read meant it.
    """
    note = "; ".join(filter(None, [rule.note, "of API keys only those of an editor"]))
    return replace(rule, note=note, of_key=Role.editor)


EVERYBODY = Rule(None)
ANY_ROLE = Rule(Role.viewer)
EDITOR = Rule(Role.editor)
MANAGER = Rule(Role.manager)
ADMIN = Rule(Role.admin)

_DOCS = Rule(None, "any role where `TILLSIGHT_PUBLIC_DOCS` is off")
_METRICS = Rule(
    None, "whoever holds `TILLSIGHT_METRICS_TOKEN`; without one only programs on the machine itself"
)
_LINK = Rule(None, "whoever holds the link of the mail")
_OWN = Rule(Role.viewer, "their own account")
_OWN_SESSION = Rule(Role.viewer, "their own sessions")
_OWN_KEY = Rule(Role.viewer, "their own keys")
_OWN_IMPORT = Rule(Role.editor, "imports they loaded; an admin all")
_OWN_PURCHASE = Rule(Role.editor, "purchases they entered; an admin all")
_PURCHASES_OUT = asked_nobody(Contract.customer_purchases)
_PURCHASES_IN = documented_for_all(_PURCHASES_OUT)
_CUSTOMERS = asked_nobody(Contract.hm_kpis)
_CIRCLE = Rule(Role.manager, "circles they belong to or made; an admin all")
_KPI = Rule(Role.manager, "KPIs of circles they belong to or made; an admin all")
_OWN_QUESTION = Rule(Role.viewer, "their own questions")
_OWN_NOTE = Rule(Role.editor, "notes they wrote; a manager or admin all")
_VIEW = Rule(Role.viewer, "their own views and shared ones")
_SHARING = Rule(Role.viewer, "shared views from editors on")
_OWN_VIEW = Rule(
    Role.viewer, "views they saved, shared ones as an editor; a manager or admin all shared ones"
)
_OWN_PINS = Rule(Role.viewer, "their own Overview")
_KPI_VALUE = Rule(Role.editor, "KPIs of circles they belong to; an admin all")
_KPI_VALUE_OF_ALL = documented_for_all(replace(_KPI_VALUE, role=Role.viewer))

ACCESS: Final[Mapping[str, Rule]] = {
    # What the server is
    "GET /": EVERYBODY,
    "GET /api": EVERYBODY,
    "GET /api/health": EVERYBODY,
    "GET /api/health/alive": EVERYBODY,
    "GET /api/health/ready": EVERYBODY,
    "GET /metrics": _METRICS,
    "GET /docs": EVERYBODY,
    "GET /logo": EVERYBODY,
    "GET /api/docs": _DOCS,
    "GET /api/docs/files": _DOCS,
    "GET /api/docs/oauth2-redirect": _DOCS,
    "GET /api/redoc": _DOCS,
    "GET /api/openapi.json": _DOCS,
    # Pages of people who are not signed in yet
    "GET /signin": EVERYBODY,
    "POST /signin": EVERYBODY,
    "POST /signout": EVERYBODY,
    "GET /register": EVERYBODY,
    "POST /register": EVERYBODY,
    "GET /forgot": EVERYBODY,
    "POST /forgot": EVERYBODY,
    "GET /reset": _LINK,
    "POST /reset": _LINK,
    "GET /verify": _LINK,
    "POST /verify": _LINK,
    "GET /setup": _LINK,
    "POST /setup": _LINK,
    "GET /signin/oidc": EVERYBODY,
    "GET /signin/oidc/callback": EVERYBODY,
    # Signing in over the API
    "GET /api/auth/options": EVERYBODY,
    "POST /api/auth/register": EVERYBODY,
    "POST /api/auth/verify-email": _LINK,
    "POST /api/auth/resend-verification": EVERYBODY,
    "POST /api/auth/forgot-password": EVERYBODY,
    "POST /api/auth/reset-password": _LINK,
    "POST /api/auth/accept-invite": _LINK,
    "POST /api/auth/login": EVERYBODY,
    "POST /api/auth/refresh": Rule(None, "whoever holds the refresh token"),
    "POST /api/auth/logout": _OWN_SESSION,
    "POST /api/auth/logout-all": _OWN_SESSION,
    "GET /api/auth/sessions": _OWN_SESSION,
    "DELETE /api/auth/sessions/{session_id}": _OWN_SESSION,
    # People
    "GET /api/users/me": _OWN,
    "PATCH /api/users/me": _OWN,
    "POST /api/users/me/password": _OWN,
    "GET /api/users/me/keys": _OWN_KEY,
    "POST /api/users/me/keys": _OWN_KEY,
    "DELETE /api/users/me/keys/{key_id}": _OWN_KEY,
    "GET /api/users/me/mails": _OWN,
    "PATCH /api/users/me/mails": _OWN,
    "POST /api/users/invite": ADMIN,
    "GET /api/users": ADMIN,
    "GET /api/users/{user_id}": ADMIN,
    "PATCH /api/users/{user_id}": ADMIN,
    "GET /api/settings": ADMIN,
    "GET /api/audit": ADMIN,
    # Circles
    "GET /api/circles": ANY_ROLE,
    "POST /api/circles": MANAGER,
    "GET /api/circles/people": MANAGER,
    "GET /api/circles/{circle_id}": ANY_ROLE,
    "PATCH /api/circles/{circle_id}": _CIRCLE,
    "PUT /api/circles/{circle_id}/members/{user_id}": _CIRCLE,
    "DELETE /api/circles/{circle_id}/members/{user_id}": _CIRCLE,
    # KPIs
    "GET /api/kpis": ANY_ROLE,
    "POST /api/kpis": _KPI,
    "GET /api/kpis/units": ANY_ROLE,
    "GET /api/kpis/board": ANY_ROLE,
    "GET /api/kpis/worklist": Rule(Role.viewer, "what they have to enter themselves"),
    "GET /api/kpis/{kpi_id}": ANY_ROLE,
    "PATCH /api/kpis/{kpi_id}": _KPI,
    "DELETE /api/kpis/{kpi_id}": _KPI,
    "GET /api/kpis/{kpi_id}/progress": ANY_ROLE,
    "GET /api/kpis/{kpi_id}/targets": ANY_ROLE,
    "DELETE /api/kpis/{kpi_id}/targets/{target_id}": _KPI,
    "GET /api/kpis/{kpi_id}/values": ANY_ROLE,
    "POST /api/kpis/{kpi_id}/values": _KPI_VALUE,
    "GET /api/kpi-values": ANY_ROLE,
    "POST /api/kpi-values": _KPI_VALUE,
    "PUT /api/kpi-values": _KPI_VALUE,
    "GET /api/kpi-values/{value_id}": ANY_ROLE,
    "PATCH /api/kpi-values/{value_id}": _KPI_VALUE,
    "DELETE /api/kpi-values/{value_id}": _KPI,
    "GET /api/kpi-changes": ANY_ROLE,
    "GET /api/kpis/{kpi_id}/restatements": ANY_ROLE,
    "POST /api/kpis/{kpi_id}/restatements/accept": _KPI,
    "GET /api/kpi-restatements": ANY_ROLE,
    # Sales coming in
    "POST /api/imports": EDITOR,
    "POST /api/imports/preview": EDITOR,
    "GET /api/imports/profiles": EDITOR,
    "POST /api/imports/profiles": EDITOR,
    "DELETE /api/imports/profiles/{profile_id}": EDITOR,
    "GET /api/imports": ANY_ROLE,
    "GET /api/imports/{import_id}": ANY_ROLE,
    "DELETE /api/imports/{import_id}": _OWN_IMPORT,
    "POST /api/imports/{import_id}/redo": _OWN_IMPORT,
    "POST /api/imports/{import_id}/cancel": _OWN_IMPORT,
    "GET /api/imports/{import_id}/rejects": EDITOR,
    "POST /api/purchases": EDITOR,
    "GET /api/purchases": ANY_ROLE,
    "GET /api/purchases/{purchase_id}": ANY_ROLE,
    "DELETE /api/purchases/{purchase_id}": _OWN_PURCHASE,
    "POST /api/purchases/{purchase_id}/redo": _OWN_PURCHASE,
    # What the sales mean
    "GET /api/analytics/kpis": ANY_ROLE,
    "GET /api/analytics/revenue/monthly": ANY_ROLE,
    "GET /api/analytics/forecast/revenue": ANY_ROLE,
    "GET /api/revenue/daily-trend": ANY_ROLE,
    "GET /api/revenue/monthly": ANY_ROLE,
    "GET /api/revenue/growth": ANY_ROLE,
    "GET /api/revenue/changes": ANY_ROLE,
    "GET /api/revenue/by-hour": ANY_ROLE,
    "GET /api/revenue/by-day-of-week": ANY_ROLE,
    "GET /api/revenue/heatmap": ANY_ROLE,
    "GET /api/customers": ANY_ROLE,
    "GET /api/customers/top": ANY_ROLE,
    "GET /api/customers/segments": ANY_ROLE,
    "GET /api/customers/lifetime-value": ANY_ROLE,
    "GET /api/customers/lifetime-value/customers": ANY_ROLE,
    "GET /api/customers/rfm": ANY_ROLE,
    "GET /api/customers/cohorts": ANY_ROLE,
    "GET /api/customers/genders": ANY_ROLE,
    "GET /api/customers/{customer_id:path}/export": ADMIN,
    "POST /api/customers/{customer_id:path}/erase": ADMIN,
    "GET /api/customers/{customer_id:path}": ANY_ROLE,
    "GET /api/products": ANY_ROLE,
    "POST /api/products": EDITOR,
    "GET /api/products/summary": ANY_ROLE,
    "GET /api/products/top": ANY_ROLE,
    "GET /api/products/abc": ANY_ROLE,
    "GET /api/products/affinity": ANY_ROLE,
    "GET /api/products/{product_id:path}": ANY_ROLE,
    "PATCH /api/products/{product_id:path}": EDITOR,
    "DELETE /api/products/{product_id:path}": EDITOR,
    "GET /api/geographic/revenue-by-country": ANY_ROLE,
    "GET /api/geographic/country-performance": ANY_ROLE,
    "GET /api/orders": ANY_ROLE,
    "GET /api/lines": ANY_ROLE,
    "GET /api/metrics": ANY_ROLE,
    "GET /api/metrics/version": ANY_ROLE,
    "GET /api/metrics/query": ANY_ROLE,
    "GET /api/metrics/explain": ANY_ROLE,
    "GET /api/reports/period": ANY_ROLE,
    "DELETE /api/questions/{name}": _OWN_QUESTION,
    # What comes next
    "GET /api/forecasts": ANY_ROLE,
    "GET /api/forecasts/models": ANY_ROLE,
    "GET /api/forecasts/track-record": ANY_ROLE,
    "GET /api/forecasts/track-record/{forecast_id}": ANY_ROLE,
    "GET /api/forecasts/compare": ANY_ROLE,
    "GET /api/forecasts/batch": ANY_ROLE,
    # What happened, and when the shop is open
    "GET /api/forecasts/calendar": ANY_ROLE,
    "PUT /api/forecasts/calendar/corrections": EDITOR,
    "DELETE /api/forecasts/calendar/corrections/{correction_id}": EDITOR,
    "GET /api/notes": ANY_ROLE,
    "POST /api/notes": EDITOR,
    "PATCH /api/notes/{note_id}": _OWN_NOTE,
    "DELETE /api/notes/{note_id}": _OWN_NOTE,
    # Questions with a name
    "GET /api/views": ANY_ROLE,
    "POST /api/views": _SHARING,
    "GET /api/pinned-views": _OWN_PINS,
    "PUT /api/pinned-views": _OWN_PINS,
    "GET /api/views/{view_id}": _VIEW,
    "PATCH /api/views/{view_id}": _OWN_VIEW,
    "DELETE /api/views/{view_id}": _OWN_VIEW,
    # Older contracts
    **{
        f"GET /compat/{contract}{path}": _DOCS
        for contract in Contract
        for path in ("/", "/docs", "/docs/files", "/docs/oauth2-redirect", "/openapi.json")
    },
    "GET /compat/hm-kpis/swagger.json": _DOCS,
    "GET /compat/hm-kpis/api/v1/swagger.json": _DOCS,
    "POST /compat/customer-purchases/purchase/": _PURCHASES_IN,
    "POST /compat/customer-purchases/purchase/bulk/": _PURCHASES_IN,
    "GET /compat/customer-purchases/purchases/": _PURCHASES_OUT,
    "GET /compat/customer-purchases/kpis/": _PURCHASES_OUT,
    "GET /compat/customer-purchases/forecast/": _PURCHASES_OUT,
    "GET /compat/hm-kpis/users": ADMIN,
    "GET /compat/hm-kpis/users/login": EVERYBODY,
    "POST /compat/hm-kpis/users/login": EVERYBODY,
    "POST /compat/hm-kpis/users/register": EVERYBODY,
    "GET /compat/hm-kpis/customers/gender": _CUSTOMERS,
    "GET /compat/hm-kpis/customers/filter": _CUSTOMERS,
    "GET /compat/hm-kpis/api/v1/customers/gender": _CUSTOMERS,
    "GET /compat/hm-kpis/api/v1/customers/filter": _CUSTOMERS,
    "GET /compat/hm-kpis/api/v1/users": ADMIN,
    "GET /compat/hm-kpis/api/v1/users/login": EVERYBODY,
    "POST /compat/hm-kpis/api/v1/users/login": EVERYBODY,
    "POST /compat/hm-kpis/api/v1/users/register": EVERYBODY,
    "POST /compat/kpi-circles/login": EVERYBODY,
    "POST /compat/kpi-circles/logout": _OWN_SESSION,
    "DELETE /compat/kpi-circles/logout": _OWN_SESSION,
    "GET /compat/kpi-circles/users": ANY_ROLE,
    "GET /compat/kpi-circles/users/{user_id}": ANY_ROLE,
    "GET /compat/kpi-circles/circles": ANY_ROLE,
    "POST /compat/kpi-circles/circles": MANAGER,
    "POST /compat/kpi-circles/circles/add": MANAGER,
    "GET /compat/kpi-circles/circles/{circle_id}": ANY_ROLE,
    "POST /compat/kpi-circles/kpis/add": _KPI,
    "PUT /compat/kpi-circles/kpis/{kpi_id}/edit": _KPI,
    "GET /compat/kpi-circles/kpis": ANY_ROLE,
    "GET /compat/kpi-circles/kpis/{kpi_id}": ANY_ROLE,
    "POST /compat/kpi-circles/kpi_values/add": _KPI_VALUE_OF_ALL,
    "PUT /compat/kpi-circles/kpi_values/{value_id}/edit": _KPI_VALUE_OF_ALL,
    "GET /compat/kpi-circles/kpi_values": ANY_ROLE,
    "GET /compat/kpi-circles/kpi_values/change_log": ANY_ROLE,
    "GET /compat/kpi-circles/kpi_values/{value_id}/change_log": ANY_ROLE,
    "POST /compat/product-catalog/signup": EVERYBODY,
    "POST /compat/product-catalog/login": EVERYBODY,
    "POST /compat/product-catalog/upload": documented_for_all(ANY_ROLE),
    "GET /compat/product-catalog/protected": ANY_ROLE,
}
"""By method and path template, as the routes are declared."""


def admit(person: Person | None, rule: Rule, anonymous: Collection[Contract] = ()) -> None:
    """Refuse whoever may not pass by this rule; `anonymous` contracts are open to strangers.

    Raises:
        NotSignedIn: a stranger.
        Inactive: the account was switched off.
        Forbidden: the address is unverified, or the role too low.
    """
    if rule.role is None or (person is None and rule.contract in anonymous):
        return
    if person is None:
        raise NotSignedIn(NOT_SIGNED_IN)
    if not person.is_active:
        raise Inactive("Inactive user")
    if not person.is_verified:
        raise Forbidden(NOT_VERIFIED)
    by_key = person.key_id is not None
    person.require(rule.of_key if by_key and rule.of_key else rule.role)


def open_to_strangers(path: str) -> bool:
    """Whether some method of this path needs nobody to be signed in."""
    return bool(_OPEN_PATHS.fullmatch(path))


def _pattern(template: str) -> str:
    """Path templates in an expression; `{id}` is one part of a path, `{id:path}` any number."""
    text = re.sub(r"\\{\w+:path\\}", ".+", re.escape(template))
    return re.sub(r"\\{\w+\\}", "[^/]+", text)


_OPEN_PATHS = re.compile(
    "|".join(
        sorted(
            {
                _pattern(key.partition(" ")[2])
                for key, rule in ACCESS.items()
                if rule.role is None and rule is not _DOCS
            }
        )
    )
)
