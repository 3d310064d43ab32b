"""The contract `sales-analytics`, row by row of its table, over HTTP."""

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any

import httpx2
import jwt
import pytest

from contracts.newcomers_there import PASSWORD, Someone, joined, login, register, worthless
from contracts.people import bearer
from serving import Server

LISTS = {
    "/api/customers/top": "top_customers",
    "/api/products/top": "top_products",
    "/api/geographic/revenue-by-country": "revenue_by_country",
    "/api/geographic/country-performance": "country_performance",
    "/api/revenue/daily-trend": "daily_revenue",
    "/api/revenue/monthly": "monthly_revenue",
    "/api/revenue/growth": "monthly_growth",
    "/api/revenue/by-hour": "sales_by_hour",
    "/api/revenue/by-day-of-week": "sales_by_day",
}
"""Rows that answer a list with its `count`, and the name of the list."""
KPIS, FORECAST = "/api/analytics/kpis", "/api/analytics/forecast/revenue"
MONTHLY = "/api/analytics/revenue/monthly"
SEGMENTS, LIFETIME_VALUE = "/api/customers/segments", "/api/customers/lifetime-value"
PROTECTED = ("/api/users/me", KPIS, MONTHLY, FORECAST, SEGMENTS, LIFETIME_VALUE, *LISTS)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """A row of the older product's file."""

    invoice: str
    product: str
    description: str
    quantity: int
    time: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price

    def csv(self) -> str:
        at = f"{self.time.month}/{self.time.day}/{self.time:%Y} {self.time.hour}:{self.time:%M}"
        fields = (self.invoice, self.product, self.description, self.quantity, at, self.price)
        return ",".join(map(str, (*fields, self.customer, self.country))) + "\n"


def file_of(lines: list[Line]) -> bytes:
    """The file that the older product's loader read."""
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    return (header + "".join(one.csv() for one in lines)).encode("latin-1")


def some_lines() -> list[Line]:
    """Three months of a shop, with returns, gifts, and sales to nobody known."""
    chance = random.Random(8)
    countries = [f"Land {number}" for number in range(16)] + ["Curaçao", "EIRE", ""]
    lines = []
    for number in range(700):
        at = datetime(2024, 10, 1) + timedelta(
            days=chance.randrange(91), minutes=chance.randrange(8 * 60, 20 * 60)
        )
        if at.isoweekday() == 6 or (at.month, at.day) == (11, 1):
            continue  # closed
        who = chance.choice([*range(12001, 12121), ""])
        country = countries[who % len(countries)] if who else chance.choice(countries)
        for product in chance.sample(range(120), chance.randrange(1, 5)):
            quantity = chance.choice([1, 1, 2, 3, 6, 12, 24])
            price = Decimal(chance.randrange(50, 4000)) / 100 * (9 if who == 12001 else 1)
            fields = (f"5{number:05}", f"P{product}", f"Café mug {product}", quantity, at, price)
            lines.append(Line(*fields, str(who), country))
    for number, spent in enumerate((5000, 2000, 500)):  # just not above a segment's cut
        end = (datetime(2024, 12, 30, 9), Decimal(spent), f"9000{number}", "EIRE")
        lines += [
            Line(f"6{number}", f"EDGE{number}", f"Edge {number}", 1, *end),
            Line(f"C6{number}", f"EDGE{number}", f"Edge {number}", -1, *end),
            Line(f"7{number}", "GIFT", "Gift", 5, end[0], Decimal("0.00"), *end[2:]),
        ]
    return lines


LINES = some_lines()
SALES = [one for one in LINES if one.quantity > 0 and one.price > 0]


@pytest.fixture(scope="module")
def reader(old: Server, owner: httpx2.Client) -> Someone:
    """Somebody who just registered: the lowest role may read all of it."""
    return joined(old, owner, "reader")


@pytest.fixture(scope="module")
def empty(old: Server, reader: Someone) -> dict[str, Any]:
    """What a store without sales answered to everything."""
    with httpx2.Client(base_url=old.url, headers=reader.headers) as client:
        return {path: _ok(client.get(path)) for path in PROTECTED}


