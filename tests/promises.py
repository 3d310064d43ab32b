"""Circles, people and KPIs as rows, made at any time in the past."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from tillsight.accounts.models import Circle, CircleMember, Role, User
from tillsight.kpis.models import BEGINNING, Kpi, KpiTarget, KpiValue
from tillsight.kpis.spans import read_period
from tillsight.kpis.words import Aggregation, Direction, Periodicity

MADE = datetime(2020, 1, 1, tzinfo=UTC)


def person(session: Session, name: str, role: Role = Role.editor, *circles: int, **more) -> int:
    """Somebody who belongs to these circles; active, verified and with an address unless told."""
    facts = {"email": f"{name}@example.com", "is_active": True, "is_verified": True, **more}
    user = User(username=name, password_hash="", role=role, created_at=MADE, **facts)
    session.add(user)
    session.flush()
    session.add_all(CircleMember(circle_id=one, user_id=user.id) for one in circles)
    session.flush()
    return user.id


def circle(session: Session, name: str, **more) -> int:
    """A circle that nobody belongs to."""
    made = Circle(name=name, name_key=name.casefold(), created_at=MADE, **more)
    session.add(made)
    session.flush()
    return made.id


def kpi(session: Session, circle_id: int, name: str, periodicity: str = "monthly", **more) -> int:
    """A KPI from 0 to 1,200 as an amount, due ten days after its period, unless told."""
    facts = {
        "unit": "amount",
        "minimum": None,
        "maximum": None,
        "direction": Direction.increase,
        "aggregation": Aggregation.sum,
        "initial_value": Decimal(0),
        "owner_id": None,
        "due_days": 10,
        "active": True,
        "created_at": MADE,
        "target": Decimal(1200),
        **more,
    }
    target = facts.pop("target")
    made = Kpi(
        circle_id=circle_id,
        name=name,
        name_key=name.casefold(),
        description="",
        periodicity=Periodicity(periodicity),
        filters="{}",
        revision=1,
        **facts,
    )
    session.add(made)
    session.flush()
    session.add(KpiTarget(kpi_id=made.id, valid_from=BEGINNING, value=target, set_at=MADE))
    session.flush()
    return made.id


def value(session: Session, kpi_id: int, period: str, number: str = "1", **more) -> int:
    """The value of a period as it is written."""
    periodicity = session.get_one(Kpi, kpi_id).periodicity
    start = read_period(periodicity, period)
    made = KpiValue(
        kpi_id=kpi_id,
        period_start=start,
        value=Decimal(number),
        comment="",
        version=1,
        created_at=MADE,
        **more,
    )
    session.add(made)
    session.flush()
    return made.id


def day(text: str) -> date:
    return date.fromisoformat(text)
