"""The contract hm-kpis, row by row of its table, over HTTP; its tests share one shop."""

import base64
from collections.abc import Iterator

import httpx2
import jwt
import pytest

from contracts.people import NO_USERNAMES, PASSWORD, Account, account, bearer, credentials, said
from serving import Server

UNABLE = "Unable to login. Please ensure your credentials are correct or register a new account."
TAKEN = (
    "Username already exists. Please create a new username or login with your existing credentials."
)
INCOMPLETE = "Send username and password; neither may be empty."
NOT_JSON = (
    "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
)
MALFORMED = "The body is no JSON object with a text for each of its names."
AGES = "Send age_filtered_lst twice, as whole numbers: the youngest age and the oldest."
PEOPLE = "customer_id,gender,age\nc1,Male,20\nc2,F,30\nc3,,40\nc4,other,\nc5,female,80\n"
SALES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,p1,Pen,1,2024-01-05,10,only bought,\n1,p1,Pen,1,2024-01-05,10,c1,\n"
)
EVERYBODY = [
    {"age": 20, "customer_id": "c1", "gender": "MALE"},
    {"age": 30, "customer_id": "c2", "gender": "FEMALE"},
    {"age": 40, "customer_id": "c3", "gender": None},
    {"age": None, "customer_id": "c4", "gender": "OTHER"},
    {"age": 80, "customer_id": "c5", "gender": "FEMALE"},
    {"age": None, "customer_id": "only bought", "gender": None},
]
BASES = ["", "/api/v1"]
LOGIN, REGISTER, USERS = "/users/login", "/users/register", "/users"
GENDER, FILTER = "/customers/gender", "/customers/filter"


@pytest.fixture(scope="module")
def hm(old: Server) -> Iterator[httpx2.Client]:
    """A client that knows the base of the contract, and no more."""
    with httpx2.Client(base_url=f"{old.url}/compat/hm-kpis") as client:
        yield client


@pytest.fixture(scope="module")
def viewer(old: Server, owner: httpx2.Client) -> Account:
    return account(old, owner, "viewer")


def refusal(status: int, message: str) -> tuple[int, str, dict[str, str]]:
    return status, "application/json", {"message": message}


def basic(username: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def is_token_of(old: Server, username: str, answer: httpx2.Response) -> None:
    """Whether it is a bare token of somebody, which ends."""
    status, kind, token = said(answer)
    assert (status, kind) == (200, "text/html; charset=utf-8"), token
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, (old.home / "secret.key").read_text(), ["HS256"], audience=AUDIENCE)
    assert claims["username"] == username
    assert 0 < claims["exp"] - claims["iat"] <= 24 * 3600
    me = httpx2.get(f"{old.url}/api/users/me", headers=bearer(token)).json()
    assert (me["username"], me["role"], me["email"]) == (username, "viewer", None)


AUDIENCE = "tillsight-api"


# POST and GET /users/login, POST /users/register


@pytest.mark.parametrize("base", BASES)
def test_who_registers_or_signs_in_gets_a_bare_token(
    old: Server, hm: httpx2.Client, base: str
) -> None:
    name = f"ada{base.replace('/', '-')}"
    body = credentials(name)
    is_token_of(old, name, hm.post(base + REGISTER, json=body))
    is_token_of(old, name, hm.post(base + LOGIN, json=body))
    is_token_of(old, name, hm.request("GET", base + LOGIN, json=body))
    is_token_of(old, name, hm.get(base + LOGIN, headers=basic(name, PASSWORD)))
    is_token_of(old, name, hm.post(base + LOGIN, headers=basic(name, PASSWORD)))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.usefixtures("viewer")
def test_other_credentials_are_refused(hm: httpx2.Client, base: str, method: str) -> None:
    for body in (
        {**credentials("viewer"), "password": "another long password"},
        credentials("nobody at all"),
        credentials("viewer' OR '1'='1"),
        {"username": "viewer' --", "password": "x"},
    ):
        answer = hm.request(method, base + LOGIN, json=body)
        assert said(answer) == refusal(401, UNABLE)
    wrong = hm.request(method, base + LOGIN, headers=basic("viewer", "wrong"))
    assert said(wrong) == refusal(401, UNABLE)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.usefixtures("viewer")
def test_credentials_in_the_address_do_not_count(hm: httpx2.Client, method: str) -> None:
    answer = hm.request(method, LOGIN, params=credentials("viewer"))
    assert said(answer) == refusal(415, NOT_JSON)
    beside = hm.request(method, LOGIN, params=credentials("viewer"), json={})
    assert said(beside) == refusal(400, INCOMPLETE)
    if method == "POST":
        registering = hm.post(REGISTER, params=credentials("from-the-address"))
        assert said(registering) == refusal(415, NOT_JSON)


