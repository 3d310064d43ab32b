"""Who may do what: every role against every route the application has, hidden ones included."""

import re

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from httpx2 import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from api_shop import SALES, Api
from mail_server import wait_for
from shop import HEADER
from tillsight.accounts.access import ACCESS, open_to_strangers
from tillsight.accounts.models import Role
from tillsight.api.access import GuardedRoute, Unguarded, guard
from tillsight.api.app import create_api
from tillsight.errors import TillsightError
from tillsight.server import Doorkeeper
from tillsight.settings import Contract

PURCHASE = {"customer": "Ada", "date": "2024-05-01", "amount": 1}
BODIES = {
    "POST /api/circles": {"json": {"name": "Another"}},
    "POST /api/kpis/{kpi_id}/restatements/accept": {"json": {}},
    "POST /api/purchases": {"json": PURCHASE},
}
MULTIPART = {"POST /api/imports": {"files": {"file": ("b.csv", SALES.replace("Pen", "Quill"))}}}
QUERIES = {
    "GET /api/metrics/query": "?measures=revenue",
    "GET /api/metrics/explain": "?measure=revenue&from=2024-01-01",
}
ENDS_THE_SESSION = {
    "POST /api/auth/logout",
    "POST /api/auth/logout-all",
    "DELETE /api/auth/sessions/{session_id}",
    "POST /signout",
}


def guarded(api: Api) -> list[GuardedRoute]:
    """Every route of the application, once for each of its methods."""
    app = create_api(api.shop.settings, api.shop.database, api.shop.warehouse)
    [found] = [one.kwargs["routes"] for one in app.user_middleware if "routes" in one.kwargs]
    return found


@pytest.fixture
def filled(sold: Api) -> Api:
    """A shop where number 1 of everything exists and is the editor's or the manager's own."""
    made = sold.client.post("/api/circles", json={"name": "Sales"}, headers=sold.as_("manager"))
    assert made.json()["id"] == 1
    keep_a_kpi(sold)
    bought = sold.client.post("/api/purchases", json=PURCHASE, headers=sold.as_("editor"))
    assert bought.json()["id"] == 1
    sold.get("/api/forecasts", measure="revenue")
    wait_for(lambda: sold.get("/api/forecasts/track-record")["forecasts"])
    return sold


def keep_a_kpi(api: Api) -> None:
    """One that is not active, so that nobody can delete its value."""
    manager = api.as_("manager")
    kpi = {"name": "Orders", "circle_id": 1, "periodicity": "yearly", "unit": "amount"}
    value = {"period": "2024", "value": 5}
    assert api.client.post("/api/kpis", json=kpi | {"target_value": 9}, headers=manager).is_success
    assert api.client.post("/api/kpis/1/values", json=value, headers=manager).is_success
    assert api.client.patch("/api/kpis/1", json={"active": False}, headers=manager).is_success


def ask(api: Api, route: GuardedRoute, role: str | None) -> Response:
    """What somebody gets who asks for number 1."""
    path = route.key.partition(" ")[2]
    url = re.sub(r"{\w+(:path)?}", "1", path) + QUERIES.get(route.key, "")
    content = BODIES.get(route.key) or MULTIPART.get(route.key) or {}
    headers = api.as_(role) if role else {}
    return api.client.request(route.method, url, headers=headers, follow_redirects=False, **content)


def turned_away(answer: Response) -> bool:
    """Whether the door refused, not the room: wrong credentials, for one, are 401 as well."""
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/signin?next=")
    said = answer.text if answer.status_code in {401, 403} else ""
    return "Not authenticated" in said or "This needs the role" in said


def is_right(route: GuardedRoute, role: Role | None, answer: Response) -> bool:
    """Whether this is what the table says."""
    least = route.rule.role
    if least is None or (role and role.includes(least)):
        further = bool(route.rule.note) and role is not Role.admin
        further = further or least is None  # a setting may close what is open to everybody
        bad = {405} | (set() if route.key in MISSING else {404}) | (set() if further else {403})
        return not turned_away(answer) and answer.status_code not in bad
    if role is None:
        page = not route.key.split(" ")[1].startswith(("/api", "/compat"))
        return turned_away(answer) and answer.status_code == (303 if page else 401)
    return answer.status_code == 403 and (turned_away(answer) or not answer.content)


