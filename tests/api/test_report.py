"""The report of a period: its figures are those of the query, and what people wrote stays text."""

import re
from datetime import date
from html import unescape
from html.parser import HTMLParser

import pytest

from api_shop import Api, shared_api
from serving import tillsight
from shop import HEADER
from tillsight import formats
from tillsight.api.report import drawing, written
from tillsight.api.report.facts import ABOUT_CUSTOMERS, KEY_FIGURES
from tillsight.metrics import catalogue

HOSTILE = '<script>alert(1)</script>"&'
QUOTED = f'"{HOSTILE.replace(chr(34), chr(34) * 2)}"'
SALES = HEADER + "".join(
    f"{month}-{day}-{place},p{place},{name},{place + 1},2024-{month:02}-{day:02} 10:00:00,"
    f"{month * 3},c{(day + place) % 7},{country}\n"
    for month in (4, 5)
    for day in range(1, 29, 2)
    for place, (name, country) in enumerate([("Pen", "France"), ("Cup", "EIRE"), (QUOTED, QUOTED)])
)
MAY = {"from": "2024-05-01", "to": "2024-06-01", "compare": "previous_period"}
PATH = "/api/reports/period"


@pytest.fixture(scope="module")
def seller():
    with shared_api(SALES) as api:
        note = {"from": "2024-05-07", "text": f"Sale {HOSTILE}"}
        api.client.post("/api/notes", json=note, headers=api.as_("editor"))
        yield api


