"""The contract product-catalog, row by row of its table, over HTTP; its tests share one shop."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import jwt
import pytest

from contracts.people import NO_USERNAMES, PASSWORD, Account, account, bearer, credentials, said
from serving import EMAIL, Server
from serving import PASSWORD as OWNERS_PASSWORD

COLUMNS = "product_id,product_name,category,price,quantity_sold,rating,review_count"
DONE = {"msg": "Data uploaded successfully"}
REQUIRED = {"msg": "Username and password are required"}
WRONG = {"msg": "Invalid username or password"}
NO_TOKEN = {"msg": "Missing or invalid token"}
NO_FILE, NO_NAME = {"msg": "No file part"}, {"msg": "No selected file"}


@pytest.fixture(scope="module")
def catalog(old: Server) -> Iterator[httpx2.Client]:
    """A client that knows the base of the contract, and no more."""
    with httpx2.Client(base_url=f"{old.url}/compat/product-catalog") as client:
        yield client


@pytest.fixture(scope="module")
def viewer(old: Server, owner: httpx2.Client) -> Account:
    return account(old, owner, "viewer")


def told(status: int, body: object) -> tuple[int, str, object]:
    return status, "application/json", body


# POST /signup, POST /login


def test_who_signs_up_signs_in(old: Server, catalog: httpx2.Client) -> None:
    body = credentials("ada")
    assert said(catalog.post("/signup", json=body)) == told(
        201, {"msg": "User created successfully"}
    )
    status, kind, answer = said(catalog.post("/login", json=body))
    assert (status, kind, list(answer)) == (200, "application/json", ["access_token"])
    key = (old.home / "secret.key").read_text()
    claims = jwt.decode(answer["access_token"], key, ["HS256"], audience="tillsight-api")
    assert claims["sub"] == "ada"
    assert 0 < claims["exp"] - claims["iat"] <= 24 * 3600
    mine = catalog.get("/protected", headers=bearer(answer["access_token"]))
    assert said(mine) == told(200, {"logged_in_as": "ada"})


@pytest.mark.parametrize("path", ["/signup", "/login"])
def test_both_are_required(catalog: httpx2.Client, path: str) -> None:
    for body in (
        {},
        {"username": "ben"},
        {"password": PASSWORD},
        {"username": "", "password": ""},
        {"username": "ben", "password": ""},
        {"username": " ", "password": PASSWORD},
        {"username": None, "password": None},
    ):
        assert said(catalog.post(path, json=body)) == told(400, REQUIRED), body
    for content in ({"data": credentials("ben")}, {}, {"params": credentials("ben")}):
        status, kind, answer = said(catalog.post(path, **content))
        assert (status, kind, list(answer)) == (415, "application/json", ["msg"])
    headers = {"Content-Type": "application/json"}
    for text in ("{", "[]", '{"username": 1, "password": {}}', '{"a": 1, "a": 2}', "[" * 15_000):
        status, kind, answer = said(catalog.post(path, content=text, headers=headers))
        assert (status, kind, list(answer)) == (400, "application/json", ["msg"])


@pytest.mark.parametrize("path", ["/signup", "/login"])
def test_long_bodies_are_refused_in_the_envelope(catalog: httpx2.Client, path: str) -> None:
    for size in (20_000, 2_000_000):
        body = {"username": "x" * size, "password": PASSWORD}
        status, kind, answer = said(catalog.post(path, json=body))
        assert (status, kind, list(answer)) == (413, "application/json", ["msg"])


@pytest.mark.usefixtures("viewer")
def test_a_username_is_taken_once(catalog: httpx2.Client) -> None:
    for name in ("viewer", "Viewer", "viewer "):
        answer = catalog.post("/signup", json=credentials(name))
        assert said(answer) == told(400, {"msg": "Username already exists"})


def test_nobody_signs_up_with_more_than_a_username_and_a_password(catalog: httpx2.Client) -> None:
    for body in (
        {**credentials("climber"), "role": "admin"},
        {**credentials("climber"), "is_superuser": True},
        {"username": "climber", "password": "short"},
        *({"username": name, "password": PASSWORD} for name in NO_USERNAMES),
    ):
        status, kind, answer = said(catalog.post("/signup", json=body))
        assert (status, kind, list(answer)) == (400, "application/json", ["msg"])
        assert PASSWORD not in answer["msg"]
    assert said(catalog.post("/login", json=credentials("climber"))) == told(401, WRONG)


@pytest.mark.usefixtures("viewer")
def test_other_credentials_are_refused(catalog: httpx2.Client) -> None:
    for body in (
        {**credentials("viewer"), "password": "another long password"},
        credentials("nobody at all"),
        credentials("viewer' OR '1'='1"),
    ):
        assert said(catalog.post("/login", json=body)) == told(401, WRONG)


def test_who_was_switched_off_is_told_after_the_right_password(
    old: Server, owner: httpx2.Client, catalog: httpx2.Client
) -> None:
    account(old, owner, "gone", is_active=False)
    wrong = {**credentials("gone"), "password": "another long password"}
    assert said(catalog.post("/login", json=wrong)) == told(401, WRONG)
    right = said(catalog.post("/login", json=credentials("gone")))
    assert right == told(400, {"msg": "Inactive user account"})


def test_an_account_with_an_address_signs_in_by_either(catalog: httpx2.Client) -> None:
    for login in (EMAIL, EMAIL.partition("@")[0]):
        body = {"username": login, "password": OWNERS_PASSWORD}
        token = catalog.post("/login", json=body).json()["access_token"]
        mine = catalog.get("/protected", headers=bearer(token))
        assert said(mine) == told(200, {"logged_in_as": EMAIL.partition("@")[0]})


# GET /protected, and tokens


def test_every_token_error_has_one_text(old: Server, catalog: httpx2.Client) -> None:
    catalog.post("/signup", json=credentials("carl"))
    good = catalog.post("/login", json=credentials("carl")).json()["access_token"]
    ended = catalog.post("/login", json=credentials("carl")).json()["access_token"]
    out = httpx2.post(f"{old.url}/api/auth/logout", headers=bearer(ended))
    assert out.status_code == 200
    key, typ = (old.home / "secret.key").read_text(), {"typ": "at+jwt"}
    claims = jwt.decode(good, options={"verify_signature": False})
    as_it_was = jwt.encode(claims, key, "HS256", typ)
    assert catalog.get("/protected", headers=bearer(as_it_was)).status_code == 200
    endless = {name: value for name, value in claims.items() if name != "exp"}
    worthless = [
        jwt.encode({**claims, "exp": int(time.time()) - 1}, key, "HS256", typ),
        jwt.encode(endless, key, "HS256", typ),
        jwt.encode(claims, "another key of thirty-two characters", "HS256", typ),
        jwt.encode(claims, None, "none", typ),
        jwt.encode({**claims, "sid": 10**6}, key, "HS256", typ),
        ended,
        good[:-5],
        "a.b.c",
        "x",
    ]
    shown = [f"Bearer {one}" for one in worthless]
    for authorization in (*shown, "Bearer", "Basic YTpi", good, f"JWT {good}"):
        answer = catalog.get("/protected", headers={"Authorization": authorization})
        assert said(answer) == told(401, NO_TOKEN), authorization
    for method, path in (("GET", "/protected"), ("POST", "/upload")):
        assert said(catalog.request(method, path)) == told(401, NO_TOKEN)
        asked = catalog.request(method, path, params={"token": good, "access_token": good})
        assert said(asked) == told(401, NO_TOKEN)


# POST /upload


def upload(
    catalog: httpx2.Client, who: Account, text: str | bytes, name: str = "products.csv"
) -> httpx2.Response:
    return catalog.post("/upload", files={"file": (name, text)}, headers=who.headers)


def rows(owner: httpx2.Client, *ids: str) -> list[tuple[Any, ...]]:
    """What our own API tells of these products, in the order of the file's columns."""
    found = [owner.get(f"/api/products/{one}") for one in ids]
    return [tuple(one.json()[name] for name in COLUMNS.split(",")) for one in found if one]


