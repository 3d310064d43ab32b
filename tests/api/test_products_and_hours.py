"""ABC classes, products bought together and the heatmap over HTTP."""

import pytest

from api_shop import Api
from shop import HEADER

WHO = {"requested_by": "viewer@example.com"}
ABC = HEADER + (
    "1,a1,Ash,1,2024-01-08 09:00:00,50,c,France\n"
    "1,a2,Birch,1,2024-01-08 09:00:00,45,c,France\n"
    "2,b1,,1,2024-01-14 23:00:00,3,c,EIRE\n"
    "3,c1,,1,2024-02-01,2,c,EIRE\n"
    "4,back,,-1,2024-02-01,70,c,EIRE\n"
)
NO_PRODUCT = "customer_name,country,purchase_date,amount\nAnn,Spain,2024-02-01,900\n"


def test_products_in_classes(api: Api) -> None:
    """a2 crosses 80 % and belongs to A; it ends at 95 %, so b1 begins C. Purchases have none."""
    assert api.upload(ABC).status_code == 201
    assert api.upload(NO_PRODUCT).status_code == 201
    found = api.get("/api/products/abc")
    assert found == {
        "classes": [
            {"class": "A", "products": 2, "revenue": 95.0, "share": 0.95},
            {"class": "B", "products": 0, "revenue": 0.0, "share": 0.0},
            {"class": "C", "products": 2, "revenue": 5.0, "share": 0.05},
        ],
        "products": found["products"],
        "data_version": 2,
        **WHO,
    }
    assert found["products"][1:3] == [
        {
            "product": "a2",
            "product_name": "Birch",
            "class": "A",
            "revenue": 45.0,
            "share": 0.45,
            "cumulated": 0.95,
        },
        {
            "product": "b1",
            "product_name": None,
            "class": "C",
            "revenue": 3.0,
            "share": 0.03,
            "cumulated": 0.98,
        },
    ]
    in_january = api.get("/api/products/abc", to="2024-02-01", country="EIRE")
    assert [(one["product"], one["class"]) for one in in_january["products"]] == [("b1", "A")]


def test_one_class_as_a_file(api: Api) -> None:
    assert api.upload(ABC).status_code == 201
    only = api.get("/api/products/abc", **{"class": "C"})
    assert [one["product"] for one in only["products"]] == ["b1", "c1"]
    assert only["classes"][0]["products"] == 2, "the classes are told whole"
    path = "/api/products/abc?class=C&format=csv"
    assert api.client.get(path, headers=api.as_("viewer")).text == (
        "product,product_name,class,revenue,share,cumulated\r\n"
        "b1,,C,3.0,0.03,0.98\r\n"
        "c1,,C,2.0,0.02,1.0\r\n"
    )


def test_products_of_an_empty_store_in_classes(api: Api) -> None:
    found = api.get("/api/products/abc")
    assert found["products"] == []
    assert found["classes"][0] == {"class": "A", "products": 0, "revenue": 0.0, "share": None}


def test_products_bought_together(sold: Api) -> None:
    """Orders: pen and cup; pen; cup. Two of three hold each, one both: less than by chance."""
    assert sold.get("/api/products/affinity", min_orders=1) == {
        "pairs": [
            {
                "product": "p1",
                "product_name": "Pen",
                "other": "p2",
                "other_name": "Cup",
                "orders": 1,
                "support": 0.333333,
                "confidence": 0.5,
                "lift": 0.75,
            }
        ],
        "count": 1,
        **WHO,
    }
    assert sold.get("/api/products/affinity")["pairs"] == []
    assert sold.get("/api/products/affinity", min_orders=1, country="EIRE")["pairs"] == []


def test_what_is_bought_with_one_product(sold: Api) -> None:
    """Whatever its id, it stands first, so that the confidence is that of its orders."""
    [pair] = sold.get("/api/products/affinity", min_orders=1, of="p2")["pairs"]
    assert (pair["product"], pair["other"], pair["confidence"]) == ("p2", "p1", 0.5)
    assert sold.get("/api/products/affinity", min_orders=1, of="p9")["pairs"] == []
    path = "/api/products/affinity?min_orders=1&of=p2&format=csv"
    assert sold.client.get(path, headers=sold.as_("viewer")).text == (
        "product,product_name,other,other_name,orders,support,confidence,lift\r\n"
        "p2,Cup,p1,Pen,1,0.333333,0.5,0.75\r\n"
    )


def test_nothing_was_bought_together_in_an_empty_store(api: Api) -> None:
    assert api.get("/api/products/affinity") == {"pairs": [], "count": 0, **WHO}


def test_hours_of_the_week(api: Api) -> None:
    """Monday at 9, Sunday at 23; on Thursday only the date is known."""
    assert api.upload(ABC).status_code == 201
    assert api.get("/api/revenue/heatmap") == {
        "rows": [
            {"weekday": 1, "hour": 9, "revenue": 95.0, "orders": 1},
            {"weekday": 4, "hour": None, "revenue": 2.0, "orders": 1},
            {"weekday": 7, "hour": 23, "revenue": 3.0, "orders": 1},
        ],
        "data_version": 1,
        **WHO,
    }
    assert [one["hour"] for one in api.get("/api/revenue/heatmap", country="France")["rows"]] == [9]


def test_the_week_of_an_empty_store(api: Api) -> None:
    assert api.get("/api/revenue/heatmap") == {"rows": [], "data_version": 0, **WHO}


@pytest.mark.parametrize(
    "question",
    [
        "products/abc?from=monday",
        "products/abc?class=D",
        "products/affinity?min_orders=0",
        "products/affinity?limit=1001",
        "revenue/heatmap?from=2024-02-01&to=2024-01-01",
    ],
)
def test_malformed_questions_are_422(api: Api, question: str) -> None:
    answer = api.client.get(f"/api/{question}", headers=api.as_("viewer"))
    assert answer.status_code == 422
    assert answer.json()["detail"]