@pytest.mark.parametrize(("method", "path"), [("GET", LOGIN), ("POST", LOGIN), ("POST", REGISTER)])
def test_bodies_that_are_no_credentials_are_refused(
    hm: httpx2.Client, method: str, path: str
) -> None:
    form = hm.request(method, path, data=credentials("ada"))
    assert said(form) == refusal(415, NOT_JSON)
    assert said(hm.request(method, path)) == refusal(415, NOT_JSON)
    for content in ("{", "[]", '"x"', '{"username": 5, "password": "x"}'):
        headers = {"Content-Type": "application/json"}
        answer = hm.request(method, path, content=content, headers=headers)
        assert said(answer) == refusal(400, MALFORMED), content
    for body in (
        {},
        {"username": "", "password": ""},
        {"username": "  ", "password": PASSWORD},
        {"username": "ada"},
        {"password": PASSWORD},
        {"username": None, "password": None},
    ):
        assert said(hm.request(method, path, json=body)) == refusal(400, INCOMPLETE), body


@pytest.mark.usefixtures("viewer")
def test_a_username_is_registered_once(hm: httpx2.Client) -> None:
    for base in BASES:
        for name in ("viewer", "VIEWER", " viewer "):
            answer = hm.post(base + REGISTER, json=credentials(name))
            assert said(answer) == refusal(400, TAKEN)


def test_nobody_registers_with_more_than_a_username_and_a_password(hm: httpx2.Client) -> None:
    for more in ({"role": "admin"}, {"is_superuser": True}, {"id": 1}):
        status, _, body = said(hm.post(REGISTER, json={**credentials("climber"), **more}))
        assert (status, list(body)) == (400, ["message"])
        assert next(iter(more)) in body["message"]
    for password in ("short", "password1", "x" * 129):
        status, _, body = said(hm.post(REGISTER, json={"username": "weak", "password": password}))
        assert (status, list(body)) == (400, ["message"])
        assert "password" in body["message"].lower()
    for name in NO_USERNAMES:
        status, _, body = said(hm.post(REGISTER, json=credentials(name)))
        assert (status, list(body)) == (400, ["message"])
    for name in ("climber", "weak"):
        assert said(hm.post(LOGIN, json=credentials(name))) == refusal(401, UNABLE)


def test_who_was_switched_off_is_told_after_the_right_password(
    old: Server, owner: httpx2.Client, hm: httpx2.Client
) -> None:
    account(old, owner, "gone", is_active=False)
    wrong = {**credentials("gone"), "password": "another long password"}
    assert said(hm.post(LOGIN, json=wrong)) == refusal(401, UNABLE)
    told = said(hm.post(LOGIN, json=credentials("gone")))
    assert told == refusal(400, "Inactive user account")


# GET /users


@pytest.mark.parametrize("base", BASES)
def test_users_are_listed_for_admins_without_a_hash(
    old: Server, owner: httpx2.Client, hm: httpx2.Client, viewer: Account, base: str
) -> None:
    admin = {"Authorization": owner.headers["Authorization"]}
    manager = account(old, owner, f"manager{base.replace('/', '-')}", role="manager")
    for somebody in (viewer.headers, manager.headers):
        status, kind, body = said(hm.get(base + USERS, headers=somebody))
        assert (status, kind, list(body)) == (403, "application/json", ["message"])
        assert "admin" in body["message"]
    status, kind, body = said(hm.get(base + USERS, headers=admin))
    assert (status, kind, list(body)) == (200, "application/json", ["result"])
    assert {"id": viewer.id, "username": "viewer"} in body["result"]
    assert {key for one in body["result"] for key in one} == {"id", "username"}
    assert "$" not in str(body)  # every hash holds one


# GET /customers/gender and /customers/filter


@pytest.fixture(scope="module")
def filled(owner: httpx2.Client) -> None:
    for text in (PEOPLE, SALES):
        owner.post("/api/imports", files={"file": ("a.csv", text)}).raise_for_status()


