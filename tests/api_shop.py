"""The API of a shop, and somebody of each role to ask as."""

from dataclasses import dataclass, field
from typing import Any

from starlette.testclient import TestClient

from shop import HEADER, Shop
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user

PASSWORD = "a long enough password"

SALES = HEADER + (
    "1,p1,Pen,2,2024-01-05 10:00:00,10,c1,France\n"
    "1,p2,Cup,1,2024-01-05 11:00:00,5,c1,France\n"
    "2,p1,Pen,1,2024-02-06 09:00:00,10,c2,EIRE\n"
    "3,p2,Cup,3,2024-02-07 09:00:00,5,,\n"
    "C4,p1,Pen,-1,2024-02-08 09:00:00,10,c1,France\n"
)


@dataclass
class Api:
    """The API of a shop, and headers of people who are signed in."""

    shop: Shop
    client: TestClient
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_(self, role: str) -> dict[str, str]:
        """Headers of somebody with this role, who is added and signed in when first needed."""
        if role not in self.headers:
            email = f"{role}@example.com"
            with self.shop.database.writing() as session:
                add_user(session, email, PASSWORD, Role(role))
            body = {"email": email, "password": PASSWORD}
            token = self.client.post("/api/auth/login", json=body).json()["access_token"]
            self.headers[role] = {"Authorization": f"Bearer {token}"}
        return self.headers[role]

    def get(self, path: str, role: str = "viewer", **parameters: Any) -> Any:
        """The JSON of a successful GET."""
        answer = self.client.get(path, params=parameters, headers=self.as_(role))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, text: str | bytes, role: str = "editor", query: str = "", name: str = "a.csv"):
        """Upload a sales file."""
        return self.client.post(
            f"/api/imports{query}", files={"file": (name, text)}, headers=self.as_(role)
        )
