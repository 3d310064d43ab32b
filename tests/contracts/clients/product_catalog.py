"""A program that keeps a catalogue with product-catalog: it knows a base address alone."""

import csv
import io
from collections.abc import Iterable, Sequence

import httpx2

COLUMNS = (
    *("product_id", "product_name", "category", "price"),
    *("quantity_sold", "rating", "review_count"),
)


class Refused(Exception):
    """What the product said, and the status it came with."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__(answer.json()["msg"])
        self.status = answer.status_code


class ProductCatalog:
    """Signs up, signs in, and sends products as a CSV file."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx2.Client(base_url=base_url)
        self._token = ""

    def sign_up(self, username: str, password: str) -> str:
        """Make an account; what the product says to it."""
        body = {"username": username, "password": password}
        return str(self._told(self._http.post("/signup", json=body))["msg"])

    def log_in(self, username: str, password: str) -> None:
        """Get a token, which goes along from now on."""
        body = {"username": username, "password": password}
        self._token = str(self._told(self._http.post("/login", json=body))["access_token"])

    def who_am_i(self) -> str:
        """Whom the product takes us for."""
        answer = self._http.get("/protected", headers=self._headers())
        return str(self._told(answer)["logged_in_as"])

    def upload(self, products: Iterable[Sequence[object]]) -> str:
        """Send products, new ones and changed ones; what the product says to it."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(products)
        files = {"file": ("products.csv", text.getvalue().encode(), "text/csv")}
        answer = self._http.post("/upload", files=files, headers=self._headers())
        return str(self._told(answer)["msg"])

    def log_out(self) -> None:
        """That product knew no logout: its clients forgot the token."""
        self._token = ""

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _told(self, answer: httpx2.Response) -> dict[str, object]:
        if not answer.is_success:
            raise Refused(answer)
        return answer.json()