@pytest.fixture(scope="module")
def client(
    old: Server, owner: httpx2.Client, reader: Someone, empty: dict[str, Any]
) -> Iterator[httpx2.Client]:
    """The reader, once the lines are loaded: after the empty store was looked at."""
    assert empty.keys() == {*PROTECTED}
    files = {"file": ("online_retail.csv", file_of(LINES), "text/csv")}
    loaded = owner.post("/api/imports", files=files)
    assert (loaded.status_code, loaded.json()["rows"]) == (201, len(LINES)), loaded.text
    with httpx2.Client(base_url=old.url, headers=reader.headers) as client:
        yield client


def _ok(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def _assert_refused(answer: httpx2.Response, status: int, detail: str) -> None:
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert answer.headers["content-type"] == "application/json"


def _assert_invalid(answer: httpx2.Response, where: list[str]) -> None:
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert "body" in body
    assert where in [one["loc"] for one in body["detail"]]
    assert all(one.keys() >= {"type", "loc", "msg"} for one in body["detail"])


def _assert_counted(rows: list[dict[str, Any]]) -> None:
    """Whole numbers are written as such: a strict client takes no 3.0 for a count."""
    amounts = {"revenue", "total_spent", "avg_transaction"}
    for row in rows:
        numbers = {name: value for name, value in row.items() if isinstance(value, int | float)}
        assert all(type(numbers[name]) is int for name in numbers.keys() - amounts)


def _cents(amount: Decimal | int) -> float:
    return float(Decimal(amount).quantize(CENT, ROUND_HALF_EVEN))


def _grouped(key: Callable[[Line], Any]) -> dict[Any, list[Line]]:
    groups = defaultdict(list)
    for line in SALES:
        groups[key(line)].append(line)
    return dict(sorted(groups.items()))


def _revenue(lines: list[Line]) -> Decimal:
    return sum((one.amount for one in lines), Decimal(0))


def _orders(lines: list[Line]) -> int:
    return len({one.invoice for one in lines})


def _by_revenue(groups: dict[Any, list[Line]]) -> list[tuple[Any, list[Line]]]:
    order = sorted(groups.items(), key=lambda one: -_revenue(one[1]))
    assert len({_revenue(lines) for _, lines in order}) == len(order)  # no ties: one right order
    return order


# Open to everybody


def test_the_root_and_its_pages(old: Server) -> None:
    root = {"message": "Sales Analytics API", "version": "1.0.0", "docs": "/api/docs"}
    assert _ok(httpx2.get(f"{old.url}/")) == root
    for page in ("/api/docs", "/api/redoc"):
        answer = httpx2.get(f"{old.url}{page}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")


def test_health(old: Server) -> None:
    found = _ok(httpx2.get(f"{old.url}/api/health"))
    assert found.keys() >= {"status", "service", "version", "database"}
    assert (found["status"], found["database"]) == ("healthy", "connected")


def test_what_is_not_there_is_404_json(old: Server, reader: Someone) -> None:
    answer = httpx2.get(f"{old.url}/api/revenue/weekly", headers=reader.headers)
    assert answer.status_code == 404
    assert isinstance(answer.json()["detail"], str)


# Registration


def test_registering(old: Server) -> None:
    answer = register(old, "register1", full_name="Reg van Ister")
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == {"message", "user", "note", "verification_token"}
    assert body["message"] == "User registered successfully. Please verify your email."
    assert isinstance(body["user"].pop("id"), int)
    assert body["user"] == {
        "email": "register1@example.com",
        "username": "register1",
        "full_name": "Reg van Ister",
    }
    assert body["note"]
    assert register(old, "register2").json()["user"]["full_name"] is None


def test_names_that_are_taken(old: Server) -> None:
    assert register(old, "taken").status_code == 201
    email = register(old, "taken2", email="taken@example.com")
    _assert_refused(email, 400, "Email already registered")
    _assert_refused(
        register(old, "taken", email="other@example.com"), 400, "Username already taken"
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"password": None}, "password"),
        ({"username": 5}, "username"),
    ],
)
def test_registrations_that_cannot_be_used(old: Server, wrong: dict, field: str) -> None:
    answer = register(old, "invalid", **wrong)
    _assert_invalid(answer, ["body", field])
    assert PASSWORD not in answer.text
    assert login(old, "invalid@example.com").status_code == 401  # nothing was made