def is_unknown(owner: httpx2.Client, *ids: str) -> bool:
    return [owner.get(f"/api/products/{one}").status_code for one in ids] == [404] * len(ids)


def test_products_are_added_and_updated(
    catalog: httpx2.Client, owner: httpx2.Client, viewer: Account
) -> None:
    first = f"{COLUMNS}\n1001,Pen,Office,1.25,7,4.5,3\nu2,Cup,Home,2,0,0,0\n"
    assert said(upload(catalog, viewer, first)) == told(200, DONE)
    pen = ("1001", "Pen", "Office", 1.25, 7, 4.5, 3)
    cup = ("u2", "Cup", "Home", 2.0, 0, 0.0, 0)
    assert rows(owner, "1001", "u2") == [pen, cup]
    second = f"{COLUMNS}\n1001,Biro,Desk,2.0,8.0,5,4\nu3,Lamp,Home,2,8,5,4\n"
    assert said(upload(catalog, viewer, second)) == told(200, DONE)
    biro = ("1001", "Biro", "Desk", 2.0, 8, 5.0, 4)
    assert rows(owner, "1001", "u2", "u3") == [biro, cup, ("u3", "Lamp", "Home", 2.0, 8, 5.0, 4)]


def test_a_known_file_answers_as_a_new_one(
    catalog: httpx2.Client, owner: httpx2.Client, viewer: Account
) -> None:
    text = f"{COLUMNS}\nknown,Pen,Office,1,7,4,3\n"
    assert said(upload(catalog, viewer, text)) == told(200, DONE)
    before = owner.get("/api/imports").json()["imports"]
    for name in ("products.csv", "another-name.csv"):
        assert said(upload(catalog, viewer, text, name)) == told(200, DONE)
    assert owner.get("/api/imports").json()["imports"] == before


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("more-columns", f"colour,date,{COLUMNS},quantity\nred,x,?,Pen,Home,1,7,4,3,many\n"),
        ("another-order", f"{','.join(reversed(COLUMNS.split(',')))}\n3,4,7,1,Home,Pen,?\n"),
        ("byte-order-mark", f"\ufeff{COLUMNS}\n?,Pen,Home,1,7,4,3\n"),
        ("line-ends-of-windows", f"{COLUMNS}\r\n?,Pen,Home,1,7,4,3\r\n"),
        ("quotes", f'{COLUMNS}\n"?","Pen","Home","1","7","4","3"\n'),
    ],
)
def test_files_are_taken_as_they_are(
    catalog: httpx2.Client, owner: httpx2.Client, viewer: Account, kind: str, text: str
) -> None:
    assert said(upload(catalog, viewer, text.replace("?", kind))) == told(200, DONE)
    assert rows(owner, kind) == [(kind, "Pen", "Home", 1.0, 7, 4.0, 3)]


