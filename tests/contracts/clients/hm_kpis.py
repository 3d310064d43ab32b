"""A program that works with hm-kpis as its own front end did: it knows a base address alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2


class Refused(Exception):
    """What the product said, and the status it came with."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__(answer.json()["message"])
        self.status = answer.status_code


@dataclass(frozen=True)
class Customer:
    """A customer as the product tells of one."""

    customer_id: str
    gender: str | None
    age: int | None


class HmKpis:
    """Registers, signs in, and looks at customers; the token goes along once there is one."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx2.Client(base_url=base_url)
        self.token = ""

    def register(self, username: str, password: str) -> None:
        """Make an account; its first token is the answer."""
        self._signed_in(self._post("/users/register", username, password))

    def login(self, username: str, password: str) -> None:
        """Get a new token."""
        self._signed_in(self._post("/users/login", username, password))

    def login_as_documented(self, username: str, password: str) -> None:
        """The same by GET, with the credentials in its header."""
        self._signed_in(self._http.get("/users/login", auth=(username, password)))

    def genders(self) -> list[str]:
        """What the multiselect offers."""
        found = self._asked("/customers/gender", {})
        return [str(one["gender"]) for one in found]

    def customers(
        self, genders: Sequence[str] = (), ages: tuple[int, int] | None = None
    ) -> list[Customer]:
        """What the multiselect and the slider leave."""
        asked = {"gender_filtered_lst": [*genders], "age_filtered_lst": [*map(str, ages or ())]}
        found = self._asked("/customers/filter", asked)
        return [Customer(one["customer_id"], one["gender"], one["age"]) for one in found]

    def log_out(self) -> None:
        """That product knew no logout: its front end forgot the token."""
        self.token = ""

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _post(self, path: str, username: str, password: str) -> httpx2.Response:
        return self._http.post(path, json={"username": username, "password": password})

    def _signed_in(self, answer: httpx2.Response) -> None:
        if not answer.is_success:
            raise Refused(answer)
        self.token = answer.text

    def _asked(self, path: str, asked: dict[str, list[str]]) -> list[dict[str, object]]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self._http.get(path, params=asked, headers=headers)
        if not answer.is_success:
            raise Refused(answer)
        return answer.json()["result"]