class Table(HTMLParser):
    """Texts of a page by its elements: cells of tables, and what has a name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())


def report(api: Api, **asked: object) -> str:
    answer = api.client.get(PATH, params=asked, headers=api.as_("viewer"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def cells(html: str, begins: str) -> list[list[str]]:
    """The rows of the first table behind a piece of the page."""
    table = html[html.index(begins) :].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", one))
            for one in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in rows
    ]


@pytest.mark.parametrize("filters", [{}, {"country": "EIRE"}, {"country": ["France", HOSTILE]}])
def test_figures_are_those_of_the_query(seller: Api, filters: dict) -> None:
    html = report(seller, **MAY, **filters)
    names = [*KEY_FIGURES, *ABOUT_CUSTOMERS]
    said = seller.get("/api/metrics/query", measures=",".join(names), **MAY, **filters)
    for one in catalogue.measures(names):
        box = html[html.index(f'data-measure="{one.name}"') :]
        told = unescape(re.sub(r"<[^>]+>", " ", box[:400]))
        assert f" {written.measured(said['totals'][one.name], one, 'EUR')} " in told, one.name
        was, growth = (said["comparison"][part][one.name] for part in ("totals", "growth"))
        assert written.grown(one, said["totals"][one.name], was, growth) in told
        assert written.measured(was, one, "EUR") in told


@pytest.mark.parametrize("by", ["product", "customer", "country"])
def test_the_largest_stand_with_share_and_change(seller: Api, by: str) -> None:
    rows = cells(report(seller, **MAY), f'data-top="{by}"')
    said = seller.get("/api/metrics/query", measures="revenue", by=by, order="-revenue", **MAY)
    before = {row[by]: row["revenue"] for row in said["comparison"]["rows"]}
    expected = []
    for row in said["rows"][:10]:
        name, key = row.get(f"{by}_name"), row[by]
        shown = f"{name} {key}" if name and name != key else key
        change = row["revenue"] / before[key] - 1
        money = formats.money(row["revenue"], "EUR")
        share = formats.share(row["revenue"], said["totals"]["revenue"])
        expected.append([shown, money, share, written.growth(change)])
    assert rows == expected


def test_reasons_sum_to_the_change(seller: Api) -> None:
    html = report(seller, **MAY)
    said = seller.get("/api/metrics/explain", measure="revenue", by="product", **MAY)
    assert f"<b>{written.changed_money(said['change'], 'EUR')}</b>" in html
    factors = [[one["label"], written.changed_money(one["part"], "EUR")] for one in said["factors"]]
    assert cells(html, 'class="factors"') == [one for one in factors if one[1] != "€0.00"]
    movers = cells(html, 'class="movers"')
    assert [row[1] for row in movers] == [
        written.changed_money(one["change"], "EUR") for one in said["groups"]
    ]


def test_the_cover_says_what_the_figures_are_of(seller: Api) -> None:
    text = " | ".join(Table(report(seller, **MAY, country="EIRE", channel="")).text)
    assert "Period | 1 – 31 May 2024" in text
    assert "Country: EIRE; Channel: Unknown" in text
    version = seller.get("/api/metrics/query", measures="revenue")["data_version"]
    assert f"version {version}, sales up to 27 May 2024" in text
    assert "Compared days | 1 – 27 May 2024, as far as there are data" in text
    assert "the period before, 4 – 30 April 2024" in text
    for one in catalogue.measures([*KEY_FIGURES, *ABOUT_CUSTOMERS]):
        assert one.definition in text


def test_what_people_wrote_is_text_and_nothing_is_loaded(seller: Api) -> None:
    html = report(seller, **MAY, country=HOSTILE)
    page = Table(html)
    assert "script" not in page.tags
    assert any(HOSTILE in text for text in page.text)
    assert any(f"Sale {HOSTILE}" in text for text in page.text)
    addresses = [value for name, value in page.attributes if name in {"src", "href", "style"}]
    assert addresses == []
    assert "url(" not in html
    assert "@import" not in html
    headers = seller.client.get(PATH, headers=seller.as_("viewer")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert headers["cache-control"] == "no-store"


def test_without_days_it_is_about_all_and_compares_nothing(seller: Api) -> None:
    html = report(seller, compare="previous_year")
    text = " | ".join(Table(html).text)
    assert "Period | 1 April – 27 May 2024" in text
    assert "Compared with | nothing" in text
    assert "What changed, and why" not in text
    assert ">Change<" not in html


def test_where_nothing_was_sold_it_says_so(seller: Api) -> None:
    html = report(seller, **{"from": "2030-01-01", "to": "2030-02-01"})
    assert "nothing was sold in the period" in html
    assert "<svg" not in html


def test_an_empty_shop_has_a_report_too(api: Api) -> None:
    assert "nothing was loaded yet" in report(api, **MAY)


def test_strangers_and_nonsense_are_refused(seller: Api) -> None:
    assert seller.client.get(PATH).status_code == 401
    for asked in (
        {"grain": "hour"},
        {"from": "soon"},
        {"compare": "them"},
        {"weekday": "8"},
        {"from": "2024-05-02", "to": "2024-05-01"},
    ):
        answer = seller.client.get(PATH, params=asked, headers=seller.as_("viewer"))
        assert answer.status_code == 422, asked


def test_taking_it_is_written_down(seller: Api) -> None:
    report(seller, **MAY)
    entry = seller.get("/api/audit", role="admin", action="export")["entries"][0]
    assert entry["subject"] == "report"


def test_the_course_is_drawn_from_the_first_step_to_the_last(seller: Api) -> None:
    html = report(seller, **MAY, grain="week")
    rows = seller.get("/api/metrics/query", measures="revenue", by="week", **MAY)["rows"]
    lines = re.findall(r'<polyline points="([^"]+)"', html)
    assert len(lines[-1].split()) == len(rows)
    points = [tuple(map(float, one.split(","))) for one in lines[-1].split()]
    assert points[0][0] == drawing.LEFT
    assert points[-1][0] == drawing.WIDTH - drawing.RIGHT
    highest = max(range(len(rows)), key=lambda place: rows[place]["revenue"])
    assert min(range(len(points)), key=lambda place: points[place][1]) == highest
    assert html.count("<polyline") == 2, "and the period before"


def test_a_rate_changes_by_points() -> None:
    [rate, money] = catalogue.measures(["return_rate", "revenue"])
    assert written.grown(rate, 0.0074, 0.0066, 0.12) == "+0.08 points"
    assert written.grown(rate, 0.25, 0.3, -0.17) == "−5.0 points"  # noqa: RUF001
    assert written.grown(rate, 0.25, None, None) == formats.NOTHING
    assert written.grown(money, 2, 1, 1.0) == "+100.0%"


def test_changes_are_written_as_people_read_them() -> None:
    said = [written.growth(one) for one in (None, 0, 0.0004, -0.25, 1.5, 2572.5)]
    assert said == ["–", "0.0%", "0.0%", "−25.0%", "+150.0%", "over +999%"]  # noqa: RUF001
    assert written.step("week", "2024-W19") == "week of 6 May 2024"
    assert formats.days(date(2024, 5, 1), date(2024, 5, 1)) == "1 May 2024"


def test_the_terminal_writes_the_same_page(seller: Api, tmp_path) -> None:
    file = tmp_path / "may.html"
    options = ["--from", "2024-05-01", "--to", "2024-06-01", "--where", "country=EIRE"]
    home = seller.shop.settings.home
    done = tillsight(home, "report", "--output", str(file), *options)
    assert done.returncode == 0, done.stderr
    assert file.read_text() == report(seller, **MAY, country="EIRE")
