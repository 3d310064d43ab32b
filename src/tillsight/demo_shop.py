"""An invented shop, and a seeded generator of two years of its sales.

The file has the "Online Retail" layout plus Category and Channel. Demand is laid out per day,
country and channel; customers, baskets, returns and stock adjustments are drawn on top of it.
Inside this module money is integer cents, a moment is seconds since the first midnight of the
period, and countries, channels, products and customers are positions in their tables.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Records = npt.NDArray[np.void]  # of ORDER or of LINE, below
Anchors = tuple[tuple[int, float], ...]  # (day of the year, level), interpolated in between


@dataclass(frozen=True)
class DemoShop:
    """What the owner would type into the settings of these names; `country` is an ISO 3166 code."""

    shop_name: str
    currency: str
    country: str
    timezone: str


class Country(NamedTuple):
    name: str
    share: float  # of the orders on the first day
    growth: float  # factor of the orders per year


class Channel(NamedTuple):
    name: str
    at_home: tuple[float, float]  # share of the home orders on the first and the last day
    abroad: tuple[float, float]
    weekdays: tuple[float, ...]  # demand from Monday on
    basket: float  # mean lines of an order
    returns: float  # relative chance of a return
    habits: tuple[float, ...]  # share of the customers with each of HABITS


class Category(NamedTuple):
    name: str
    code: str
    share: float  # of the lines when the season is at 1
    season: Anchors


# fmt: off
SHOP = DemoShop("Alder & Finch", "EUR", "DE", "Europe/Berlin")
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
          "CustomerID", "Country", "Category", "Channel")
MIN_LINES, MAX_LINES = 1_000, 2_000_000
DAYS, DAY_SECONDS = 730, 86_400
MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 3, 4, 5, 6

COUNTRIES = (  # the home country comes first
    Country("Germany", 0.630, 1.12), Country("Austria", 0.095, 1.11),
    Country("Switzerland", 0.070, 1.06), Country("France", 0.055, 1.14),
    Country("Netherlands", 0.045, 1.24), Country("United Kingdom", 0.050, 0.74),
    Country("Belgium", 0.025, 1.13), Country("Denmark", 0.018, 1.08),
    Country("Poland", 0.012, 1.95),
)
HOME = 0
WHOLESALE_COUNTRIES = (0, 1, 4)  # Germany, Austria, Netherlands
CHANNELS = (
    Channel("Shop", (0.60, 0.52), (0.0, 0.0), (0.80, 0.78, 0.85, 0.95, 1.20, 1.42, 0.0),
            2.9, 1.0, (0.46, 0.40, 0.14, 0.0)),
    Channel("Web", (0.28, 0.38), (0.70, 0.80), (1.18, 1.08, 1.02, 1.00, 0.88, 0.84, 0.0),
            3.6, 3.0, (0.56, 0.35, 0.09, 0.0)),
    Channel("Marketplace", (0.12, 0.10), (0.30, 0.20), (1.12, 1.05, 1.0, 1.0, 0.93, 0.90, 0.0),
            1.9, 3.5, (0.84, 0.15, 0.01, 0.0)),
)
TILL, WEB = 0, 1
HOURS = np.array((  # one row per channel, then the till on Saturdays
    (0, 0, 0, 0, 0, 0, 0, 0, 2, 5, 8, 10, 12, 9, 7, 8, 10, 12, 10, 5, 0, 0, 0, 0),
    (1, .5, .3, .2, .3, .6, 1.5, 3, 4, 5, 5.5, 6.5, 8.5, 7.5, 5.5, 5, 5, 5.5, 6.5, 8.5, 10.5,
     9.5, 6, 3),
    (1, .5, .3, .2, .3, .6, 1.5, 3, 4.5, 5.5, 6, 6.5, 8, 7, 5.5, 5.5, 5.5, 6, 7, 8.5, 9.5, 8, 5,
     2.5),
    (0, 0, 0, 0, 0, 0, 0, 0, 3, 8, 12, 14, 13, 12, 11, 10, 8, 6, 3, 1.5, 0, 0, 0, 0),
))
OFFICE_SECONDS = (9 * 3600, 18 * 3600)  # when returns and adjustments are booked

# (mean orders after the first, mean days between two): once, now and then, loyal, wholesale
HABITS = np.array(((0, 1), (2, 110), (22, 30), (40, 40)))
WHOLESALE_HABITS = (0.0, 0.0, 0.0, 1.0)
WARM_UP_DAYS = 540  # customers also joined before the first day, else nobody is loyal at first
ANONYMOUS_SHARE = 0.12  # of all orders
TILL_AND_WEB_SHARE = 0.15  # of the home web customers
TWO_COUNTRY_CUSTOMERS = 12
WHOLESALE_SHARE = 0.012  # of the web orders in the wholesale countries
WHOLESALE_BASKET, WHOLESALE_PACK, WHOLESALE_EXTRA_PACKS = 6.0, 6, 0.8

YEAR_SEASON: Anchors = (
    (2, 0.88), (25, 0.86), (55, 0.90), (85, 0.99), (115, 1.02), (150, 0.97), (180, 0.86),
    (205, 0.76), (232, 0.78), (255, 0.94), (285, 1.03), (315, 1.12), (328, 1.45), (340, 1.90),
    (353, 2.20), (357, 2.00), (361, 0.95),
)
MOTHERS_DAY_LIFT, MOTHERS_DAY_LEAD = 1.35, 9
EASTER_LIFT, EASTER_LEAD = 1.15, 9
HALF_DAY_LIFT, HALF_DAYS = 0.6, ((12, 24), (12, 31))

CATEGORIES = (
    Category("Tea", "TEA", 0.36, ((1, 1.2), (80, 1.0), (195, 0.75), (285, 1.1), (335, 1.15))),
    Category("Teaware", "POT", 0.13, ((15, 0.9), (130, 1.15), (200, 0.85), (345, 1.25))),
    Category("Tableware", "TAB", 0.13, ((15, 0.9), (120, 1.1), (180, 1.15), (300, 0.95))),
    Category("Kitchen", "KIT", 0.12, ((15, 0.95), (160, 1.05), (345, 1.05))),
    Category("Candles", "CAN", 0.14, ((15, 1.0), (110, 0.85), (190, 0.6), (280, 1.1), (345, 1.4))),
    Category("Textiles", "TEX", 0.10, ((15, 0.85), (105, 1.15), (180, 1.15), (340, 0.85))),
    Category("Christmas", "XMS", 0.18, ((7, 0), (279, 0), (290, 0.2), (318, 0.8), (332, 1.6),
                                        (350, 1.9), (358, 1.5), (361, 0.6), (365, 0.4))),
)
RANGES: tuple[tuple[str, float, dict[str, tuple[float, float]], tuple[str, ...]], ...] = (
    # category, log-normal price spread of the variants, {item: (price, mean units beyond 1)}
    ("Tea", 0.22,
     {"Loose Tea 100 g": (7.9, 0.5), "Loose Tea 250 g": (16.5, 0.2),
      "Tea Bags, box of 20": (4.9, 0.6)},
     ("Assam", "Darjeeling", "Ceylon", "Earl Grey", "East Frisian", "English Breakfast", "Sencha",
      "Jasmine", "Gunpowder", "Oolong", "Rooibos", "Peppermint", "Chamomile", "Lemon Verbena",
      "Ginger & Lemon", "Rosehip")),
    ("Teaware", 0.10,
     {"Stoneware Teapot 1.2 l": (42.0, 0.0), "Tea Strainer": (9.5, 0.1), "Tea Mug": (13.5, 0.9),
      "Tea Caddy": (14.9, 0.3), "Milk Jug": (18.5, 0.0), "Sugar Bowl": (17.5, 0.0)},
     ("Sage", "Indigo", "Chalk", "Terracotta", "Charcoal", "Ochre")),
    ("Tableware", 0.14,
     {"Dinner Plate": (17.9, 2.0), "Side Plate": (12.9, 1.8), "Cereal Bowl": (12.5, 1.3),
      "Serving Platter": (36.0, 0.0), "Salad Bowl": (32.0, 0.0), "Espresso Cup": (9.9, 1.5),
      "Egg Cup": (6.5, 1.4), "Water Jug": (28.5, 0.0)},
     ("Speckled", "Blue Rim", "Fern", "Cream", "Slate")),
    ("Kitchen", 0.18,
     {"Chopping Board": (34.0, 0.1), "Salt Mill": (27.0, 0.0), "Pepper Mill": (27.0, 0.0),
      "Rolling Pin": (18.5, 0.0), "Serving Spoon": (8.9, 0.5), "Butter Dish": (21.0, 0.0),
      "Cheese Knife": (13.5, 0.2), "Trivet": (12.0, 0.2), "Bread Box": (62.0, 0.0)},
     ("Beech", "Oak", "Walnut", "Olive Wood")),
    ("Candles", 0.08,
     {"Scented Candle": (19.5, 0.3), "Travel Candle": (9.9, 0.5), "Reed Diffuser": (26.0, 0.0)},
     ("Fig & Cedar", "Sea Salt", "Lavender", "Bergamot", "Vanilla", "Rosemary", "Sandalwood",
      "Orange Blossom")),
    ("Candles", 0.15,
     {"Candle Holder": (16.5, 0.3), "Tealight Holders, set of 3": (12.9, 0.2)},
     ("Brass", "Black Iron", "Smoked Glass", "Ceramic")),
    ("Textiles", 0.10,
     {"Tea Towel": (10.5, 0.7), "Table Runner": (34.0, 0.0), "Napkins, set of 4": (26.0, 0.3),
      "Cushion Cover": (28.0, 0.5), "Apron": (36.0, 0.0)},
     ("Natural Linen", "Navy Stripe", "Olive Check", "Rust", "Grey Herringbone", "Mustard")),
    ("Christmas", 0.12,
     {"Baubles, set of 6": (16.5, 0.4), "Paper Star": (11.5, 0.5), "Door Wreath": (32.0, 0.0),
      "Advent Candles, set of 4": (14.5, 0.1), "Gift Tags, pack of 10": (4.5, 0.6)},
     ("Red", "Gold", "Frosted", "Forest Green")),
)
BOUGHT_TOGETHER = {
    "Stoneware Teapot 1.2 l": "Tea Strainer", "Scented Candle": "Candle Holder",
    "Dinner Plate": "Side Plate", "Salt Mill": "Pepper Mill", "Apron": "Tea Towel",
}
TOGETHER_CHANCE = 0.45
ZIPF_EXPONENT = 0.75
LAUNCHED, DISCONTINUED, LAUNCH_RAMP_DAYS = 26, 18, 45

ENDINGS, ENDING_SHARES = (0, 50, 90, 95), (0.10, 0.20, 0.50, 0.20)
SHELF_PRICES: Ints = np.add.outer(np.arange(0, 50_000, 100), np.array(ENDINGS)).ravel()[1:]
PRICE_RISE, PRICE_RISE_DAY = 1.03, (2, 1)
TARIFFS = (1.0, 0.85, 0.80)
LIST_PRICE, PROMOTION_PRICE, WHOLESALE_PRICE = 0, 1, 2

RETURN_SHARE = 0.025  # of the orders
RETURN_DAYS = (2, 25)
ADJUSTMENT_SHARE = 0.0012  # of the lines
ADJUSTMENTS = (("damaged stock", -1), ("missing at stock count", -1), ("found at stock count", 1))
SALE_LINE_SHARE = 0.99  # the rest is left for returns and adjustments
INVOICE_PREFIXES = ("", "R", "A")
SALE, RETURN, ADJUSTMENT = 0, 1, 2
FIRST_INVOICE, FIRST_CUSTOMER = 100_001, 10_001
CUSTOMERS_HEADER = ("customer_id", "gender", "age")
GENDERS = (("female", 0.56), ("male", 0.29), ("non-binary", 0.01), ("", 0.14))
AGE_SHARES = ((16, 0.02), (18, 0.08), (25, 0.21), (35, 0.25), (45, 0.20), (55, 0.15), (65, 0.09))
OLDEST, AGE_KNOWN = 88, 0.82
PRODUCTS_HEADER = ("product_id", "product_name", "category", "price", "quantity_sold", "rating",
                   "review_count")
RATING, REVIEW_SHARE = (4.3, 0.35), 0.06  # mean and spread; of the units sold
WRITE_BATCH = 50_000  # lines turned to text at once, which bounds the memory
# fmt: on

WHOSE = ("moment", "country", "channel", "customer")  # an unknown customer is -1
ORDER = np.dtype([(field, np.int64) for field in (*WHOSE, "tariff")])
# `invoice` is unique within a kind; `label` counts the product names, then ADJUSTMENTS.
WHAT = ("kind", "invoice", "product", "label", "quantity", "cents")
LINE = np.dtype([(field, np.int64) for field in (*WHOSE, *WHAT)])


@dataclass(frozen=True)
class Catalogue:
    """What is sold; the last axis of every array is the product."""

    codes: list[str]
    names: list[str]
    categories: list[str]
    extra_units: Floats  # mean units on a line beyond the first
    companion: Ints  # the product bought together with this one, or -1
    cents: Ints  # (tariff, price list, product)
    popularity: Floats  # (day, product); 0 while a product is not on sale


def write_customers(path: Path, *, seed: int, sales: Path) -> int:
    """Write gender and age of most customers of a sales file as CSV; wholesale buyers among them.

    Returns the number of customers written. Equal arguments give byte-identical files.
    """
    with sales.open(encoding="utf-8", newline="") as file:
        place = HEADER.index("CustomerID")
        ids = sorted({row[place] for row in islice(csv.reader(file), 1, None)} - {""})
    rng = np.random.default_rng([seed, 1])  # its own numbers, so that the sales stay as they are
    gender = rng.choice(len(GENDERS), len(ids), p=[share for _, share in GENDERS])
    band = rng.choice(len(AGE_SHARES), len(ids), p=[share for _, share in AGE_SHARES])
    starts = np.array([*(start for start, _ in AGE_SHARES), OLDEST + 1])
    age = rng.integers(starts[band], starts[band + 1])
    age_known = rng.random(len(ids)) < AGE_KNOWN
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CUSTOMERS_HEADER)
        for who, which, years, known in zip(ids, gender, age, age_known, strict=True):
            writer.writerow((who, GENDERS[which][0], years if known else ""))
    return len(ids)


def write_products(path: Path, *, seed: int, sales: Path) -> int:
    """Write the products of a sales file as CSV: list price, units sold, rating and reviews.

    Returns the number of products written. Equal arguments give byte-identical files.
    """
    what, highest, units = {}, Counter[str](), Counter[str]()
    with sales.open(encoding="utf-8", newline="") as file:
        for _, product, name, number, _, price, _, _, category, _ in islice(
            csv.reader(file), 1, None
        ):
            quantity, cents = int(number), round(float(price) * 100)
            if quantity > 0 and cents > 0:
                what[product] = (name, category)
                units[product] += quantity
                # Prices only rise, and promotions lie below: the highest is today's.
                highest[product] = max(highest[product], cents)
    products = sorted(what)
    rng = np.random.default_rng([seed, 2])  # its own numbers, so that the sales stay as they are
    rating = np.clip(rng.normal(*RATING, len(products)), 1, 5).round(1)
    reviews = rng.binomial([units[one] for one in products], REVIEW_SHARE)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(PRODUCTS_HEADER)
        for one, stars, count in zip(products, rating, reviews, strict=True):
            price = f"{highest[one] // 100}.{highest[one] % 100:02d}"
            writer.writerow((one, *what[one], price, units[one], stars, count))
    return len(products)


def write_sales(path: Path, *, seed: int, until: date, lines: int = 100_000) -> int:
    """Write about two years of sales that end on `until` (inclusive) as CSV.

    Returns the number of lines written, which is within 2 % of `lines`. Equal arguments give
    byte-identical files.
    """
    if not MIN_LINES <= lines <= MAX_LINES:
        raise ValueError(f"lines must be from {MIN_LINES} to {MAX_LINES}, not {lines}")
    rng = np.random.default_rng(seed)
    days = [until - timedelta(days=back) for back in reversed(range(DAYS))]
    catalogue = _catalogue(rng, days)
    sale_lines = round(lines * SALE_LINE_SHARE)
    sold = _sold_lines(rng, days, catalogue, _orders(rng, days, sale_lines), sale_lines)
    returned = _returned_lines(rng, days, sold)
    adjusted = _adjustment_lines(rng, days, catalogue, lines)
    rows = np.concatenate([sold, returned, adjusted])
    rows = rows[np.lexsort((rows["invoice"], rows["kind"], rows["moment"]))]
    _write(path, days[0], catalogue, rows)
    return len(rows)


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth (from 1) such weekday of the month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _is_closed(day: date) -> bool:
    """Sundays, public holidays, and the week from the second Monday of August."""
    week_off = nth_weekday(day.year, 8, MONDAY, 2)
    return (
        day.weekday() == SUNDAY
        or (day.month, day.day) in ((1, 1), (12, 25), (12, 26))
        or (day - _easter(day.year)).days in (-2, 1)
        or week_off <= day < week_off + timedelta(days=7)
    )


def _promotion_lift(day: date) -> float:
    """How much a promotion multiplies the orders of the day; 1 on all other days."""
    black_friday = nth_weekday(day.year, 11, THURSDAY, 4) + timedelta(days=1)
    lifts = {
        nth_weekday(day.year, 3, SATURDAY, 1): 1.8,
        nth_weekday(day.year, 6, FRIDAY, 3): 1.7,
        nth_weekday(day.year, 9, SATURDAY, 2): 2.0,
        black_friday: 2.6,
        black_friday + timedelta(days=3): 1.6,
    }
    return lifts.get(day, 1.0)


def _day_lift(day: date) -> float:
    """Everything but season and weekday that multiplies the orders of the day; 0 if closed."""
    if _is_closed(day):
        return 0.0
    lift = _promotion_lift(day)
    if 0 < (nth_weekday(day.year, 5, SUNDAY, 2) - day).days <= MOTHERS_DAY_LEAD:
        lift *= MOTHERS_DAY_LIFT
    if 0 < (_easter(day.year) - day).days <= EASTER_LEAD:
        lift *= EASTER_LIFT
    if (day.month, day.day) in HALF_DAYS:
        lift *= HALF_DAY_LIFT
    return lift


def _season(anchors: Anchors, days: list[date]) -> Floats:
    """The level of each day, interpolated between the anchors and around the turn of the year."""
    at, level = zip(*anchors, strict=True)
    levels: Floats = np.interp([day.timetuple().tm_yday for day in days], at, level, period=365)
    return levels


def _draw(rng: np.random.Generator, weights: Floats, row: Ints) -> Ints:
    """Draw one column per entry of `row`, each by that row's weights (rows, columns)."""
    cumulative = np.cumsum(weights, axis=1)
    # Stacking the rows end to end, one unit each, turns all draws into a single search.
    stacked = cumulative / cumulative[:, -1:] + np.arange(len(weights))[:, None]
    found = np.searchsorted(stacked.ravel(), row + rng.random(len(row)), side="right")
    column: Ints = np.minimum(found - row * weights.shape[1], weights.shape[1] - 1)
    return column


