"""The page that stands in the place of the sales while they are laid out from nothing."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, Engine, create_engine, text

from browsing import SLOW, sign_in
from purchases import enter, purchase
from serving import Server, serving
from shop import HEADER, in_memory, opened
from tillsight import formats
from tillsight.dashboard import texts
from tillsight.database import Database
from tillsight.settings import load_settings
from tillsight.warehouse.progress import TAKES_LONG_FROM
from tillsight.warehouse.purchases import MOST_TOGETHER
from waits import until

pytestmark = pytest.mark.browser

FILES = TAKES_LONG_FROM
"""Lines of the file, each of 10."""
PURCHASES = MOST_TOGETHER + 1
"""Of 12.50; they are laid out in two steps after the file."""
SEEN = """
  window.seen = {done: [], places: []};
  new MutationObserver(() => {
    const notice = document.querySelector('.st-key-notice_preparing');
    const bar = notice?.querySelector('progress'), ways = notice?.querySelector('.ways');
    if (!bar || !ways) return;
    window.seen.done.push(bar.value);
    window.seen.places.push(Math.round(ways.getBoundingClientRect().top));
  }).observe(document, {subtree: true, childList: true, attributes: true});
"""
"""Notes each progress that the page ever showed, and where stood what is below it."""


@pytest.fixture(scope="module")
def database(postgres: Callable[[str], str]) -> Iterator[Engine]:
    """An operational database whose tables can be locked."""
    engine = create_engine(postgres("preparing"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def home(database: Engine) -> Path:
    """A shop with a large file and many purchases, none of them laid out."""
    home, url = in_memory(), database.url.render_as_string(hide_password=False)
    tables = Database(url)
    tables.upgrade()
    tables.close()
    days = [date(2024, 5, 1) + timedelta(days=day) for day in range(30)]
    with (home / "sales.csv").open("w") as file:
        file.write(HEADER)
        file.writelines(
            f"{line},p{line % 50},Pen,1,{days[line % 30]},10,c{line % 5000},France\n"
            for line in range(FILES)
        )
    with opened(load_settings(home=home, database_url=url)) as shop:
        shop.load(home / "sales.csv")
        enter(shop, *[purchase(when="2024-05-07")] * PURCHASES)
    (home / "sales.csv").unlink()
    shutil.rmtree(home / "warehouse")
    return home


class Held:
    """Purchases that nobody can read, and who waits for them: first come, first served."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._holder = self._hold()

    def _hold(self) -> Connection:
        connection = self._database.connect()
        connection.execute(text("LOCK TABLE purchases IN ACCESS EXCLUSIVE MODE"))
        return connection

    def let_one_pass(self) -> None:
        """Let whoever waits read them once, then hold them again."""
        until(lambda: self._waiting() == 1)
        with ThreadPoolExecutor(1) as other:
            again = other.submit(self._hold)
            until(lambda: self._waiting() == 2)
            self._holder.close()
            self._holder = again.result(timeout=SLOW / 1000)

    def let_all_pass(self) -> None:
        """Hold them no longer."""
        self._holder.close()

    def _waiting(self) -> int:
        with self._database.connect() as connection:
            waiting = "relation = 'purchases'::regclass AND NOT granted"
            counted = connection.scalar(text(f"SELECT count(*) FROM pg_locks WHERE {waiting}"))
        return int(counted or 0)


@pytest.fixture
def held(database: Engine) -> Iterator[Held]:
    """Purchases are held from before the server starts."""
    found = Held(database)
    yield found
    found.let_all_pass()


@pytest.fixture
def server(home: Path, database: Engine, held: Held) -> Iterator[Server]:
    del held  # from before it starts
    with serving(home, DATABASE_URL=database.url.render_as_string(hide_password=False)) as started:
        yield started


def test_a_page_says_how_far_sales_are_laid_out_and_opens_by_itself(held: Held, page: Page) -> None:
    page.add_init_script(SEEN)
    sign_in(page, "/?days=all")
    notice = page.locator(".st-key-notice_preparing")
    expect(notice).to_contain_text(texts.PREPARING_TITLE)
    expect(page.locator('[class*="st-key-panel_"]')).to_have_count(0)
    told = notice.locator(".preparing p")
    expect(told).to_contain_text(done(FILES))
    held.let_one_pass()
    expect(told).to_contain_text(done(FILES + MOST_TOGETHER))
    seen = page.evaluate("window.seen")
    assert seen["done"] == sorted(seen["done"])
    assert len({*seen["places"]}) == 1
    held.let_all_pass()
    revenue = page.locator('.card[data-measure="revenue"] .value')
    expect(revenue).to_have_text(formats.money(FILES * 10 + PURCHASES * 12.5, "EUR"))
    expect(notice).to_have_count(0)
    assert page.evaluate("window.seen.done.length") >= len(seen["done"])  # it was not loaded again


def done(lines: int) -> str:
    """What is said of so many lines that are laid out."""
    whole = formats.number(FILES + PURCHASES)
    return texts.PREPARING_DONE.format(done=formats.number(lines), whole=whole)
