"""A small OpenID provider, run as a process of its own: whoever asks is signed in as told.

`PUT /told` says who that is and what to do wrong: `{"claims": {...}, "fault": "..."}`.
"""

import json
import secrets
import sys
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "tillsight", "s3cret:of/the client"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
NEWER = RSAKey.generate_key(2048, {"kid": "newer", "use": "sig", "alg": "RS256"})
told: dict = {"claims": {}, "fault": ""}
codes: dict[str, dict[str, str]] = {}
published = [KEY]


class Provider(BaseHTTPRequestHandler):
    """Discovery, keys, authorize, token and userinfo."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def answer(self, body: object, status: int = 200) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_PUT(self) -> None:
        told.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if told["fault"] == "new key" and NEWER not in published:
            published.append(NEWER)
        self.answer({})

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/.well-known/openid-configuration":
            self.answer(self.description())
        elif address.path == "/jwks":
            self.answer({"keys": [key.as_dict(private=False) for key in published]})
        elif address.path == "/userinfo":
            self.answer({"sub": told["claims"]["sub"], **told.get("more", {})})
        elif address.path == "/authorize":
            self.authorize(asked)
        else:
            self.answer({}, 404)

    def description(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    def authorize(self, asked: dict[str, str]) -> None:
        wanted = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        if {name: asked.get(name) for name in wanted} != wanted or "openid" not in asked["scope"]:
            self.answer({"error": "invalid_request"}, 400)
            return
        back = {"state": asked["state"], "iss": self.issuer}
        if told["fault"] == "denied":
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_urlsafe()
            codes[back["code"]] = asked
        if told["fault"] == "other issuer":
            back["iss"] = "https://evil.example"
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = codes.pop(form.get("code", ""), None)
        scheme, _, pair = self.headers.get("Authorization", "").partition(" ")
        user, _, password = b64decode(pair).decode().partition(":")
        if scheme != "Basic" or (unquote(user), password) != (CLIENT, SECRET):
            self.answer({"error": "invalid_client"}, 401)
        elif asked is None or not self.proves(asked, form):
            self.answer({"error": "invalid_grant"}, 400)
        else:
            token = {"access_token": secrets.token_urlsafe(), "token_type": "Bearer"}
            self.answer({**token, "expires_in": 60, "id_token": self.id_token(asked)})

    def proves(self, asked: dict[str, str], form: dict[str, str]) -> bool:
        digest = sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = asked["redirect_uri"] == form["redirect_uri"]
        return same and asked["code_challenge"] == challenge

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
            **told["claims"],
        }
        fault = told["fault"]
        if fault == "no nonce":
            del claims["nonce"]
        if fault == "expired":
            claims |= {"iat": now - 7200, "exp": now - 3600}
        if fault == "alg none":
            parts = ({"alg": "none"}, claims)
            text = [urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
            return b".".join([*text, b""]).decode()
        if fault == "our secret":
            key = OctKey.import_key(SECRET)
            return jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
        key = {"bad signature": OTHER, "new key": NEWER}.get(fault, KEY)
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