def test_every_role_gets_what_the_table_gives_it_and_nothing_else(filled: Api) -> None:
    routes = [one for one in guarded(filled) if one.key not in ENDS_THE_SESSION]
    assert len(routes) > 50
    wrong = []
    for role in (None, *Role):
        for route in routes:
            answer = ask(filled, route, role)
            if not is_right(route, role, answer):
                wrong.append((role, route.key, route.method, answer.status_code))
    assert wrong == []


MISSING = {
    "GET /metrics",  # there only for this machine itself, or with a token of their own
    "GET /api/imports/{import_id}/rejects",  # no row of it was skipped
    "DELETE /api/imports/profiles/{profile_id}",
    "DELETE /api/questions/{name}",
    "GET /api/customers/{customer_id:path}",
    "GET /api/customers/{customer_id:path}/export",
    "GET /api/products/{product_id:path}",
    "DELETE /api/products/{product_id:path}",
    "GET /api/docs/files",  # a folder
    "DELETE /api/circles/{circle_id}/members/{user_id}",
    "DELETE /api/users/me/keys/{key_id}",
    "DELETE /api/notes/{note_id}",
    "GET /api/views/{view_id}",
    "PATCH /api/views/{view_id}",
    "DELETE /api/views/{view_id}",
    "DELETE /api/forecasts/calendar/corrections/{correction_id}",
}


def test_ending_ones_own_session_is_everybodys_right(api: Api) -> None:
    for role in Role:
        assert api.client.post("/api/auth/logout", headers=api.as_(str(role))).status_code == 200
    assert api.client.post("/api/auth/logout").status_code == 401
    assert api.client.post("/signout", follow_redirects=False).status_code == 303


def test_every_entry_has_a_route_and_every_route_an_entry(api: Api) -> None:
    """With everything switched on that has routes of its own."""
    all_on = api.shop.settings.model_copy(
        update={
            "oidc_issuer": "https://login.example.com",
            "oidc_client_id": "tillsight",
            "compat": [*Contract],
        }
    )
    app = create_api(all_on, api.shop.database, api.shop.warehouse)
    mounted = [route.app for route in app.routes if isinstance(route, Mount)]
    apps = [app, *(one for one in mounted if isinstance(one, FastAPI))]
    found = [middleware for one in apps for middleware in one.user_middleware]
    routes = [one.kwargs["routes"] for one in found if "routes" in one.kwargs]
    assert len(routes) == len(apps)
    assert {route.key for some in routes for route in some} == ACCESS.keys()


@pytest.mark.parametrize("hidden", [True, False])
def test_a_route_without_an_entry_stops_the_start(hidden: bool) -> None:
    app, router = FastAPI(), APIRouter(prefix="/api/nobody")

    @router.post("/decided/{id}", include_in_schema=not hidden)
    def decide(id: int) -> int:
        return id

    app.include_router(router)
    with pytest.raises(Unguarded, match=re.escape("POST /api/nobody/decided/{id}")):
        guard(app)


def test_neither_mounts_nor_sockets_slip_by() -> None:
    app = FastAPI(openapi_url=None)
    app.mount("/api/secrets", StaticFiles(directory="."))
    with pytest.raises(Unguarded, match="GET /api/secrets"):
        guard(app)
    app = FastAPI(openapi_url=None)

    @app.websocket("/api/live")
    async def live() -> None: ...

    with pytest.raises(Unguarded, match="WEBSOCKET /api/live"):
        guard(app)


def test_an_application_with_refusals_of_its_own_is_guarded_by_itself(api: Api) -> None:
    contract, outer = FastAPI(openapi_url=None), FastAPI(openapi_url=None)

    @contract.get("/protected")
    def protected() -> str:
        return "let in"

    def refuse(_request: Request, error: TillsightError) -> JSONResponse:
        return JSONResponse({"msg": error.message}, error.status)

    base = "/compat/product-catalog"
    guard(contract, base, refuse)
    outer.mount(base, contract)
    guard(outer)
    doors = Doorkeeper(outer, api.shop.settings, api.shop.database)
    with TestClient(doors) as client:
        answer = client.get(f"{base}/protected", headers=api.as_("viewer"))
        assert (answer.status_code, answer.json()) == (200, "let in")
        assert client.get(f"{base}/protected").status_code == 401
        wrong = client.post(f"{base}/protected", headers=api.as_("viewer"))
        assert wrong.status_code == 405
        assert "msg" in wrong.json()
    with TestClient(outer) as client:  # without the doorkeeper there is nobody
        refused = client.get(f"{base}/protected")
        assert (refused.status_code, refused.json()) == (401, {"msg": "Not authenticated"})