def _catalogue(rng: np.random.Generator, days: list[date]) -> Catalogue:
    prefixes = {category.name: category.code for category in CATEGORIES}
    numbers: Counter[str] = Counter()
    products: list[tuple[str, str, str, float, float]] = []
    positions: dict[str, list[int]] = {}  # of the variants of each item
    for category, spread, items, variants in RANGES:
        factors = np.exp(rng.normal(0, spread, len(variants))).tolist()
        for item, (price, extra) in items.items():
            positions[item] = list(range(len(products), len(products) + len(variants)))
            for variant, factor in zip(variants, factors, strict=True):
                numbers[category] += 1
                code = f"{prefixes[category]}-{numbers[category]:03d}"
                products.append((code, f"{variant} {item}", category, price * factor, extra))
    codes, names, categories, prices, extra_units = map(list, zip(*products, strict=True))
    companion = np.full(len(products), -1)
    for item, partner in BOUGHT_TOGETHER.items():
        companion[positions[item]] = np.resize(positions[partner], len(positions[item]))
    return Catalogue(
        codes=codes,
        names=names,
        categories=categories,
        extra_units=np.array(extra_units),
        companion=companion,
        cents=_price_lists(rng, np.array(prices), _price_list_of(days)[-1] + 1),
        popularity=_popularity(rng, days, np.array(categories)),
    )


