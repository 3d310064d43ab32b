"""Single sign-on: what is said to and by an OpenID Connect provider.

The code flow with PKCE. What the browser has to bring back (state, nonce, verifier) lies in a
signed cookie, so that no server has to remember who set out. Whose account a signed-in person has
is decided in `identities`.
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt as signed
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from tillsight.accounts.sessions import ALGORITHM
from tillsight.errors import NotSignedIn, Unavailable
from tillsight.logs import log
from tillsight.settings import Settings

CALLBACK = "/signin/oidc/callback"
LIFETIME = timedelta(minutes=10)
"""How long somebody may take at the provider."""
TIMEOUT = 10.0  # seconds for each question to the provider
KEPT = 600.0  # seconds for which the provider's description and keys are not asked for again
LEEWAY = 60  # seconds by which the provider's clock may differ
SCOPE = "openid email profile"
AUDIENCE = "tillsight:oidc"  # keeps the cookie from being taken for an access token
# Signatures by the provider's private key alone: with HS256 our own secret would be the key, and
# with `none` anybody's word would do.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")

Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Begun:
    """What ties an answer of the provider to the browser that set out; `target` is where to go."""

    state: str
    nonce: str
    verifier: str
    target: str


def begin(target: str) -> Begun:
    """Secrets of one sign-in."""
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    return Begun(state, nonce, verifier, target)


def seal(settings: Settings, begun: Begun) -> str:
    """The text of the cookie: signed, and good for a few minutes."""
    claims = {**asdict(begun), "aud": AUDIENCE, "exp": datetime.now(UTC) + LIFETIME}
    return jwt.encode(claims, settings.signing_key, ALGORITHM)


def unseal(settings: Settings, cookie: str) -> Begun:
    """What `seal` made the cookie of.

    Raises:
        NotSignedIn: it is missing, spoilt or too old.
    """
    try:
        claims = jwt.decode(
            cookie,
            settings.signing_key,
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["exp", "aud", "state", "nonce", "verifier", "target"]},
        )
    except jwt.InvalidTokenError:
        raise NotSignedIn(
            "This sign-in took too long, or was begun in another browser. Start again."
        ) from None
    return Begun(*(str(claims[name]) for name in ("state", "nonce", "verifier", "target")))


class Provider:
    """The OpenID provider of the settings; keeps its description and keys for a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: dict[str, tuple[float, Claims]] = {}

    def address(self, begun: Begun) -> str:
        """Where the browser goes to sign in.

        Raises:
            Unavailable: the provider does not answer, or not as one.
        """
        endpoint = self._endpoint("authorization_endpoint")
        with self._client() as client:
            address, _ = client.create_authorization_url(
                endpoint, state=begun.state, code_verifier=begun.verifier, nonce=begun.nonce
            )
        return str(address)

    def claims(self, begun: Begun, answer: Mapping[str, str]) -> Claims:
        """What the provider vouches for, once all of it is checked; `answer` is its query.

        Raises:
            NotSignedIn: the answer is not the one to `begun`, or does not pass the checks.
            Unavailable: the provider does not answer, or not as one.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise _refused("another state")
        if answer.get("iss", self._issuer()) != self._issuer():
            raise _refused("another issuer answered")
        if "code" not in answer:
            raise NotSignedIn(f"{self._settings.oidc_label} did not sign you in. Start again.")
        with self._client() as client:
            token = self._token(client, begun, answer["code"])
            claims = self._checked(token, begun.nonce)
            return {**self._more(client, claims), **claims}

    def _token(self, client: OAuth2Client, begun: Begun, code: str) -> Claims:
        endpoint = self._endpoint("token_endpoint")
        try:
            token: Claims = client.fetch_token(
                endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=begun.verifier,
            )
        except AuthlibBaseError as error:
            raise _refused("the code is not taken", error) from None
        except (httpx2.HTTPError, ValueError) as error:
            raise _unavailable(error) from None
        return token

    def _checked(self, token: Claims, nonce: str) -> Claims:
        """The claims of the ID token: signature, issuer, audience, times and nonce are right."""
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise _refused("no ID token")
        expected = {
            "iss": {"essential": True, "value": self._issuer()},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
            "nonce": {"essential": True, "value": nonce},
            "exp": {"essential": True},
        }
        given = {"nonce": nonce, "client_id": self._settings.oidc_client_id}
        if "access_token" in token:
            given["access_token"] = token["access_token"]
        try:
            decoded = self._decoded(id_token)
            claims = CodeIDToken(decoded.claims, decoded.header, expected, given)
            claims.validate(leeway=LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as error:
            raise _refused("the ID token does not pass", error) from None
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise _refused("no subject")
        return claims  # type: ignore[no-any-return]  # a dict, from a library without types

    def _decoded(self, id_token: str) -> signed.Token:
        address = self._endpoint("jwks_uri")
        try:
            return signed.decode(id_token, self._keys(address), ALGORITHMS)
        except InvalidKeyIdError:  # signed with a key made since we asked
            self._kept.pop(address, None)
            return signed.decode(id_token, self._keys(address), ALGORITHMS)

    def _keys(self, address: str) -> KeySet:
        return KeySet.import_key_set(self._fetched(address))  # type: ignore[arg-type]  # JSON

    def _more(self, client: OAuth2Client, claims: Claims) -> Claims:
        """What some providers tell only when asked once more, of the same person."""
        if "email" in claims or "userinfo_endpoint" not in self._description():
            return {}
        try:
            answer = client.get(self._endpoint("userinfo_endpoint")).raise_for_status()
            more = answer.json()
        except (httpx2.HTTPError, AuthlibBaseError, ValueError) as error:
            raise _unavailable(error) from None
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise _refused("another subject")
        return more

    def _client(self) -> OAuth2Client:
        secret = self._settings.oidc_client_secret.get_secret_value()
        return OAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=secret or None,
            token_endpoint_auth_method=self._method(secret),
            scope=SCOPE,
            redirect_uri=f"{self._settings.public_url}{CALLBACK}",
            code_challenge_method="S256",
            leeway=0,
            timeout=TIMEOUT,
        )

    def _method(self, secret: str) -> str:
        """How we show our secret: in a header unless the provider takes only the other."""
        known = self._description().get("token_endpoint_auth_methods_supported")
        by_header = not isinstance(known, list) or "client_secret_basic" in known
        return ("client_secret_basic" if by_header else "client_secret_post") if secret else "none"

    def _issuer(self) -> str:
        return str(self._description()["issuer"])

    def _endpoint(self, name: str) -> str:
        address = self._description().get(name)
        scheme = "https://" if self._settings.oidc_issuer.startswith("https://") else "http"
        if not isinstance(address, str) or not address.startswith(scheme):
            raise _unavailable(ValueError(f"no usable {name}"))
        return address

    def _description(self) -> Claims:
        issuer = self._settings.oidc_issuer
        description = self._fetched(f"{issuer}/.well-known/openid-configuration")
        if str(description.get("issuer")).rstrip("/") != issuer:
            raise _unavailable(ValueError("the description is of another issuer"))
        return description

    def _fetched(self, address: str) -> Claims:
        """A JSON object of the provider's, asked for once in a while."""
        until, kept = self._kept.get(address, (0.0, {}))
        if time.monotonic() < until:
            return kept
        try:
            found = httpx2.get(address, timeout=TIMEOUT).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unavailable(error) from None
        if not isinstance(found, dict):
            raise _unavailable(ValueError("no JSON object"))
        self._kept[address] = (time.monotonic() + KEPT, found)
        return found


def _refused(reason: str, error: Exception | None = None) -> NotSignedIn:
    # The page says little; the operator finds the reason in the log, without token or code.
    told = str(getattr(error, "error", None) or type(error).__name__)  # such as invalid_client
    log.warning("single sign-on refused", reason=reason, error=told[:100])
    return NotSignedIn("The sign-in could not be confirmed. Start again.")


def _unavailable(error: Exception) -> Unavailable:
    log.error("the OpenID provider cannot be used", error=f"{type(error).__name__}: {error}"[:200])
    return Unavailable(
        "The single sign-on service cannot be reached just now. Try again in a moment, or sign in"
        " with your password."
    )
