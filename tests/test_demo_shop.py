import csv
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import NamedTuple

import pytest

from tillsight.demo_shop import SHOP, write_customers, write_products, write_sales

HEADER = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country,"
    "Category,Channel"
)
UNTIL = date(2025, 6, 30)
FIRST_DAY = date(2023, 7, 2)
HOLIDAYS = {
    *(date(year, month, day) for year in (2023, 2024) for month, day in ((12, 25), (12, 26))),
    *(date(year, 1, 1) for year in (2024, 2025)),
    *(date(2024, 3, 29), date(2024, 4, 1), date(2025, 4, 18), date(2025, 4, 21)),
    *(date(2023, 8, 14) + timedelta(days=n) for n in range(6)),
    *(date(2024, 8, 12) + timedelta(days=n) for n in range(6)),
}
SUNDAY = 6


class Row(NamedTuple):
    invoice: str
    product: str
    description: str
    quantity: int
    moment: datetime
    price: float
    customer: str
    country: str
    category: str
    channel: str

    @property
    def revenue(self) -> float:
        return self.quantity * self.price


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.reader(file))[1:]
    return [
        Row(r[0], r[1], r[2], int(r[3]), datetime.fromisoformat(r[4]), float(r[5]), *r[6:])
        for r in records
    ]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    path = tmp_path_factory.mktemp("shop") / "sales.csv"
    write_sales(path, seed=1, until=UNTIL, lines=40_000)
    return read(path)


@pytest.fixture(scope="module")
def sales(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.quantity > 0 and row.price > 0]


@pytest.fixture(scope="module")
def orders(sales: list[Row]) -> dict[str, Row]:
    """One of the lines of each sales invoice."""
    return {row.invoice: row for row in sales}


