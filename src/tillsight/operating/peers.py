"""The worker processes of one server, as they know of one another."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

PATIENCE = 2.0
"""Seconds a worker is waited for; one that was just started again may not answer yet."""


@dataclass(frozen=True)
class Peers:
    """Which of the workers this is, counted from 1, and the port of this machine each is reached
    at, that of worker 1 first. The port that people use leads to any of them.
    """

    number: int
    ports: tuple[int, ...]

    @property
    def port(self) -> int:
        """Where this one is reached, by itself too."""
        return self.ports[self.number - 1]

    async def others_say(self, path: str, headers: Mapping[str, str]) -> dict[int, bytes]:
        """What each of the others answers to a GET, by its number; who does not is missing."""
        async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            others = [one for one in range(1, len(self.ports) + 1) if one != self.number]
            asked = (
                client.get(f"http://127.0.0.1:{self.ports[one - 1]}{path}", headers={**headers})
                for one in others
            )
            answers = await asyncio.gather(*asked, return_exceptions=True)
        return {
            one: answer.content
            for one, answer in zip(others, answers, strict=True)
            if isinstance(answer, httpx2.Response) and answer.is_success
        }