def _price_list_of(days: list[date]) -> Ints:
    """The price list in force on each day, counted from 0."""
    return np.cumsum([(day.month, day.day) == PRICE_RISE_DAY for day in days])


def _shelf_price(cents: Floats, threshold: Floats | float) -> Ints:
    """Round to a neighbouring usual price ending; a threshold of 0.5 means the nearest one."""
    upper = np.clip(np.searchsorted(SHELF_PRICES, cents), 1, len(SHELF_PRICES) - 1)
    below, above = SHELF_PRICES[upper - 1], SHELF_PRICES[upper]
    return np.where((cents - below) / (above - below) > threshold, above, below)


def _price_lists(rng: np.random.Generator, prices: Floats, count: int) -> Ints:
    """Prices in cents, shape (tariff, price list, product)."""
    endings = rng.choice(ENDINGS, len(prices), p=ENDING_SHARES)
    lists = [np.floor(prices).astype(np.int64) * 100 + endings]
    for _ in range(1, count):
        # 3 % of a cheap product is less than a step: by chance, some go up and others stay.
        lists.append(_shelf_price(lists[-1] * PRICE_RISE, rng.random(len(prices))))
    return np.stack([_shelf_price(np.array(lists) * tariff, 0.5) for tariff in TARIFFS])


def _popularity(
    rng: np.random.Generator, days: list[date], categories: npt.NDArray[np.str_]
) -> Floats:
    """Relative chance of each product on a line, shape (day, product)."""
    chance = np.empty((len(days), len(categories)))
    for category in CATEGORIES:
        members = np.flatnonzero(categories == category.name)
        zipf = rng.permutation(np.arange(1.0, len(members) + 1) ** -ZIPF_EXPONENT)
        season = _season(category.season, days)
        chance[:, members] = np.outer(season, category.share * zipf / zipf.sum())
    all_year = np.flatnonzero(categories != "Christmas")
    changing = rng.choice(all_year, LAUNCHED + DISCONTINUED, replace=False)
    age = np.arange(len(days))[:, None] - rng.integers(60, len(days) - 60, len(changing))
    chance[:, changing[:LAUNCHED]] *= np.clip(age[:, :LAUNCHED] / LAUNCH_RAMP_DAYS, 0, 1)
    chance[:, changing[LAUNCHED:]] *= age[:, LAUNCHED:] < 0
    return chance