def test_what_is_wrong_is_told_in_this_order(catalog: httpx2.Client, viewer: Account) -> None:
    """Nobody, no file, no name, a column, then the cells."""
    assert said(catalog.post("/upload", files={"file": ("a.csv", "x")})) == told(401, NO_TOKEN)
    headers = viewer.headers
    for content in (
        {},
        {"json": {"file": "x"}},
        {"data": {"file": COLUMNS}},
        {"files": {"data": ("a.csv", f"{COLUMNS}\n")}},
        {"data": {"file": "as text"}, "files": {"x": ("x", "")}},
        {"content": COLUMNS, "headers": {**headers, "Content-Type": "text/csv"}},
    ):
        answer = catalog.post("/upload", **{"headers": headers, **content})
        assert said(answer) == told(400, NO_FILE), content
    unnamed = (
        '--X\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n--X--\r\n"
    )
    form = {**headers, "Content-Type": "multipart/form-data; boundary=X"}
    assert said(catalog.post("/upload", content=unnamed, headers=form)) == told(400, NO_NAME)
    names = COLUMNS.split(",")
    for place, missing in enumerate(names):
        # What comes after it is missing, too: the first is told, in the order of the table.
        header = ",".join(reversed(names[:place])) or "other"
        answer = upload(catalog, viewer, f"{header}\n{',' * place}x\n")
        assert said(answer) == told(400, {"msg": f"Missing column: {missing}"})


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("bad,,Office,1,7,4.5,3", "product_name", ""),
        ("bad,Pen,,1,7,4.5,3", "category", ""),
        ("bad,Pen,Office,,7,4.5,3", "price", ""),
        ("bad,Pen,Office,1,,4.5,3", "quantity_sold", ""),
        ("bad,Pen,Office,1,7,,3", "rating", ""),
        ("bad,Pen,Office,1,7,4.5,", "review_count", ""),
        (",Pen,Office,1,7,4.5,3", "product_id", ""),
        ("bad,Pen,Office,cheap,7,4.5,3", "price", "cheap"),
        ("bad,Pen,Office,1,many,4.5,3", "quantity_sold", "many"),
        ("bad,Pen,Office,1,2.5,4.5,3", "quantity_sold", "2.5"),
        ("bad,Pen,Office,1,7,good,3", "rating", "good"),
        ("bad,Pen,Office,1,7,4.5,few", "review_count", "few"),
        ("bad,Pen,Office,-1,7,4.5,3", "price", "-1"),
        ("bad,Pen,Office,1,-7,4.5,3", "quantity_sold", "-7"),
        ("bad,Pen,Office,1,7,99,3", "rating", "99"),
        ("bad,Pen,Office,1,7,4.5,-3", "review_count", "-3"),
        ("bad,Pen,Office,nan,7,4.5,3", "price", "nan"),
        ("bad,Pen,Office,inf,7,4.5,3", "price", "inf"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_and_nothing_is_stored(
    catalog: httpx2.Client,
    owner: httpx2.Client,
    viewer: Account,
    row: str,
    column: str,
    value: str,
) -> None:
    """Not the hundreds of good rows before it either."""
    good = "".join(f"good{n},Pen,Office,1,7,4.5,3\n" for n in range(150))
    status, kind, body = said(upload(catalog, viewer, f"{COLUMNS}\n{good}{row}\n"))
    assert (status, kind, list(body)) == (400, "application/json", ["msg"])
    assert f"line 152, column {column}:" in body["msg"]
    assert value in body["msg"]
    assert is_unknown(owner, "bad", "good0", "good149")


def test_the_last_row_of_an_id_counts(
    catalog: httpx2.Client, owner: httpx2.Client, viewer: Account
) -> None:
    """That product lost a hundred rows then, and answered with a statement."""
    text = (
        f"{COLUMNS}\ntwice,Pen,Office,1,7,4,3\nonce,Pen,Office,1,7,4,3\ntwice,Biro,Desk,2,8,5,4\n"
    )
    assert said(upload(catalog, viewer, text)) == told(200, DONE)
    biro, pen = ("Biro", "Desk", 2.0, 8, 5.0, 4), ("Pen", "Office", 1.0, 7, 4.0, 3)
    assert rows(owner, "twice", "once") == [("twice", *biro), ("once", *pen)]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", COLUMNS.encode(), b"PK\x03\x04broken", b"\xff\xfe"]
)
def test_what_is_no_file_of_products_is_refused(
    catalog: httpx2.Client, viewer: Account, content: bytes
) -> None:
    status, kind, body = said(upload(catalog, viewer, content))
    assert (status, kind, list(body)) == (400, "application/json", ["msg"])


