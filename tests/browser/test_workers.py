"""Several workers on one port, and a page whose worker is gone."""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from browsing import SLOW, settle, sign_in
from serving import Server, serving
from shop import HEADER
from tillsight.data_version import HEADER as SEEN
from waits import until

pytestmark = pytest.mark.browser

WORKERS = 3
FEW = HEADER + "".join(
    f"{n},p{n % 3},Pen,2,2024-05-{1 + n % 28:02} 10:00,10.25,c{n % 5},{('Peru', 'Chad')[n % 2]}\n"
    for n in range(60)
)
MANY = "".join(
    f"m{n},p{n % 500},Pen,1,2024-06-{1 + n % 28:02} 10:00,10,c{n % 999},Chile\n"
    for n in range(300_000)
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("workers")
    logo = home / "logo.png"
    logo.write_bytes(PICTURE)
    with serving(home, WORKERS=str(WORKERS), LOGO=str(logo)) as running:
        assert len(until(lambda: workers(running) if len(workers(running)) == WORKERS else {}))
        with running.client() as client:
            loaded = client.post("/api/imports", files={"file": ("few.csv", FEW)}, timeout=120)
            assert loaded.is_success, loaded.text
        yield running


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8"
    "cf500f0003860180347c8d620000000049454e44ae426082"
)


def workers(server: Server) -> dict[int, int]:
    """The process of each worker by its number, as the log told last."""
    said = re.sub(r"\x1b\[[\d;]*m", "", (server.home / "server.log").read_text())
    lines = re.findall(
        r"started +.*pid=(\d+).* worker=(\d+)|started +.*worker=(\d+).*pid=(\d+)", said
    )
    found = {int(number or second): int(pid or last) for pid, number, second, last in lines}
    return {number: pid for number, pid in found.items() if is_alive(pid)}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def figures(server: Server, name: str) -> Mapping[int, float]:
    """A figure of /metrics of each worker."""
    told = httpx2.get(f"{server.url}/metrics", timeout=60).text
    return {
        int(number): float(value)
        for number, value in re.findall(rf'^{name}{{worker="(\d+)"}} (\S+)$', told, re.MULTILINE)
    }


def holders(server: Server) -> list[int]:
    """The workers that have a page open."""
    pages = figures(server, "tillsight_dashboard_connections")
    return [number for number, count in pages.items() if count]


def test_all_workers_are_told_of_by_whichever_is_asked(server: Server) -> None:
    until(lambda: len(figures(server, "process_resident_memory_bytes")) == WORKERS)
    until(lambda: [*figures(server, "tillsight_warehouse_version").values()] == [1.0] * WORKERS)
    told = httpx2.get(f"{server.url}/metrics", timeout=60).text
    assert len(re.findall(r"^tillsight_journal_version 1.0$", told, re.MULTILINE)) == 1
    assert told.count("# TYPE tillsight_requests_total counter") == 1
    said = (server.home / "server.log").read_text()
    assert said.count("Tillsight is open at") == 1


def test_a_page_whose_worker_is_killed_comes_back_from_another(server: Server, page: Page) -> None:
    sign_in(page, "/?days=all&country=Peru")
    revenue = page.locator('.card[data-measure="revenue"] .value')
    expect(revenue).to_have_text(re.compile(r"615"))
    settle(page)
    pictures = page.locator('[data-testid="stSidebarLogo"], [data-testid="stHeaderLogo"]')
    assert "/app/static/logo" in str(pictures.first.get_attribute("src"))
    shown, address = revenue.inner_text(), page.url
    [holding] = until(lambda: holders(server))
    killed = workers(server)[holding]
    os.kill(killed, signal.SIGKILL)
    until(lambda: [one for one in holders(server) if workers(server).get(one) != killed])
    settle(page)
    expect(revenue).to_have_text(shown)
    assert page.url == address
    until(lambda: len(workers(server)) == WORKERS)
    assert workers(server)[holding] != killed

    # What was written through any worker is on the page that comes from any other.
    with server.client() as client:
        body = {"customer": "c1", "country": "Peru", "date": "2024-05-09", "amount": 385}
        seen = client.post("/api/purchases", json=body, timeout=60).headers[SEEN]
        cookie = {"name": "tillsight_data_version", "value": seen, "url": server.url}
        page.context.add_cookies([cookie])
    page.reload()
    expect(revenue).to_have_text(re.compile(r"1.000\.00"))


