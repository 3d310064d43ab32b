"""Customers of hm-kpis and files of product-catalog, as clients of the older products ask."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from api_shop import PASSWORD
from shop import Shop
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.api.app import create_api
from tillsight.server import Doorkeeper
from tillsight.settings import Settings, load_settings

HM = "/compat/hm-kpis"
UPLOAD = "/compat/product-catalog/upload"
COLUMNS = "product_id,product_name,category,price,quantity_sold,rating,review_count"
FILE = f"{COLUMNS}\np1,Pen,Office,1.25,7,4.5,3\np2,Cup,Home,2,0,0,0\n"
PEOPLE = "customer_id,gender,age\nc1,Male,20\nc2,F,30\nc3,,40\nc4,other,\nc5,female,80\n"
SALE = (
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


class Old(TestClient):
    """A client of an older product, and the shop it asks."""

    shop: Shop

    def token(self, role: Role) -> dict[str, str]:
        with self.shop.database.writing() as session:
            add_user(session, f"{role}@example.com", PASSWORD, role)
        body = {"username": f"{role}@example.com", "password": PASSWORD}
        answer = self.post("/compat/product-catalog/login", json=body)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
def start(
    open_shop: Callable[[Settings], Shop], settings: Settings
) -> Iterator[Callable[..., Old]]:
    clients: list[Old] = []

    def begin(**given: str) -> Old:
        chosen = load_settings(home=settings.home, compat="hm-kpis,product-catalog", **given)
        shop = open_shop(chosen)
        app = Doorkeeper(create_api(chosen, shop.database, shop.warehouse), chosen, shop.database)
        client = Old(app, raise_server_exceptions=False)
        client.shop = shop
        clients.append(client)
        return client

    yield begin
    for client in clients:
        client.close()


def load(old: Old, *texts: str) -> None:
    for text in texts:
        old.shop.load_text(text)
    old.shop.warehouse.catch_up(60)


# hm-kpis


def test_customers_by_gender_and_age(start: Callable[..., Old]) -> None:
    old = start()
    load(old, PEOPLE, SALE)
    viewer = old.token(Role.viewer)

    def found(**asked: object) -> list[str]:
        address = f"{HM}/customers/filter?{urlencode(asked, doseq=True)}"
        answer = old.get(address, headers=viewer)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return [one["customer_id"] for one in answer.json()["result"]]

    for base in (HM, f"{HM}/api/v1"):
        answer = old.get(f"{base}/customers/gender", headers=viewer)
        assert answer.json() == {"result": [{"gender": one} for one in ("OTHER", "MALE", "FEMALE")]}
        assert old.get(f"{base}/customers/filter", headers=viewer).json() == {"result": EVERYBODY}
    assert found(gender_filtered_lst="FEMALE") == ["c2", "c5"]
    assert found(gender_filtered_lst=["MALE", "OTHER"]) == ["c1", "c4"]
    assert found(age_filtered_lst=[20, 40]) == ["c1", "c2", "c3"]
    assert found(age_filtered_lst=[40, 20]) == []
    assert found(gender_filtered_lst="FEMALE", age_filtered_lst=[30, 79]) == ["c2"]
    assert found(gender_filtered_lst="nobody") == []
    # What once read the users' table is a gender nobody has.
    assert found(gender_filtered_lst="x') UNION SELECT password, 1, 1 FROM users --") == []


def test_ages_are_exactly_two_whole_numbers(start: Callable[..., Old]) -> None:
    old = start()
    viewer = old.token(Role.viewer)
    for ages in (
        ["20"],
        ["1", "2", "3"],
        ["a", "b"],
        ["-1", "5"],
        ["1.5", "2"],
        ["", ""],
        ["9" * 10, "1"],
        ["٣", "٤"],
        ["0", "99 UNION SELECT id, username, password FROM users"],
    ):
        address = f"{HM}/customers/filter?{urlencode({'age_filtered_lst': ages}, doseq=True)}"
        answer = old.get(address, headers=viewer)
        assert (answer.status_code, list(answer.json())) == (400, ["message"])
        assert "age_filtered_lst" in answer.json()["message"]


def test_everybody_has_no_cap(start: Callable[..., Old]) -> None:
    old = start()
    load(old, "customer_id,gender,age\n" + "".join(f"c{n:05},f,30\n" for n in range(25_000)))
    answer = old.get(f"{HM}/customers/filter", headers=old.token(Role.viewer))
    found = [one["customer_id"] for one in answer.json()["result"]]
    assert found == [f"c{n:05}" for n in range(25_000)]


def test_customers_of_an_empty_store(start: Callable[..., Old]) -> None:
    old = start()
    viewer = old.token(Role.viewer)
    for path in ("gender", "filter"):
        answer = old.get(f"{HM}/customers/{path}", headers=viewer)
        assert (answer.status_code, answer.json()) == (200, {"result": []})


def test_strangers_are_asked_for_a_token_unless_the_setting_lets_them_in(
    start: Callable[..., Old],
) -> None:
    asking = start()
    load(asking, PEOPLE)
    paths = [
        f"{HM}{prefix}/customers/{name}"
        for prefix in ("", "/api/v1")
        for name in ("gender", "filter")
    ]
    for path in paths:
        answer = asking.get(path)
        assert (answer.status_code, answer.json()) == (401, {"message": "Not authenticated"})
    asking.shop.warehouse.close()
    asking.shop.database.close()
    open_to_all = start(compat_anonymous="hm-kpis")
    for path in paths:
        assert open_to_all.get(path).json()["result"]
        wrong = open_to_all.get(path, headers={"Authorization": "Bearer wrong"})
        assert wrong.status_code == 401
    assert open_to_all.get(f"{HM}/users").status_code == 401
    assert open_to_all.get("/api/customers").status_code == 401


# product-catalog


def send(old: Old, headers: dict[str, str], text: str | bytes, name: str = "products.csv"):
    return old.post(UPLOAD, files={"file": (name, text)}, headers=headers)


def test_an_upload_is_read_back(start: Callable[..., Old]) -> None:
    old = start()
    editor = old.token(Role.editor)
    done = {"msg": "Data uploaded successfully"}
    for _ in range(2):  # the second time it is known already
        answer = send(old, editor, FILE)
        assert (answer.status_code, answer.json()) == (200, done)
    assert len(old.get("/api/imports", headers=editor).json()["imports"]) == 1
    extra = (
        f"colour,date,quantity,{COLUMNS}\nred,x,y,p1,Biro,Desk,2,8,5,4\n,,,p3,Lamp,Desk,2,8,5,4\n"
    )
    assert send(old, editor, extra).json() == done
    found = old.get("/api/products", headers=editor).json()["products"]
    assert [(one["product_id"], one["product_name"], one["quantity_sold"]) for one in found] == [
        ("p1", "Biro", 8),
        ("p2", "Cup", 0),
        ("p3", "Lamp", 8),
    ]


def test_what_an_upload_is_refused_for(start: Callable[..., Old]) -> None:
    old = start()
    editor = old.token(Role.editor)
    assert old.post(UPLOAD, headers=editor).json() == {"msg": "No file part"}
    other = old.post(UPLOAD, files={"data": ("a.csv", FILE)}, headers=editor)
    assert (other.status_code, other.json()) == (400, {"msg": "No file part"})
    text = old.post(UPLOAD, data={"file": FILE}, files={"x": ("x", "")}, headers=editor)
    assert (text.status_code, text.json()) == (400, {"msg": "No file part"})
    boundary = {**editor, "Content-Type": "multipart/form-data; boundary=X"}
    unnamed = (
        '--X\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n--X--\r\n"
    )
    empty = old.post(UPLOAD, content=unnamed, headers=boundary)
    assert (empty.status_code, empty.json()) == (400, {"msg": "No selected file"})
    names = COLUMNS.split(",")
    for missing in names:
        header = ",".join(one for one in names if one != missing)
        answer = send(old, editor, f"{header}\n1,2,3,4,5,6\n")
        assert (answer.status_code, answer.json()) == (400, {"msg": f"Missing column: {missing}"})
    first = send(old, editor, "rating,product_id\n1,2\n")
    assert first.json() == {"msg": "Missing column: product_name"}
    for row, column in (
        ("p1,Pen,Office,,7,4.5,3", "price"),
        ("p1,Pen,,1,7,4.5,3", "category"),
        ("p1,Pen,Office,cheap,7,4.5,3", "price"),
        ("p1,Pen,Office,1,2.5,4.5,3", "quantity_sold"),
        ("p1,Pen,Office,-1,2,4.5,3", "price"),
        ("p1,Pen,Office,1,2,99,3", "rating"),
    ):
        answer = send(old, editor, f"{FILE}{row}\n")
        assert answer.status_code == 400
        assert list(answer.json()) == ["msg"]
        assert f"line 4, column {column}:" in answer.json()["msg"]
    for content in (b"", b"\x00\x01\x02", COLUMNS.encode()):
        answer = send(old, editor, content)
        assert (answer.status_code, list(answer.json())) == (400, ["msg"])
    assert old.get("/api/products", headers=editor).json()["total"] == 0
    assert not any(
        one["state"] == "done" for one in old.get("/api/imports", headers=editor).json()["imports"]
    )


def test_who_may_upload(start: Callable[..., Old]) -> None:
    old = start()
    stranger = old.post(UPLOAD, files={"file": ("a.csv", FILE)})
    assert (stranger.status_code, stranger.json()) == (401, {"msg": "Missing or invalid token"})
    viewer = send(old, old.token(Role.viewer), FILE)
    assert viewer.status_code == 403
    assert "editor" in viewer.json()["msg"]