def test_malformed_forms_are_refused_in_the_envelope(
    catalog: httpx2.Client, viewer: Account
) -> None:
    for kind, content in (
        ("multipart/form-data", "--X\r\n"),
        ("multipart/form-data; boundary=X", "no form at all"),
        ("multipart/form-data; boundary=X", '--X\r\nContent-Disposition: form-data; name="file"'),
    ):
        headers = {**viewer.headers, "Content-Type": kind}
        answer = said(catalog.post("/upload", content=content, headers=headers))
        assert (answer[0], answer[1], list(answer[2])) == (400, "application/json", ["msg"])
    files = [("file", ("a.csv", f"{COLUMNS}\n")), ("file", ("b.csv", f"{COLUMNS}\n"))]
    status, kind, body = said(catalog.post("/upload", files=files, headers=viewer.headers))
    assert (status, kind, list(body)) == (400, "application/json", ["msg"])


# What is no path of the contract


def test_other_verbs_and_addresses_have_the_envelope(
    catalog: httpx2.Client, viewer: Account
) -> None:
    for method, path, status in (
        ("GET", "/signup", 405),
        ("GET", "/login", 405),
        ("GET", "/upload", 405),
        ("POST", "/protected", 405),
        ("GET", "/nothing", 404),
    ):
        answer = said(catalog.request(method, path, headers=viewer.headers))
        assert (answer[0], answer[1], list(answer[2])) == (status, "application/json", ["msg"])
