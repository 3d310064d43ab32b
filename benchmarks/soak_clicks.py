"""People on the dashboard for `soak.py`, over its protocol and without a browser.

    python benchmarks/soak_clicks.py URL --every 10 < cookies.json

Standard input is a list of cookies as JSON, one of a session for each person. Each opens a tab,
clicks on a page of the menu or another period once in so many seconds, and after some clicks closes
the tab and opens another. Writes a line of JSON for each click, until it is ended: what, how many
milliseconds, and what went wrong. A period is picked where the page has one.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable

import websockets

from bench_clicks import LONGEST, Client, connected, written

CLICKS_A_TAB = 12
FAILED = (OSError, TimeoutError, KeyError, websockets.WebSocketException)


async def use(url: str, cookie: str, number: int, every: float, people: int) -> None:
    """One person, for ever."""
    chance = random.Random(number)
    await asyncio.sleep(number * every / people)
    first = 1  # so that not all open their second tab at the same time
    while True:
        try:
            async with connected(url, cookie) as socket:
                await tab(Client(socket), chance, every, first)
        except FAILED as error:
            tell("tab", 0, f"{type(error).__name__}: {error}")
            await asyncio.sleep(every)
        first = CLICKS_A_TAB // 2


async def tab(client: Client, chance: random.Random, every: float, least: int) -> None:
    """A tab, from when it is opened until it is closed after so many clicks at the least."""
    await timed("first page", client.open())
    for _ in range(chance.randint(least, CLICKS_A_TAB)):
        await asyncio.sleep(every * (0.5 + chance.random()))
        if client.has_periods and chance.random() < 0.4:
            await timed("click", client.pick(chance.randrange(20)))
        else:
            await timed("click", client.go_to(chance.choice(client.pages)))


async def timed(what: str, doing: Awaitable[str]) -> None:
    """Do it and tell how it went."""
    begun = time.perf_counter()
    wrong = await asyncio.wait_for(doing, LONGEST)
    tell(what, (time.perf_counter() - begun) * 1000, wrong)


def tell(what: str, milliseconds: float, wrong: str) -> None:
    """One line."""
    sys.stdout.write(json.dumps([what, milliseconds, wrong]) + "\n")
    sys.stdout.flush()


async def use_all(url: str, cookies: list[dict[str, str]], every: float) -> None:
    """Everybody."""
    await asyncio.gather(
        *(
            use(url, written(cookie), number, every, len(cookies))
            for number, cookie in enumerate(cookies)
        )
    )


def main() -> None:
    """Click until ended."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("url")
    arguments.add_argument("--every", type=float, default=10.0)
    asked = arguments.parse_args()
    asyncio.run(use_all(asked.url, json.load(sys.stdin), asked.every))


if __name__ == "__main__":
    main()
