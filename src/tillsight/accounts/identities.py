"""Whose account somebody has who signed in at an OpenID provider."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tillsight.accounts.audit import Action, record
from tillsight.accounts.models import (
    ApiKey,
    OidcIdentity,
    OneTimeToken,
    Role,
    SessionKind,
    User,
    UserSession,
)
from tillsight.accounts.names import normal_email
from tillsight.accounts.oidc import Claims
from tillsight.accounts.sessions import NOT_VERIFIED, Inactive, Origin, SignIn, open_session
from tillsight.accounts.users import free_username
from tillsight.database import Database
from tillsight.errors import Forbidden, InvalidInput
from tillsight.settings import Settings


def sign_in_with(database: Database, settings: Settings, claims: Claims, origin: Origin) -> SignIn:
    """Open a browser session for whom the provider vouches, with an account made where needed.

    Raises:
        Forbidden: no verified address, one of another domain, or one that is somebody else's.
        Inactive: the account is switched off.
    """
    try:
        return _signed_in(database, settings, claims, origin)
    except IntegrityError:  # the same person came twice at once, and the account is there now
        return _signed_in(database, settings, claims, origin)


def _signed_in(database: Database, settings: Settings, claims: Claims, origin: Origin) -> SignIn:
    with database.writing() as session:
        email = _verified_email(claims)
        _check_domain(settings, email)
        user = _linked(session, claims) or _link(session, settings, claims, email, origin)
        if not user.is_active:
            raise Inactive("Inactive user account")
        if not user.is_verified:
            if user.email != email:
                raise Forbidden(NOT_VERIFIED)
            _take_over(session, user)
        if settings.oidc_role_claim:
            user.role = role_of(settings, claims)
        opened = open_session(session, user, SessionKind.browser, origin)
        record(session, Action.sign_in, user, "", {"kind": "single sign-on"}, origin)
        return opened


def role_of(settings: Settings, claims: Claims) -> Role:
    """The highest role that the values of the claim stand for; viewer where none does."""
    found = _claim(claims, settings.oidc_role_claim)
    values = found if isinstance(found, list) else [found]
    known = settings.oidc_roles or {role.value: role.value for role in Role}
    roles = [Role(known[one]) for one in values if isinstance(one, str) and one in known]
    return max(roles, key=list(Role).index, default=Role.viewer)


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """The claim of this name, else the one that a name with dots leads to."""
    if name in claims:
        return claims[name]
    first, _, rest = name.partition(".")
    inner = claims.get(first)
    return _claim(inner, rest) if rest and isinstance(inner, Mapping) else None


def _verified_email(claims: Claims) -> str | None:
    """The address the provider has verified; only then it says who somebody is."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    try:
        normal = normal_email(email)
    except InvalidInput:
        return None
    # Other alphabets have letters that become one of ours in lower case: K, the sign for kelvin.
    return normal if email.isascii() or normal == email else None


def _check_domain(settings: Settings, email: str | None) -> None:
    allowed = {domain.lower() for domain in settings.oidc_allowed_domains}
    if allowed and (email or "").rpartition("@")[2] not in allowed:
        raise Forbidden(
            "This server lets in verified e-mail addresses of certain domains only"
            " (TILLSIGHT_OIDC_ALLOWED_DOMAINS), and yours is none of them. Ask an admin."
        )


def _linked(session: Session, claims: Claims) -> User | None:
    return session.scalar(
        select(User)
        .join(OidcIdentity, OidcIdentity.user_id == User.id)
        .where(OidcIdentity.issuer == claims["iss"], OidcIdentity.subject == claims["sub"])
    )


def _link(
    session: Session, settings: Settings, claims: Claims, email: str | None, origin: Origin
) -> User:
    """Link the account with this address, or a new one."""
    if email is None:
        raise Forbidden(
            "The single sign-on service does not say that your e-mail address is verified, so it"
            " cannot be linked to an account here. Have it verified there, or ask an admin."
        )
    user = session.scalar(select(User).where(User.email == email)) or _add(
        session, settings, claims, email
    )
    issuer, subject = claims["iss"], claims["sub"]
    known = select(OidcIdentity.subject).where(
        OidcIdentity.issuer == issuer, OidcIdentity.user_id == user.id
    )
    linked = session.scalar(known)
    if linked == subject:  # by another tab, since this one looked
        return user
    if linked is not None:  # an address that was given to somebody else since
        raise Forbidden(
            "The account with your e-mail address belongs to somebody else at the single sign-on"
            " service. Ask an admin."
        )
    session.add(
        OidcIdentity(issuer=issuer, subject=subject, user_id=user.id, linked_at=datetime.now(UTC))
    )
    session.flush()
    record(session, Action.identity_linked, user, "", {"issuer": issuer}, origin)
    return user


def _add(session: Session, settings: Settings, claims: Claims, email: str) -> User:
    user = User(
        email=email,
        username=free_username(session, email),
        first_name=_name(claims.get("given_name")),
        last_name=_name(claims.get("family_name")),
        password_hash="",
        role=Role(settings.registration_role),
        is_active=True,
        is_verified=True,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    session.flush()
    return user


def _name(given: object) -> str | None:
    text = given if isinstance(given, str) and given.isprintable() else ""
    return text.strip()[:200] or None


def _take_over(session: Session, user: User) -> None:
    """Hand an account whose address nobody had verified to whom the address is.

    Whoever made it may be somebody else: their password, sessions, keys and links end here.
    """
    user.is_verified = True
    user.password_hash = ""
    now = datetime.now(UTC)
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    session.execute(
        update(ApiKey)
        .where(ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.execute(delete(OneTimeToken).where(OneTimeToken.user_id == user.id))
