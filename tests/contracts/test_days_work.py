"""A day's work through the contract `kpi-circles`, and what other doors tell of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from contracts.clients.kpi_circles import Kpi, KpiCircles, Value
from serving import PASSWORD, Server

EMAIL = "nora@example.com"
NOW = datetime.now(UTC)
NEXT_YEAR = NOW.replace(year=NOW.year + 1, day=1)
LAST_YEAR = NOW.year - 1


@pytest.fixture
def owner(old: Server) -> Iterator[httpx2.Client]:
    with old.client() as client:
        yield client


@pytest.fixture
def nora(old: Server, owner: httpx2.Client) -> KpiCircles:
    """A gatekeeper, logged in."""
    sent = {"email": EMAIL, "username": "nora", "password": PASSWORD, "full_name": "Nora Nil"}
    made = httpx2.post(f"{old.url}/api/auth/register", json=sent).json()["user"]
    changes = {"role": "manager", "is_verified": True}
    owner.patch(f"/api/users/{made['id']}", json=changes).raise_for_status()
    return KpiCircles(f"{old.url}/compat/kpi-circles", EMAIL, PASSWORD)


def test_a_day_of_a_gatekeeper(old: Server, owner: httpx2.Client, nora: KpiCircles) -> None:
    assert nora.user.is_gatekeeper
    assert (nora.user.display_name, nora.circles(), nora.kpis()) == ("Nora Nil", {}, [])
    kpi = work(nora)
    others_tell_the_same(owner, nora, kpi)
    what_others_do_is_seen(owner, nora, kpi)

    nora.log_out()
    with pytest.raises(RuntimeError, match=r"401 .*Token has been revoked"):
        nora.kpis()
    again = KpiCircles(f"{old.url}/compat/kpi-circles", EMAIL, PASSWORD)
    token = {"Authorization": again._http.headers["Authorization"]}
    assert httpx2.get(f"{old.url}/api/users/me", headers=token).json()["username"] == "nora"
    again.log_out("DELETE")
    assert httpx2.get(f"{old.url}/api/users/me", headers=token).status_code == 401
    for client in (nora, again):
        client.close()


def work(nora: KpiCircles) -> Kpi:
    """A circle, a KPI, its values, and second thoughts about both; the KPI as it is then."""
    circle = nora.add_circle("Care")
    terms = {"circle_id": circle, "periodicity": "monthly", "unit": "PERCENTAGE"}
    kpi = nora.add_kpi("Occupied beds", **terms, target_value=90, active="True")
    assert (kpi.periodicity, kpi.unit, kpi.active) == ("Monthly", "%", True)
    for month, value in ((10, 80), (11, 85.5), (12, 88)):
        nora.add_value(kpi, LAST_YEAR, month, value)
    nora.edit_value(value_of(nora, kpi, 11), 86.25)
    kpi = nora.edit_kpi(kpi, name="Beds in use", target_value=95)
    assert (kpi.name, kpi.target_value) == ("Beds in use", 95)

    november, december = value_of(nora, kpi, 11), value_of(nora, kpi, 12)
    assert november.created_by_user_id == november.updated_by_user_id == nora.user.id
    assert november.updated_at is not None
    assert november.created_at <= november.updated_at
    assert (december.updated_by_user_id, december.updated_at) == (None, None)
    log = nora.log(circle, NOW, NEXT_YEAR)
    assert [(one.activity, one.value) for one in log] == [
        ("Updated", 86.25),
        ("Created", 88),
        ("Created", 85.5),
        ("Created", 80),
    ]
    assert {(one.kpi_name, one.username) for one in log} == {("Beds in use", "Nora Nil")}
    me = nora.user.id
    assert nora.history(november) == [(me, "Updated"), (me, "Created")]
    return kpi


def others_tell_the_same(owner: httpx2.Client, nora: KpiCircles, kpi: Kpi) -> None:
    """Our own API, in its own words."""
    [circle] = owner.get("/api/circles").json()["circles"]
    assert (circle["id"], circle["name"]) == (kpi.circle_id, "Care")
    assert [one["id"] for one in circle["members"]] == [nora.user.id]
    [told] = owner.get("/api/kpis").json()["kpis"]
    assert (told["id"], told["name"], told["circle_id"]) == (kpi.id, kpi.name, kpi.circle_id)
    assert (told["periodicity"], told["unit"]) == ("monthly", "percentage")
    assert (told["target_value"], told["active"]) == (95, True)
    values = owner.get(f"/api/kpis/{kpi.id}/values").json()["values"]
    assert {one["period"]: one["value"] for one in values} == {
        f"{LAST_YEAR}-10": 80,
        f"{LAST_YEAR}-11": 86.25,
        f"{LAST_YEAR}-12": 88,
    }
    changes = owner.get("/api/kpi-changes").json()["changes"]
    assert [(one["activity"], one["before"], one["after"]) for one in changes] == [
        ("updated", 85.5, 86.25),
        ("created", None, 88),
        ("created", None, 85.5),
        ("created", None, 80),
    ]
    assert {one["user_id"] for one in changes} == {nora.user.id}


def what_others_do_is_seen(owner: httpx2.Client, nora: KpiCircles, kpi: Kpi) -> None:
    """Another value, and the KPI switched off."""
    december = value_of(nora, kpi, 12)
    body = {"value": 89, "version": 1}
    owner.patch(f"/api/kpi-values/{december.id}", json=body).raise_for_status()
    owner.patch(f"/api/kpis/{kpi.id}", json={"active": False}).raise_for_status()
    assert (value_of(nora, kpi, 12).value, nora.kpi(kpi.id).active) == (89, False)
    newest = nora.log(kpi.circle_id, NOW, NEXT_YEAR)[0]
    assert (newest.username, newest.value) == ("owner", 89)
    with pytest.raises(RuntimeError, match=r"403 .*Kpi is not active\. Cannot be updated"):
        nora.edit_value(december, 90)


def value_of(nora: KpiCircles, kpi: Kpi, month: int) -> Value:
    """The value of a month of last year."""
    found = nora.values(kpi.circle_id, "last_year")
    return next(one for one in found if one.period_month == month)