# Verification


def test_an_address_is_verified_once(old: Server) -> None:
    token = register(old, "verified").json()["verification_token"]
    path = f"{old.url}/api/auth/verify-email"
    early = login(old, "verified@example.com")
    _assert_refused(
        early, 403, "Email not verified. Please check your email for verification link."
    )
    assert httpx2.get(path, params={"verification_token": token}).status_code == 405
    found = _ok(httpx2.post(path, params={"verification_token": token}))
    assert found == {"message": "Email verified successfully. You can now log in."}
    assert login(old, "verified@example.com").status_code == 200
    for spent in (token, "never issued"):
        answer = httpx2.post(path, params={"verification_token": spent})
        _assert_refused(answer, 400, "Invalid or expired verification token")
    _assert_invalid(httpx2.post(path), ["query", "verification_token"])


def test_the_link_that_was_mailed_works_when_clicked(old: Server) -> None:
    register(old, "clicker")
    found, deadline = None, time.monotonic() + 60
    while found is None and time.monotonic() < deadline:
        time.sleep(0.1)
        printed = (old.home / "server.log").read_text().partition("clicker@example.com")[2]
        found = re.search(r"https?://[^/\s]+(/verify\?token=[\w-]+)", printed)
    assert found is not None
    clicked = httpx2.get(old.url + found[1])
    assert clicked.status_code == 200
    assert clicked.headers["content-type"].startswith("text/html")
    assert login(old, "clicker@example.com").status_code == 200


# Login


def test_login(old: Server, reader: Someone) -> None:
    found = _ok(login(old, reader.email))
    assert found["token_type"] == "bearer"
    assert jwt.get_unverified_header(found["access_token"])["alg"] == "HS256"
    claims = jwt.decode(found["access_token"], options={"verify_signature": False})
    assert claims["sub"] == reader.email
    assert claims["exp"] - claims["iat"] == 30 * 60
    form = {"username": reader.email, "password": PASSWORD}  # the older product failed at it
    assert httpx2.post(f"{old.url}/api/auth/login", data=form).status_code == 200


def test_logins_that_fail(old: Server, owner: httpx2.Client) -> None:
    gone = joined(old, owner, "gone", is_active=False)
    for email, password in (
        ("nobody@example.com", PASSWORD),
        (gone.email, "another password"),
        ("admin@salesanalytics.com", "admin123"),  # nobody comes with the product
    ):
        _assert_refused(login(old, email, password), 401, "Incorrect email or password")
    _assert_refused(login(old, gone.email), 400, "Inactive user account")
    path = f"{old.url}/api/auth/login"
    _assert_invalid(httpx2.post(path, json={"email": gone.email}), ["body", "password"])
    _assert_invalid(httpx2.post(path, json={"password": "some words"}), ["body", "email"])


