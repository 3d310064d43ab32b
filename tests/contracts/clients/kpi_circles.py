"""A program written for the older product “KPI Circles”: all it knows is that product's API.

Its answers are read strictly: another status, a missing field or another kind of date is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

RFC_1123 = "%a, %d %b %Y %H:%M:%S GMT"
PERIODICITIES = {"Yearly", "Quarterly", "Monthly"}
UNITS = {"CHF", "%", "Amount", "Score"}


@dataclass(frozen=True)
class User:
    """Somebody; gatekeepers make circles and KPIs."""

    id: int
    first_name: str | None
    last_name: str | None
    display_name: str
    email: str | None
    user_login_name: str
    active: bool
    is_gatekeeper: bool


@dataclass(frozen=True)
class Kpi:
    """What a circle measures itself by."""

    id: int
    circle_id: int
    name: str
    periodicity: str
    unit: str
    initial_value: float
    target_value: float
    active: bool

    def __post_init__(self) -> None:
        if self.periodicity not in PERIODICITIES or self.unit not in UNITS:
            raise RuntimeError(f"this program knows no {self.periodicity} KPI in {self.unit}")


@dataclass(frozen=True)
class Value:
    """What a KPI was in the period that ends with this month."""

    id: int
    kpi_id: int
    period_year: int
    period_month: int
    value: float
    created_by_user_id: int
    created_at: datetime
    updated_by_user_id: int | None
    updated_at: datetime | None


@dataclass(frozen=True)
class Change:
    """Somebody entered or changed a value, which was this afterwards."""

    value: float
    kpi_name: str
    username: str
    activity: str
    registered_at: datetime


class KpiCircles:
    """Somebody at the front end; `base_url` is all that was changed for the move."""

    def __init__(self, base_url: str, email: str, password: str) -> None:
        self._http = httpx2.Client(base_url=base_url, timeout=60)
        told = self._send("POST", "/login", 200, {"email": email, "password": password})
        self._http.headers["Authorization"] = f"Bearer {told['access_token']}"
        self.user = User(**told["user"])

    def log_out(self, verb: str = "POST") -> None:
        """The handbook says POST, the front end sent DELETE."""
        if self._send(verb, "/logout", 200) != {"msg": "JWT revoked"}:
            raise RuntimeError("still logged in")

    def close(self) -> None:
        self._http.close()

    def users(self) -> list[dict[str, Any]]:
        return [*self._send("GET", "/users", 200)]

    def circles(self) -> dict[str, int]:
        """Numbers by names."""
        return {one["name"]: one["id"] for one in self._send("GET", "/circles", 200)["circles"]}

    def add_circle(self, name: str) -> int:
        """Its number."""
        self._done("POST", "/circles/add", 201, {"name": name}, "Circle added")
        return self.circles()[name]

    def kpis(self) -> list[Kpi]:
        return [Kpi(**one) for one in self._send("GET", "/kpis", 200)["kpi_list"]]

    def kpi(self, number: int) -> Kpi:
        return Kpi(**self._send("GET", f"/kpis/{number}", 200)["kpi"])

    def add_kpi(self, name: str, **terms: Any) -> Kpi:
        said = "KPI created successfully"
        self._done("POST", "/kpis/add", 201, {"name": name, **terms}, said)
        return next(one for one in self.kpis() if one.name == name)

    def edit_kpi(self, kpi: Kpi, **changes: Any) -> Kpi:
        said = "KPI Updated Successfully"
        self._done("PUT", f"/kpis/{kpi.id}/edit", 200, changes, said)
        return self.kpi(kpi.id)

    def add_value(self, kpi: Kpi, year: int, month: int, value: float) -> None:
        body = {
            "kpi_id": kpi.id,
            "period_year": year,
            "period_month": month,
            "value": value,
            "user_id": self.user.id,
        }
        said = "KPI Value was added successfully"
        self._done("POST", "/kpi_values/add", 201, body, said)

    def edit_value(self, value: Value, becomes: float) -> None:
        body = {
            "kpi_id": value.kpi_id,
            "period_year": value.period_year,
            "period_month": value.period_month,
            "value": becomes,
        }
        said = "KPI Values Updated Successfully"
        self._done("PUT", f"/kpi_values/{value.id}/edit", 200, body, said)

    def values(self, circle: int, period: str) -> list[Value]:
        asked = {"circle_id": circle, "period": period}
        found = self._send("GET", "/kpi_values", 200, asked=asked)["KPI_Values"]
        return [Value(**_read_times(one, "created_at", "updated_at")) for one in found]

    def log(self, circle: int, first: datetime, last: datetime) -> list[Change]:
        """From the month of one moment to that of another, the newest first."""
        asked = {
            "circle_id": str(circle),
            "from_year": str(first.year),
            "from_month": str(first.month),
            "to_year": str(last.year),
            "to_month": str(last.month),
        }
        told = self._send("GET", "/kpi_values/change_log", 200, asked=asked)
        if told == {"message": "No Logs Available"}:
            return []
        return [Change(**_read_times(one, "registered_at")) for one in told["change_log"]]

    def history(self, value: Value) -> list[tuple[int, str]]:
        """Who did what with a value last."""
        told = self._send("GET", f"/kpi_values/{value.id}/change_log", 200)
        found = [_read_times(one, "registered_at") for one in told["mini_change_log"]]
        return [(one["user_id"], one["activity"]) for one in found]

    def _done(self, verb: str, path: str, status: int, body: Mapping[str, Any], said: str) -> None:
        if (told := self._send(verb, path, status, body)) != {"message": said}:
            raise RuntimeError(f"{verb} {path} said {told}")

    def _send(
        self,
        verb: str,
        path: str,
        status: int,
        body: Mapping[str, Any] | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> Any:
        answer = self._http.request(verb, path, json=body, params=asked)
        if answer.status_code != status:
            raise RuntimeError(f"{verb} {path}: {answer.status_code} {answer.text}")
        return answer.json()


def _read_times(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The same with moments in place of texts."""
    times = {
        name: datetime.strptime(told[name], RFC_1123).replace(tzinfo=UTC)
        for name in names
        if told[name] is not None
    }
    return {**told, **times}