def test_a_file_that_another_worker_loads_is_followed_by_the_page_and_shown(
    server: Server, page: Page, tmp_path: Path
) -> None:
    ours = server.url.replace("127.0.0.1", "localhost")  # as the server calls itself
    sign_in(page, f"{ours}/imports")
    expect(page.locator(".drop h2")).to_be_visible()
    [holding] = until(lambda: holders(server))
    loading = holding % WORKERS + 1
    there = f"http://localhost:{own_ports(server)[loading - 1]}"

    def send_there(route: Route) -> None:
        route.continue_(url=route.request.url.replace(ours, there))

    page.route("**/api/imports?*", send_there)
    (tmp_path / "many.csv").write_text(HEADER + MANY)
    page.locator(".drop input[type=file]").set_input_files(tmp_path / "many.csv")
    newest = page.locator("table.history tbody tr").first
    expect(newest.locator("progress")).to_be_visible()
    expect(page.locator(".stage.good")).to_contain_text("many.csv", timeout=2 * SLOW)
    expect(newest.locator("progress")).to_have_count(0)
    assert imports_taken(server) == [loading]
    assert holders(server) == [holding]

    sidebar = page.get_by_test_id("stSidebarUserContent")
    sidebar.get_by_role("link", name="Overview").click()  # in the same session
    revenue = page.locator('.card[data-measure="revenue"] .value')
    expect(revenue).to_have_text(re.compile(r"3.000.000\.00"))
    assert holders(server) == [holding]


def own_ports(server: Server) -> list[int]:
    """Where each worker is reached by itself, that of worker 1 first: as the parent opened them."""
    listening = {}
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, address, _, state, *_, inode = row.split()[:10]
        if state == "0A":
            listening[f"socket:[{inode}]"] = int(address.partition(":")[2], 16)
    files = Path(f"/proc/{server.process.pid}/fd").iterdir()
    opened = [str(one.readlink()) for one in sorted(files, key=lambda one: int(one.name))]
    ports = [listening[one] for one in opened if one in listening]
    return [one for one in ports if not server.url.endswith(f":{one}")]


def imports_taken(server: Server) -> list[int]:
    """The workers that were sent a file by a page."""
    told = httpx2.get(f"{server.url}/metrics", timeout=60).text
    sent = (
        r'^tillsight_requests_total{method="POST",route="/api/imports",status="202",worker="(\d+)"}'
    )
    return [int(number) for number in re.findall(sent, told, re.MULTILINE)]


def test_every_worker_has_the_shop_s_picture_and_knows_who_signed_in(server: Server) -> None:
    with server.client() as client:
        token = client.headers["Authorization"]
    for _ in range(4 * WORKERS):  # a connection each, so that the workers take turns
        with httpx2.Client(headers={"Authorization": token}, timeout=60) as client:
            assert client.get(f"{server.url}/app/static/logo").content == PICTURE


def test_all_end_together_within_their_time_and_with_success(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("ending")
    with serving(home, WORKERS="2") as running:
        begun = until(lambda: workers(running) if len(workers(running)) == 2 else {})
        running.process.terminate()
        assert running.process.wait(30) == 0
        assert [pid for pid in begun.values() if is_alive(pid)] == []
    with serving(home, WORKERS="2") as running:
        begun = until(lambda: workers(running) if len(workers(running)) == 2 else {})
        running.process.kill()  # nobody is left to start them anew
        until(lambda: not [pid for pid in begun.values() if is_alive(pid)])