def test_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_sales(tmp_path / name, seed=5, until=UNTIL, lines=3_000)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_another_seed_writes_other_sales(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_sales(tmp_path / f"{seed}.csv", seed=seed, until=UNTIL, lines=3_000)
    assert (tmp_path / "1.csv").read_bytes() != (tmp_path / "2.csv").read_bytes()


@pytest.mark.parametrize("lines", [1_000, 2_345, 30_000])
def test_number_of_lines(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "sales.csv"
    written = write_sales(path, seed=3, until=UNTIL, lines=lines)
    assert written == len(read(path))
    assert written == pytest.approx(lines, rel=0.02)


@pytest.mark.parametrize("lines", [999, 2_000_001])
def test_number_of_lines_out_of_range(tmp_path: Path, lines: int) -> None:
    with pytest.raises(ValueError, match=str(lines)):
        write_sales(tmp_path / "sales.csv", seed=1, until=UNTIL, lines=lines)


def test_file_is_plain_csv(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    write_sales(path, seed=1, until=UNTIL, lines=1_000)
    text = path.read_bytes().decode("utf-8")
    assert text.splitlines()[0] == HEADER
    assert "\r" not in text
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.reader(file))
    assert {len(record) for record in records} == {10}
    assert all(len(record[5].partition(".")[2]) == 2 for record in records[1:])
    assert all(len(record[4]) == len("2025-06-30 12:00:00") for record in records[1:])


def test_closed_days_have_no_rows_and_all_others_do(rows: list[Row]) -> None:
    period = {FIRST_DAY + timedelta(days=n) for n in range(730)}
    closed = {day for day in period if day.weekday() == SUNDAY or day in HOLIDAYS}
    assert {row.moment.date() for row in rows} == period - closed


@pytest.mark.parametrize(
    ("until", "last_open"),
    [
        (date(2024, 12, 26), date(2024, 12, 24)),
        (date(2025, 4, 21), date(2025, 4, 19)),
        (date(2024, 8, 18), date(2024, 8, 10)),
        (date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_last_open_day_is_present(tmp_path: Path, until: date, last_open: date) -> None:
    path = tmp_path / "sales.csv"
    write_sales(path, seed=9, until=until, lines=1_000)
    assert max(row.moment.date() for row in read(path)) == last_open


def test_rows_are_ordered_and_invoices_are_adjacent(rows: list[Row]) -> None:
    assert [row.moment for row in rows] == sorted(row.moment for row in rows)
    changes = sum(row.invoice != before.invoice for before, row in pairwise(rows))
    assert changes + 1 == len({row.invoice for row in rows})


def test_an_invoice_has_one_moment_customer_country_and_channel(rows: list[Row]) -> None:
    heads = {(row.invoice, row.moment, row.customer, row.country, row.channel) for row in rows}
    assert len(heads) == len({row.invoice for row in rows})


def test_returns_match_an_earlier_sale(rows: list[Row], sales: list[Row]) -> None:
    bought = defaultdict(list)
    for row in sales:
        bought[row.customer, row.product, row.price].append(row)
    returns = [row for row in rows if row.invoice.startswith("R")]
    assert returns
    for back in returns:
        assert back.quantity < 0 < back.price
        assert any(
            2 <= (back.moment.date() - sale.moment.date()).days <= 25
            and -back.quantity <= sale.quantity
            for sale in bought[back.customer, back.product, back.price]
        )


def test_share_of_orders_with_a_return(rows: list[Row], orders: dict[str, Row]) -> None:
    returns = {row.invoice for row in rows if row.invoice.startswith("R")}
    assert 0.02 < len(returns) / len(orders) < 0.03


def test_adjustments_are_free_and_nobodys(rows: list[Row]) -> None:
    free = [row for row in rows if row.price == 0]
    assert free
    assert all(row.invoice.startswith("A") and row.customer == "" for row in free)
    assert any(row.quantity < 0 and row.description == "damaged stock" for row in free)


def test_revenue_grows_and_peaks_at_christmas(rows: list[Row]) -> None:
    months: Counter[tuple[int, int]] = Counter()
    for row in rows:
        months[row.moment.year, row.moment.month] += round(row.revenue * 100)
    first_year = sum(months[2023, m] for m in range(7, 13)) + sum(
        months[2024, m] for m in range(1, 7)
    )
    second_year = sum(months.values()) - first_year
    assert 1.05 < second_year / first_year < 1.25
    for year in (2023, 2024):
        assert months[year, 12] > 1.5 * months[year, 7]


def test_black_friday_is_a_spike(orders: dict[str, Row]) -> None:
    days = Counter(order.moment.date() for order in orders.values())
    assert days[date(2024, 11, 29)] > 1.5 * days[date(2024, 11, 22)]


def test_hours(orders: dict[str, Row]) -> None:
    till = {order.moment.hour for order in orders.values() if order.channel == "Shop"}
    assert till == set(range(8, 20))
    web = Counter(order.moment.hour for order in orders.values() if order.channel == "Web")
    assert web[12] > web[15] < web[20]


def test_countries(sales: list[Row]) -> None:
    revenue: Counter[str] = Counter()
    for row in sales:
        revenue[row.country] += round(row.revenue * 100)
    assert SHOP.country == "DE"
    assert 8 <= len(revenue) <= 10
    assert 0.45 < revenue["Germany"] / revenue.total() < 0.75


def test_one_country_falls_and_one_rises_fast(orders: dict[str, Row]) -> None:
    middle = date(2024, 7, 1)
    before = Counter(o.country for o in orders.values() if o.moment.date() < middle)
    after = Counter(o.country for o in orders.values() if o.moment.date() >= middle)
    assert after["United Kingdom"] < 0.9 * before["United Kingdom"]
    assert after["Poland"] > 1.4 * before["Poland"]


def test_the_web_gains_on_the_other_channels(orders: dict[str, Row]) -> None:
    assert {order.channel for order in orders.values()} == {"Shop", "Web", "Marketplace"}
    by_time = sorted(orders.values(), key=lambda order: order.moment)
    third = len(by_time) // 3
    web = [sum(o.channel == "Web" for o in part) for part in (by_time[:third], by_time[-third:])]
    assert web[1] > 1.03 * web[0]


def test_products(sales: list[Row]) -> None:
    products = {(row.product, row.description, row.category) for row in sales}
    assert 220 <= len(products) <= 260
    assert len({code for code, _, _ in products}) == len(products)
    assert len({name for _, name, _ in products}) == len(products)
    assert 6 <= len({category for _, _, category in products}) <= 8
    assert {round(row.price * 100) % 100 for row in sales} == {0, 50, 90, 95}


def test_products_come_go_and_return_for_christmas(sales: list[Row]) -> None:
    assert {row.moment.month for row in sales if row.category == "Christmas"} == {1, 10, 11, 12}
    seen: defaultdict[str, list[date]] = defaultdict(list)
    for row in sales:
        if row.category != "Christmas":
            seen[row.product].append(row.moment.date())
    assert sum(days[0] > date(2023, 10, 1) for days in seen.values()) >= 10
    assert sum(days[-1] < date(2025, 4, 1) for days in seen.values()) >= 10


def test_prices_rise_about_three_percent_a_year(sales: list[Row]) -> None:
    # Promotions and wholesale prices are below the list price, which is thus the highest one.
    january: defaultdict[str, float] = defaultdict(float)
    march: defaultdict[str, float] = defaultdict(float)
    for row in sales:
        if (row.moment.year, row.moment.month) == (2025, 1):
            january[row.product] = max(row.price, january[row.product])
        elif (row.moment.year, row.moment.month) == (2025, 3):
            march[row.product] = max(row.price, march[row.product])
    both = january.keys() & march.keys()
    rise = sum(march[product] for product in both) / sum(january[product] for product in both)
    assert 1.02 < rise < 1.04


def test_some_products_are_bought_together(sales: list[Row]) -> None:
    baskets: defaultdict[str, set[str]] = defaultdict(set)
    for row in sales:
        baskets[row.invoice].add(row.description)
    sold = Counter(product for basket in baskets.values() for product in basket)
    together = by_chance = 0.0
    for colour in ("Sage", "Indigo", "Chalk", "Terracotta", "Charcoal", "Ochre"):
        pair = {f"{colour} Stoneware Teapot 1.2 l", f"{colour} Tea Strainer"}
        together += sum(pair <= basket for basket in baskets.values())
        by_chance += prod(sold[product] for product in pair) / len(baskets)
    assert together > 5 * by_chance


def test_anonymous_orders_are_till_sales_at_home(orders: dict[str, Row]) -> None:
    anonymous = [order for order in orders.values() if order.customer == ""]
    assert 0.08 < len(anonymous) / len(orders) < 0.16
    assert {(order.country, order.channel) for order in anonymous} == {("Germany", "Shop")}


def test_customers(orders: dict[str, Row], sales: list[Row]) -> None:
    known = [order for order in orders.values() if order.customer]
    visits = Counter(order.customer for order in known)
    one_off = sum(count == 1 for count in visits.values()) / len(visits)
    assert 0.4 < one_off < 0.85
    assert sum(count >= 12 for count in visits.values()) > 50
    countries = {(order.customer, order.country) for order in known}
    assert 1 <= len(countries) - len(visits) <= 20
    wholesale = {row.customer for row in sales if row.quantity >= 12}
    assert 2 <= len(wholesale) <= 40


def test_customers_are_acquired_throughout(orders: dict[str, Row]) -> None:
    first: dict[str, date] = {}
    for order in orders.values():
        if order.customer:
            first.setdefault(order.customer, order.moment.date().replace(day=1))
    per_month = Counter(first.values())
    assert len(per_month) == 24
    assert min(per_month.values()) > 0.01 * len(first)


def test_gender_and_age_of_most_customers_are_known(tmp_path: Path) -> None:
    sales = tmp_path / "sales.csv"
    write_sales(sales, seed=5, until=UNTIL, lines=20_000)
    for name in ("a.csv", "b.csv"):
        write_customers(tmp_path / name, seed=5, sales=sales)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    assert [one["customer_id"] for one in people] == sorted(
        {row.customer for row in read(sales)} - {""}
    )
    genders = Counter(one["gender"] for one in people)
    assert genders.keys() == {"female", "male", "non-binary", ""}
    assert 0.10 < genders[""] / len(people) < 0.18
    ages = [int(one["age"]) for one in people if one["age"]]
    assert 0.78 < len(ages) / len(people) < 0.86
    assert (min(ages), max(ages)) == (16, 88)


def test_products_have_the_price_and_units_of_their_sales(tmp_path: Path) -> None:
    sales = tmp_path / "sales.csv"
    write_sales(sales, seed=5, until=UNTIL, lines=20_000)
    for name in ("a.csv", "b.csv"):
        write_products(tmp_path / name, seed=5, sales=sales)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        products = {one["product_id"]: one for one in csv.DictReader(file)}
    sold = [row for row in read(sales) if row.quantity > 0 and row.price > 0]
    assert products.keys() == {row.product for row in sold}
    for product, one in products.items():
        lines = [row for row in sold if row.product == product]
        assert {(row.description, row.category) for row in lines} == {
            (one["product_name"], one["category"])
        }
        assert int(one["quantity_sold"]) == sum(row.quantity for row in lines)
        assert float(one["price"]) == max(row.price for row in lines)
        assert 1 <= float(one["rating"]) <= 5
        assert 0 <= int(one["review_count"]) <= int(one["quantity_sold"])
