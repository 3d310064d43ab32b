"""Clients of the dashboard that speak its protocol without a browser, for `dashboard.py`.

    python benchmarks/bench_clicks.py URL --seconds 60 --every 5 < cookies.json

Standard input is a list of cookies, one of a session for each client, as JSON. Each client opens
the first page, and then clicks, once in so many seconds: on the menu, or another period. Prints
as JSON how long the first page and the clicks took in milliseconds, and what went wrong.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from itertools import cycle

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

STREAM = "/_stcore/stream"
LONGEST = 60.0  # seconds
PERIOD = "kept_days"
"""The key of the widget that chooses the period."""
REFUSED = "notice-refused"
"""What marks a page that says what went wrong instead of figures."""


@dataclass
class Times:
    """Milliseconds of first pages and of clicks, and what went wrong."""

    first: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Client:
    """One open page: its connection, the pages of its menu, and the state of its widgets."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._pages: dict[str, str] = {}
        self._page = ""
        self._period: tuple[str, list[str], str] | None = None  # widget, choices, fragment
        self._widgets: dict[str, WidgetState] = {}

    @property
    def pages(self) -> list[str]:
        """The paths of the menu's pages, once one is open."""
        return [*self._pages]

    @property
    def has_periods(self) -> bool:
        """Whether the page that is open has a choice of the period."""
        return self._period is not None

    async def open(self) -> str:
        """Open the first page; what went wrong, or nothing."""
        return await self._run(ClientState())

    async def go_to(self, path: str) -> str:
        """Click on a page of the menu."""
        self._page = self._pages[path]
        self._period = None
        return await self._run(ClientState(page_script_hash=self._page))

    async def pick(self, place: int) -> str:
        """Pick the period at this place of its list."""
        if self._period is None:
            return "the page has no choice of the period"
        widget, choices, fragment = self._period
        chosen = choices[place % len(choices)]
        self._widgets[widget] = WidgetState(id=widget, string_value=chosen)
        asked = ClientState(page_script_hash=self._page, fragment_id=fragment)
        return await self._run(asked)

    async def _run(self, asked: ClientState) -> str:
        asked.widget_states.CopyFrom(WidgetStates(widgets=self._widgets.values()))
        await self._socket.send(BackMsg(rerun_script=asked).SerializeToString())
        wrong = ""
        while True:
            message = ForwardMsg.FromString(await self._socket.recv(decode=False))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._pages = {
                    page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
                self._page = message.navigation.page_script_hash
            elif kind == "delta":
                wrong = self._look_at(message.delta) or wrong
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    return "the script does not compile"
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return wrong

    def _look_at(self, delta: Delta) -> str:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "selectbox" and PERIOD in element.selectbox.id:
            box = element.selectbox
            self._period = (box.id, list(box.options), delta.fragment_id)
        if kind == "exception":
            return f"{element.exception.type}: {element.exception.message}"
        if kind == "html" and REFUSED in element.html.body:
            return element.html.body
        return ""


def connected(url: str, cookie: str) -> websockets.connect:
    """The connection of a page, to be opened with `async with`."""
    return websockets.connect(
        url.replace("http", "ws", 1) + STREAM,
        additional_headers={"Cookie": cookie, "Origin": url},
        subprotocols=[websockets.Subprotocol("streamlit")],
        max_size=None,
        proxy=None,
    )


async def use(url: str, cookie: str, start: float, seconds: float, every: float) -> Times:
    """One client, from its start on, in seconds after now."""
    await asyncio.sleep(start)
    times = Times()
    try:
        async with connected(url, cookie) as socket:
            await _click(Client(socket), times, seconds, every)
    except (OSError, TimeoutError, KeyError, websockets.WebSocketException) as error:
        times.errors.append(f"{type(error).__name__}: {error}")
    return times


async def _click(client: Client, times: Times, seconds: float, every: float) -> None:
    """Open a page, then one click each `every` seconds: a period, a page, and back."""
    begun = time.monotonic()
    await _timed(client.open(), times.first, times.errors)
    for number, kind in enumerate(cycle(("period", "page", "back")), 1):
        due = begun + number * every
        if due - begun > seconds:
            return
        await asyncio.sleep(max(due - time.monotonic(), 0))
        if kind == "period":
            asked = client.pick(number)
        else:
            asked = client.go_to("customers" if kind == "page" else "")
        await _timed(asked, times.clicks, times.errors)


async def _timed(asked: Awaitable[str], into: list[float], errors: list[str]) -> None:
    begun = time.perf_counter()
    wrong = await asyncio.wait_for(asked, LONGEST)
    into.append((time.perf_counter() - begun) * 1000)
    if wrong:
        errors.append(wrong)


async def use_all(
    url: str, cookies: list[Mapping[str, str]], seconds: float, every: float
) -> Times:
    """All clients, whose clicks are spread evenly."""
    apart = every / len(cookies)
    found = await asyncio.gather(
        *(
            use(url, written(cookie), number * apart, seconds, every)
            for number, cookie in enumerate(cookies)
        )
    )
    return Times(
        *(
            [one for each in found for one in getattr(each, name)]
            for name in ("first", "clicks", "errors")
        )
    )


def written(cookies: Mapping[str, str]) -> str:
    """Cookies as a header."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def main() -> None:
    """Click and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("url")
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--every", type=float, default=5.0)
    asked = arguments.parse_args()
    found = asyncio.run(use_all(asked.url, json.load(sys.stdin), asked.seconds, asked.every))
    json.dump(vars(found), sys.stdout)


if __name__ == "__main__":
    main()