def _order_share(rng: np.random.Generator, days: list[date]) -> Floats:
    """Expected share of all orders, shape (day, country, channel)."""
    demand = _season(YEAR_SEASON, days) * np.array([_day_lift(day) for day in days])
    demand *= rng.lognormal(0, 0.06, len(days))
    demand *= np.repeat(rng.lognormal(0, 0.05, len(days) // 7 + 1), 7)[: len(days)]
    years = np.arange(len(days)) / 365
    weekday = [day.weekday() for day in days]
    share = np.empty((len(days), len(COUNTRIES), len(CHANNELS)))
    for position, channel in enumerate(CHANNELS):
        share[:, :, position] = np.linspace(*channel.abroad, len(days))[:, None]
        share[:, HOME, position] = np.linspace(*channel.at_home, len(days))
        share[:, :, position] *= np.array(channel.weekdays)[weekday][:, None]
    for position, country in enumerate(COUNTRIES):
        share[:, position, :] *= (demand * country.share * country.growth**years)[:, None]
    share /= share.sum()
    return share


def _orders(rng: np.random.Generator, days: list[date], lines: int) -> Records:
    """As many orders (ORDER, by time) as have about `lines` lines."""
    share = _order_share(rng, days)
    count = round(lines / float((share * [channel.basket for channel in CHANNELS]).sum()))
    # One order is set aside so that even a tiny shop sold something on its last open day.
    cells = rng.multinomial(count - 1, share.ravel()).reshape(share.shape)
    cells[np.flatnonzero(share.sum(axis=(1, 2)))[-1], HOME, TILL] += 1
    day, country, channel = np.nonzero(cells)
    day, country, channel = np.repeat((day, country, channel), cells[cells > 0], axis=1)
    saturday = np.array([day.weekday() == SATURDAY for day in days])[day]
    trade = np.isin(country, WHOLESALE_COUNTRIES) & (channel == WEB)
    wholesale = trade & (rng.random(count) < WHOLESALE_SHARE)
    profile = np.where(wholesale, TILL, channel)  # a business orders by day
    hour = _draw(rng, HOURS, np.where(saturday & (profile == TILL), len(CHANNELS), profile))
    promoted = np.array([_promotion_lift(day) > 1 for day in days])[day]
    orders = np.zeros(count, ORDER)
    orders["moment"] = day * DAY_SECONDS + hour * 3600 + rng.integers(0, 3600, count)
    orders["country"], orders["channel"] = country, channel
    orders["tariff"] = np.where(promoted, PROMOTION_PRICE, LIST_PRICE)
    orders["tariff"][wholesale] = WHOLESALE_PRICE
    orders = orders[np.argsort(orders["moment"], kind="stable")]
    orders["customer"] = _customers(rng, orders)
    return orders


def _customers(rng: np.random.Generator, orders: Records) -> Ints:
    """The customer of each order, numbered in order of appearance."""
    country, channel = orders["country"], orders["channel"]
    wholesale = orders["tariff"] == WHOLESALE_PRICE
    at_till = (country == HOME) & (channel == TILL)
    anonymous = min(round(ANONYMOUS_SHARE * len(orders)), int(at_till.sum()))
    pools = country * (len(CHANNELS) + 1) + np.where(wholesale, len(CHANNELS), channel)
    pools[rng.choice(np.flatnonzero(at_till), anonymous, replace=False)] = -1
    mixes = [*(row.habits for row in CHANNELS), WHOLESALE_HABITS]
    customer = np.full(len(orders), -1)
    for pool in np.unique(pools[pools >= 0]).tolist():
        members = np.flatnonzero(pools == pool)
        visits = _visits(rng, len(members), mixes[pool % len(mixes)])
        customer[members] = customer.max() + 1 + visits
    known = customer >= 0
    on_web = (country == HOME) & (channel == WEB) & ~wholesale
    both = round(TILL_AND_WEB_SHARE * len(np.unique(customer[on_web])))
    customer = _merge_people(rng, customer, on_web, at_till & known, both)
    abroad = (country != HOME) & ~wholesale
    customer = _merge_people(rng, customer, abroad, on_web, TWO_COUNTRY_CUSTOMERS)
    _, first, person = np.unique(customer[known], return_index=True, return_inverse=True)
    customer[known] = np.argsort(np.argsort(first))[person]
    return customer


def _visits(rng: np.random.Generator, count: int, habit_shares: tuple[float, ...]) -> Ints:
    """Who places each of `count` orders that are given by time; the numbers have gaps.

    Each person joins on some day and comes back after random gaps until they have had enough.
    The visits take the orders in turn, so they crowd where the calendar has many orders.
    """
    people = 2 * count + 50  # more than enough: over half of them join within the period
    joined = rng.uniform(-WARM_UP_DAYS, DAYS, people)
    repeats, gaps = HABITS[rng.choice(len(HABITS), people, p=habit_shares)].T
    visits = rng.geometric(1 / (1 + repeats))
    person = np.repeat(np.arange(people), visits)
    first = np.cumsum(visits) - visits
    waits = rng.exponential((gaps * rng.gamma(3, 1 / 3, people))[person])
    waits[first] = 0
    elapsed = np.cumsum(waits)
    when = joined[person] + elapsed - elapsed[first][person]
    inside = np.flatnonzero((when >= 0) & (when < DAYS))[:count]
    visitors: Ints = person[inside][np.argsort(when[inside], kind="stable")]
    return visitors


def _merge_people(
    rng: np.random.Generator, customer: Ints, source: Flags, target: Flags, count: int
) -> Ints:
    """Let up to `count` customers of the source orders be customers of the target orders."""
    sources, targets = np.unique(customer[source]), np.unique(customer[target])
    count = min(count, len(sources) // 2, len(targets) // 2)
    person = np.append(np.arange(customer.max() + 1), -1)  # an unknown customer, -1, stays so
    person[rng.choice(sources, count, replace=False)] = rng.choice(targets, count, replace=False)
    return person[customer]


def _sold_lines(
    rng: np.random.Generator, days: list[date], catalogue: Catalogue, orders: Records, lines: int
) -> Records:
    """The sale lines (LINE) of the orders, slightly fewer than `lines`."""
    invoice, product = _baskets(rng, catalogue, orders, _basket_sizes(rng, orders, lines))
    sold = np.zeros(len(invoice), LINE)
    for field in WHOSE:
        sold[field] = orders[field][invoice]
    units = 1 + rng.poisson(catalogue.extra_units[product])
    packs = 1 + rng.poisson(WHOLESALE_EXTRA_PACKS, len(product))
    tariff = orders["tariff"][invoice]
    price_list = _price_list_of(days)[sold["moment"] // DAY_SECONDS]
    sold["kind"], sold["invoice"] = SALE, invoice
    sold["product"], sold["label"] = product, product
    sold["quantity"] = np.where(tariff == WHOLESALE_PRICE, WHOLESALE_PACK * packs, units)
    sold["cents"] = catalogue.cents[tariff, price_list, product]
    return sold


def _basket_sizes(rng: np.random.Generator, orders: Records, lines: int) -> Ints:
    """The number of lines of each order, corrected at random orders to add up to `lines`."""
    means = np.array([channel.basket for channel in CHANNELS])[orders["channel"]]
    means[orders["tariff"] == WHOLESALE_PRICE] = WHOLESALE_BASKET
    sizes: Ints = 1 + rng.poisson((means - 1) * rng.gamma(2, 1 / 2, len(orders)))
    missing = lines - int(sizes.sum())
    adjustable = np.flatnonzero(sizes > 1)
    changed = rng.choice(adjustable, min(abs(missing), len(adjustable)), replace=False)
    sizes[changed] += np.sign(missing)
    return sizes


def _baskets(
    rng: np.random.Generator, catalogue: Catalogue, orders: Records, sizes: Ints
) -> tuple[Ints, Ints]:
    """The order and the product of each line; a product is on one line of an order only."""
    order = np.repeat(np.arange(len(orders)), sizes)
    day = orders["moment"][order] // DAY_SECONDS
    product = _draw(rng, catalogue.popularity, day)
    repeated = np.delete(np.arange(len(order)), _first_of_each(order, product))
    product[repeated] = _draw(rng, catalogue.popularity, day[repeated])
    companion = catalogue.companion[product]
    place = np.arange(len(order)) - (np.cumsum(sizes) - sizes)[order]
    # Leaders sit at even places so that no companion replaces another leader.
    leads = (place % 2 == 0) & (place + 1 < sizes[order]) & (companion >= 0)
    leads &= catalogue.popularity[day, companion] > 0
    leaders = np.flatnonzero(leads & (rng.random(len(order)) < TOGETHER_CHANCE))
    product[leaders + 1] = companion[leaders]
    kept = _first_of_each(order, product)
    return order[kept], product[kept]


def _first_of_each(order: Ints, product: Ints) -> Ints:
    """The lines that are the first of their order with their product."""
    _, first = np.unique(order * (product.max() + 1) + product, return_index=True)
    return np.sort(first)


def _returned_lines(rng: np.random.Generator, days: list[date], sold: Records) -> Records:
    """One line each of some orders, brought back in part or whole on a later open day."""
    shuffled = rng.permutation(len(sold))
    _, first = np.unique(sold["invoice"][shuffled], return_index=True)
    lines = sold[shuffled[first]]  # a random one of each order
    closed = [DAYS if _is_closed(day) else position for position, day in enumerate(days)]
    next_open = np.minimum.accumulate(closed[::-1])[::-1]
    soonest, latest = RETURN_DAYS
    bought = lines["moment"] // DAY_SECONDS
    back = bought + rng.integers(soonest, latest + 1, len(lines))
    back = next_open[np.minimum(back, DAYS - 1)]
    possible = (back >= bought + soonest) & (back <= bought + latest) & (back < DAYS)
    chance = possible * np.array([channel.returns for channel in CHANNELS])[lines["channel"]]
    count = min(round(RETURN_SHARE * len(lines)), int(possible.sum()))
    chosen = rng.choice(len(lines), count, replace=False, p=chance / chance.sum())
    returned = lines[chosen]
    returned["kind"] = RETURN
    returned["moment"] = back[chosen] * DAY_SECONDS + rng.integers(*OFFICE_SECONDS, count)
    returned["quantity"] = -rng.integers(1, returned["quantity"] + 1)
    return returned


def _adjustment_lines(
    rng: np.random.Generator, days: list[date], catalogue: Catalogue, lines: int
) -> Records:
    """Stock written off or found again: price 0, nobody's order."""
    adjusted = np.zeros(max(3, round(ADJUSTMENT_SHARE * lines)), LINE)
    count = len(adjusted)
    open_days = [position for position, day in enumerate(days) if not _is_closed(day)]
    day = rng.choice(open_days, count)
    reason = rng.integers(0, len(ADJUSTMENTS), count)
    adjusted["moment"] = day * DAY_SECONDS + rng.integers(*OFFICE_SECONDS, count)
    adjusted["country"], adjusted["channel"], adjusted["customer"] = HOME, TILL, -1
    adjusted["kind"], adjusted["invoice"] = ADJUSTMENT, np.arange(count)
    adjusted["product"] = _draw(rng, catalogue.popularity, day)
    adjusted["label"] = len(catalogue.names) + reason
    signs = np.array([sign for _, sign in ADJUSTMENTS])
    adjusted["quantity"] = signs[reason] * rng.integers(1, 7, count)
    return adjusted


def _write(path: Path, start: date, catalogue: Catalogue, rows: Records) -> None:
    """Write the lines, given by time and invoice, and number the invoices in that order."""
    new_invoice = (np.diff(rows["invoice"]) != 0) | (np.diff(rows["kind"]) != 0)
    rows["invoice"] = FIRST_INVOICE + np.cumsum(np.append(0, new_invoice))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for begin in range(0, len(rows), WRITE_BATCH):
            writer.writerows(_as_text(start, catalogue, rows[begin : begin + WRITE_BATCH]))


def _as_text(start: date, catalogue: Catalogue, rows: Records) -> Iterator[tuple[str | int, ...]]:
    """The fields of each line in the order of HEADER."""
    times = np.datetime_as_string(np.datetime64(start, "s") + rows["moment"]).tolist()
    labels = catalogue.names + [reason for reason, _ in ADJUSTMENTS]
    for time, row in zip(times, rows.tolist(), strict=True):
        _, country, channel, customer, kind, invoice, product, label, quantity, cents = row
        number = f"{INVOICE_PREFIXES[kind]}{invoice}"
        price = f"{cents // 100}.{cents % 100:02d}"
        person = f"C{FIRST_CUSTOMER + customer}" if customer >= 0 else ""
        what = (number, catalogue.codes[product], labels[label], quantity)
        who = (time.replace("T", " "), price, person, COUNTRIES[country].name)
        yield (*what, *who, catalogue.categories[product], CHANNELS[channel].name)