def test_who_one_is(old: Server, owner: httpx2.Client) -> None:
    someone = joined(old, owner, "myself")
    me = _ok(httpx2.get(f"{old.url}/api/users/me", headers=someone.headers))
    times = [datetime.fromisoformat(me.pop(name)) for name in ("created_at", "last_login")]
    assert times == sorted(times)
    wanted = {
        "id": someone.id,
        "email": "myself@example.com",
        "username": "myself",
        "full_name": None,
        "is_active": True,
        "is_verified": True,
        "is_superuser": False,
    }
    assert me.items() >= wanted.items()
    assert not [name for name in me if "password" in name]
    login(old, someone.email)
    later = _ok(httpx2.get(f"{old.url}/api/users/me", headers=someone.headers))["last_login"]
    assert datetime.fromisoformat(later) > times[1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", later)
    assert _ok(owner.get("/api/users/me"))["is_superuser"] is True


# Who may read


def test_tokens_that_do_not_count_are_refused_everywhere(old: Server, reader: Someone) -> None:
    shown = {name: bearer(token) for name, token in worthless(old, reader.token).items()}
    with httpx2.Client(base_url=old.url) as client:
        for path in PROTECTED:
            stranger = client.get(path)
            _assert_refused(stranger, 401, "Not authenticated")
            assert stranger.headers["WWW-Authenticate"] == "Bearer"
            for headers in shown.values():
                answer = client.get(path, headers=headers)
                _assert_refused(answer, 401, "Could not validate credentials")
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_inactive_and_the_unverified_are_told_why(old: Server, owner: httpx2.Client) -> None:
    off = joined(old, owner, "off", is_active=False)
    unverified = joined(old, owner, "unverified", is_verified=False)
    with httpx2.Client(base_url=old.url) as client:
        for path in PROTECTED:
            _assert_refused(client.get(path, headers=off.headers), 400, "Inactive user")
            answer = client.get(path, headers=unverified.headers)
            _assert_refused(
                answer, 403, "Email not verified. Please check your email for verification link."
            )


# What an empty store answers


def test_an_empty_store_answers_zeros_and_empty_lists(
    empty: dict[str, Any], reader: Someone
) -> None:
    who = {"requested_by": reader.email}
    for path, name in LISTS.items():
        assert empty[path] == {name: [], "count": 0, **who}
    assert empty[MONTHLY] == {"monthly_revenue": [], **who}
    assert empty[SEGMENTS] == {"segments": [], "total_segments": 0, **who}
    assert empty[LIFETIME_VALUE] == {"lifetime_value": [], **who}
    assert empty[KPIS].pop("requested_by") == reader.email
    assert {*empty[KPIS]["kpis"].values()} == {0}
    forecast = empty[FORECAST]
    assert forecast["forecast"] == []
    assert {*forecast["summary"].pop("accuracy_metrics").values()} == {0}
    assert forecast["summary"].pop("trend_direction") == "flat"
    assert {*forecast["summary"].values()} == {0}


# The numbers, against plain Python


def test_key_figures(client: httpx2.Client, reader: Someone) -> None:
    orders = _orders(SALES)
    assert _ok(client.get(KPIS)) == {
        "kpis": {
            "revenue": _cents(_revenue(SALES)),
            "orders": orders,
            "customers": len({one.customer for one in SALES} - {""}),
            "avg_order": _cents(_revenue(SALES) / orders),
            "transactions": len(SALES),
            "products": len({one.product for one in SALES}),
            "countries": len({one.country for one in SALES} - {""}),
        },
        "requested_by": reader.email,
    }


def test_months_under_both_addresses(client: httpx2.Client, reader: Someone) -> None:
    months = [
        {"month": month, "revenue": _cents(_revenue(lines)), "orders": _orders(lines)}
        for month, lines in _grouped(lambda one: f"{one.time:%Y-%m}").items()
    ]
    who = {"requested_by": reader.email}
    assert _ok(client.get(MONTHLY)) == {"monthly_revenue": months, **who}
    found = _ok(client.get("/api/revenue/monthly"))
    assert found == {"monthly_revenue": months, "count": 3, **who}


def test_growth(client: httpx2.Client) -> None:
    found = _ok(client.get("/api/revenue/growth"))
    months = list(_grouped(lambda one: f"{one.time:%Y-%m}").items())
    first, rest = found["monthly_growth"][0], found["monthly_growth"][1:]
    assert first == {
        "month": "2024-10",
        "revenue": _cents(_revenue(months[0][1])),
        "prev_month_revenue": None,
        "growth_rate": None,
    }
    for row, ((_, before), (month, lines)) in zip(rest, pairwise(months), strict=True):
        old, new = _revenue(before), _revenue(lines)
        assert row == {
            "month": month,
            "revenue": _cents(new),
            "prev_month_revenue": _cents(old),
            "growth_rate": _cents(100 * (new - old) / old),
        }
    assert found["count"] == 3


def test_days_with_sales_only(client: httpx2.Client) -> None:
    found = _ok(client.get("/api/revenue/daily-trend"))
    days = [
        {"date": day, "revenue": _cents(_revenue(lines))}
        for day, lines in _grouped(lambda one: f"{one.time:%Y-%m-%d}").items()
    ]
    assert (found["daily_revenue"], found["count"]) == (days, len(days))
    assert len(days) < 80


def test_hours_and_days_of_the_week(client: httpx2.Client) -> None:
    found = _ok(client.get("/api/revenue/by-hour"))
    hours = [
        {"hour": hour, "revenue": _cents(_revenue(lines)), "transactions": len(lines)}
        for hour, lines in _grouped(lambda one: one.time.hour).items()
    ]
    assert (found["sales_by_hour"], found["count"]) == (hours, len(hours))
    found = _ok(client.get("/api/revenue/by-day-of-week"))
    days = [
        {
            "day_name": f"{lines[0].time:%A}",
            "day_num": number,
            "revenue": _cents(_revenue(lines)),
            "orders": _orders(lines),
        }
        for number, lines in _grouped(lambda one: one.time.isoweekday() % 7).items()
    ]
    assert (found["sales_by_day"], found["count"]) == (days, 6)
    assert (days[0]["day_name"], days[0]["day_num"]) == ("Sunday", 0)


def test_top_customers(client: httpx2.Client, reader: Someone) -> None:
    known = _by_revenue(
        {who: some for who, some in _grouped(lambda one: one.customer).items() if who}
    )
    wanted = [
        {
            "customer_id": who,
            "total_spent": _cents(_revenue(lines)),
            "orders": _orders(lines),
            "avg_transaction": _cents(_revenue(lines) / _orders(lines)),
        }
        for who, lines in known
    ]
    for limit in (None, 1, 100):
        asked = {} if limit is None else {"limit": limit}
        found = _ok(client.get("/api/customers/top", params=asked))
        rows = found["top_customers"]
        _assert_counted(rows)
        assert [row for row in rows if row.pop("customer_name")] == []
        assert rows == wanted[: limit or 10]
        assert (found["count"], found["requested_by"]) == (len(rows), reader.email)


def test_top_products(client: httpx2.Client, reader: Someone) -> None:
    wanted = [
        {
            "product": lines[0].description,
            "product_id": product,
            "revenue": _cents(_revenue(lines)),
            "units_sold": sum(one.quantity for one in lines),
            "orders": _orders(lines),
        }
        for product, lines in _by_revenue(_grouped(lambda one: one.product))
    ]
    for limit in (None, 1, 100):
        asked = {} if limit is None else {"limit": limit}
        found = _ok(client.get("/api/products/top", params=asked))
        _assert_counted(found["top_products"])
        assert found["top_products"] == wanted[: limit or 10]
        assert (found["count"], found["requested_by"]) == (limit or 10, reader.email)


@pytest.mark.parametrize("path", ["/api/customers/top", "/api/products/top"])
@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", ""])
def test_limits_that_cannot_be_used(client: httpx2.Client, path: str, limit: str) -> None:
    _assert_invalid(client.get(path, params={"limit": limit}), ["query", "limit"])


def test_countries(client: httpx2.Client) -> None:
    countries = _by_revenue(_grouped(lambda one: one.country or "Unknown"))
    assert len(countries) > 15
    found = _ok(client.get("/api/geographic/revenue-by-country"))
    assert found["count"] == 10
    assert found["revenue_by_country"] == [
        {"country": country, "revenue": _cents(_revenue(lines))}
        for country, lines in countries[:10]
    ]
    found = _ok(client.get("/api/geographic/country-performance"))
    assert found["count"] == 15
    _assert_counted(found["country_performance"])
    assert found["country_performance"] == [
        {
            "country": country,
            "orders": _orders(lines),
            "customers": len({one.customer for one in lines} - {""}),
            "revenue": _cents(_revenue(lines)),
            "avg_transaction": _cents(_revenue(lines) / _orders(lines)),
            "units_sold": sum(one.quantity for one in lines),
        }
        for country, lines in countries[:15]
    ]


CUTS = (("VIP", 5000, " (>$5K)"), ("High Value", 2000, " ($2K-$5K)"))
CUTS = (*CUTS, ("Medium Value", 500, " ($500-$2K)"), ("Low Value", 0, " (<$500)"))


def _segments() -> dict[str, list[list[Line]]]:
    """The lines of each customer, by short label; cut strictly above."""
    found = defaultdict(list)
    for who, lines in _grouped(lambda one: one.customer).items():
        if who:
            found[next(name for name, cut, _ in CUTS if _revenue(lines) > cut)].append(lines)
    return found


def test_segments(client: httpx2.Client, reader: Someone) -> None:
    segments = _segments()
    wanted = {name + more: len(segments[name]) for name, _, more in CUTS}
    assert min(wanted.values()) > 0
    found = _ok(client.get(SEGMENTS))
    assert {one["segment"]: one["customers"] for one in found["segments"]} == wanted
    assert all(one.keys() == {"segment", "customers"} for one in found["segments"])
    assert (found["total_segments"], found["requested_by"]) == (4, reader.email)


def test_lifetime_value(client: httpx2.Client, reader: Someone) -> None:
    wanted = []
    for name, customers in _segments().items():
        spent = sum((_revenue(lines) for lines in customers), Decimal(0))
        orders = sum(_orders(lines) for lines in customers)
        wanted.append(
            {
                "segment": name,
                "customer_count": len(customers),
                "avg_clv": _cents(spent / len(customers)),
                "avg_orders": _cents(Decimal(orders) / len(customers)),
                "avg_order_value": _cents(spent / orders),
            }
        )
    found = _ok(client.get(LIFETIME_VALUE))
    assert found == {
        "lifetime_value": sorted(wanted, key=lambda one: -one["avg_clv"]),
        "requested_by": reader.email,
    }


# The forecast


@pytest.mark.parametrize("periods", [None, 1, 90])
def test_forecast(client: httpx2.Client, reader: Someone, periods: int | None) -> None:
    found = _ok(client.get(FORECAST, params={"periods": periods} if periods else {}))
    assert found["requested_by"] == reader.email
    days, summary = found["forecast"], found["summary"]
    last = max(one.time for one in SALES).date()
    following = [str(last + timedelta(one)) for one in range(1, (periods or 30) + 1)]
    assert [one["ds"] for one in days] == following
    values = [one["yhat"] for one in days]
    assert all(one["yhat_lower"] <= one["yhat"] <= one["yhat_upper"] for one in days)
    assert all(isinstance(one["trend"], float) for one in days)
    widths = [one["yhat_upper"] - one["yhat_lower"] for one in days]
    wanted = {
        "avg_predicted_value": sum(values) / len(values),
        "total_predicted_value": sum(values),
        "min_predicted_value": min(values),
        "max_predicted_value": max(values),
        "avg_uncertainty": sum(widths) / len(values),
    }
    accuracy, direction = summary.pop("accuracy_metrics"), summary.pop("trend_direction")
    assert summary == pytest.approx(wanted, abs=0.011)
    change = days[-1]["trend"] - days[0]["trend"]
    assert direction == ("increasing" if change > 0 else "decreasing" if change else "flat")
    assert accuracy.keys() == {"mae", "rmse", "mape", "accuracy_percent"}
    assert 0 < accuracy["mae"] <= accuracy["rmse"]
    percent = max(0, 100 - accuracy["mape"])
    assert accuracy["accuracy_percent"] == pytest.approx(percent, abs=0.011)
    assert found["model_accuracy"] == f"{accuracy['accuracy_percent']:.1f}%"


@pytest.mark.parametrize("periods", ["0", "-1", "366", "many", "1.5", ""])
def test_periods_that_cannot_be_forecast(client: httpx2.Client, periods: str) -> None:
    _assert_invalid(client.get(FORECAST, params={"periods": periods}), ["query", "periods"])