def test_another_method_of_a_known_path_is_405(api: Api) -> None:
    answer = api.client.put("/api/circles", headers=api.as_("admin"))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert api.client.put("/api/circles").status_code == 401


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (None, "/api/imports", 401),
        ("viewer", "/api/imports", 403),
        (None, "/api/circles", 401),
    ],
)
def test_nobody_makes_the_server_read_a_body_they_may_not_send(
    api: Api, role: str | None, path: str, status: int
) -> None:
    read = []

    def body():
        for _ in range(100):
            read.append(1)
            yield b"x" * 100_000

    app = create_api(api.shop.settings, api.shop.database, api.shop.warehouse)
    headers = {"Content-Type": "application/json", **(api.as_(role) if role else {})}
    taken = []

    async def counting(scope, receive, send):
        async def receiving():
            message = await receive()
            taken.append(message["type"])
            return message

        await Doorkeeper(app, api.shop.settings, api.shop.database)(scope, receiving, send)

    with TestClient(counting) as client:
        taken.clear()
        assert client.post(path, content=body(), headers=headers).status_code == status
        assert "http.request" not in taken


def test_what_is_open_is_open_by_its_whole_path() -> None:
    assert open_to_strangers("/api/auth/login")
    for path in ("/api/auth/login/x", "/x/api/auth/login", "/api/users", "/signinx", "/api/docs"):
        assert not open_to_strangers(path)


NUMBERED = [
    ("GET", "/api/imports/{}"),
    ("DELETE", "/api/imports/{}"),
    ("POST", "/api/imports/{}/redo"),
    ("GET", "/api/imports/{}/rejects"),
    ("GET", "/api/purchases/{}"),
    ("DELETE", "/api/purchases/{}"),
    ("POST", "/api/purchases/{}/redo"),
    ("GET", "/api/circles/{}"),
    ("PATCH", "/api/circles/{}"),
    ("PUT", "/api/circles/{}/members/1"),
    ("PUT", "/api/circles/1/members/{}"),
    ("DELETE", "/api/circles/{}/members/1"),
    ("DELETE", "/api/circles/1/members/{}"),
]


@pytest.mark.parametrize("role", list(Role))
def test_ids_that_are_nobodys_are_refused_plainly(filled: Api, role: Role) -> None:
    for method, path in NUMBERED:
        content = {"json": {"name": "x"}} if method == "PATCH" else {}
        for number, status in (("999", 404), ("0", 422), ("-1", 422), ("9" * 30, 422), ("x", 422)):
            answer = filled.client.request(
                method, path.format(number), headers=filled.as_(role), **content
            )
            least = ACCESS[f"{method} {known(path)}"].role
            assert answer.status_code == (status if role.includes(least) else 403), answer.text


def known(path: str) -> str:
    """The template of a path."""
    kinds = {"imports": ["import_id"], "purchases": ["purchase_id"]}
    names = iter(kinds.get(path.split("/")[2], ["circle_id", "user_id"]))
    return re.sub(r"{}|(?<=/)1(?=/|$)", lambda _: f"{{{next(names)}}}", path)


def test_somebody_elses_import_cannot_be_undone(filled: Api) -> None:
    other = HEADER + "9,p9,Hat,1,2024-05-05,7,c9,France\n"
    assert filled.upload(other, role="manager").json()["id"] == 2
    for method, path in (("DELETE", "/api/imports/2"), ("POST", "/api/imports/2/redo")):
        for role, status in (("viewer", 403), ("editor", 403)):
            answer = filled.client.request(method, path, headers=filled.as_(role))
            assert answer.status_code == status
    assert filled.get("/api/imports/2")["state"] == "done"