def test_customers_of_an_empty_store(hm: httpx2.Client, viewer: Account) -> None:
    for base in BASES:
        for path in (GENDER, FILTER):
            answer = hm.get(base + path, headers=viewer.headers)
            assert said(answer) == (200, "application/json", {"result": []})


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("base", BASES)
def test_genders_are_told_once_in_capitals_and_descending(
    hm: httpx2.Client, viewer: Account, base: str
) -> None:
    genders = [{"gender": one} for one in ("OTHER", "MALE", "FEMALE")]
    answer = hm.get(base + GENDER, headers=viewer.headers)
    assert said(answer) == (200, "application/json", {"result": genders})


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["c1", "c2", "c3", "c4", "c5", "only bought"]),
        ({"gender_filtered_lst": ["FEMALE"]}, ["c2", "c5"]),
        ({"gender_filtered_lst": ["MALE", "OTHER"]}, ["c1", "c4"]),
        ({"gender_filtered_lst": ["nobody"]}, []),
        ({"gender_filtered_lst": ["x') UNION SELECT password_hash, 1, 1 FROM users --"]}, []),
        ({"age_filtered_lst": ["20", "40"]}, ["c1", "c2", "c3"]),
        ({"age_filtered_lst": ["40", "40"]}, ["c3"]),
        ({"age_filtered_lst": ["40", "20"]}, []),
        ({"age_filtered_lst": ["0", "100"]}, ["c1", "c2", "c3", "c5"]),
        ({"gender_filtered_lst": ["FEMALE"], "age_filtered_lst": ["30", "79"]}, ["c2"]),
        (
            {"gender_filtered_lst": ["FEMALE", "MALE"], "age_filtered_lst": ["20", "80"]},
            ["c1", "c2", "c5"],
        ),
    ],
)
def test_customers_are_found_by_gender_and_age(
    hm: httpx2.Client, viewer: Account, base: str, asked: dict[str, list[str]], found: list[str]
) -> None:
    answer = hm.get(base + FILTER, params=asked, headers=viewer.headers)
    rows = [one for one in EVERYBODY if one["customer_id"] in found]
    assert said(answer) == (200, "application/json", {"result": rows})


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "ages",
    [
        ["20"],
        ["1", "2", "3"],
        ["a", "b"],
        ["-1", "5"],
        ["1.5", "2"],
        ["", ""],
        ["9" * 10, "1"],
        ["٣", "٤"],
        ["0", "99 UNION SELECT id, username, password_hash FROM users"],
        ["0) UNION SELECT 1, password_hash, username FROM users --", "99"],
    ],
)
def test_ages_are_two_whole_numbers_and_never_a_statement(
    hm: httpx2.Client, viewer: Account, ages: list[str]
) -> None:
    for base in BASES:
        answer = hm.get(base + FILTER, params={"age_filtered_lst": ages}, headers=viewer.headers)
        assert said(answer) == refusal(400, AGES)


@pytest.mark.usefixtures("filled")
def test_everybody_has_no_cap(owner: httpx2.Client, hm: httpx2.Client, viewer: Account) -> None:
    """That product told of 1000 customers at most; ours writes them part by part."""
    text = "customer_id,gender,age\n" + "".join(f"x{n:05},f,101\n" for n in range(12_000))
    owner.post("/api/imports", files={"file": ("a.csv", text)}).raise_for_status()
    ages = {"age_filtered_lst": ["101", "101"]}
    answer = hm.get(FILTER, params=ages, headers=viewer.headers)
    found = [one["customer_id"] for one in answer.json()["result"]]
    assert found == [f"x{n:05}" for n in range(12_000)]


# Strangers, and what is no path of the contract


@pytest.mark.parametrize("base", BASES)
def test_strangers_are_asked_for_a_token(hm: httpx2.Client, base: str) -> None:
    for path in (USERS, GENDER, FILTER):
        assert said(hm.get(base + path)) == refusal(401, "Not authenticated")
        for wrong in ("Bearer a.b.c", "Bearer nothing", "Bearer", "Basic YTpi", "JWT x"):
            answer = hm.get(base + path, headers={"Authorization": wrong})
            assert said(answer) == refusal(401, "Could not validate credentials")


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    "path", ["/subscriptions", "/revenue", "/customers/age", "/products", "/products/1", "/nothing"]
)
def test_what_is_history_is_not_there(
    hm: httpx2.Client, viewer: Account, base: str, path: str
) -> None:
    status, kind, body = said(hm.get(base + path, headers=viewer.headers))
    assert (status, kind, list(body)) == (404, "application/json", ["message"])


@pytest.mark.parametrize("base", BASES)
def test_other_verbs_are_refused_in_the_envelope(
    hm: httpx2.Client, viewer: Account, base: str
) -> None:
    for method, path in (
        ("PUT", LOGIN),
        ("GET", REGISTER),
        ("POST", USERS),
        ("DELETE", GENDER),
        ("POST", FILTER),
    ):
        status, kind, body = said(hm.request(method, base + path, headers=viewer.headers))
        assert (status, kind, list(body)) == (405, "application/json", ["message"])


def test_the_description_is_where_it_was(hm: httpx2.Client) -> None:
    """The page at the base, the description at /swagger.json, for strangers too."""
    page = hm.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "swagger-ui" in page.text
    usual = said(hm.get("/openapi.json"))
    assert usual[:2] == (200, "application/json")
    for base in BASES:
        assert said(hm.get(f"{base}/swagger.json")) == usual
    paths = {LOGIN, REGISTER, USERS, GENDER, FILTER}
    assert set(usual[2]["paths"]) == paths
    assert {method for one in usual[2]["paths"].values() for method in one} == {"get", "post"}
