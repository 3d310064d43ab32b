"""People."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.accounts.models import Role
from tillsight.api.deps import PersonDep

router = APIRouter(prefix="/api/users", tags=["Users"])


class Me(BaseModel):
    """The person asking."""

    id: int
    email: str | None
    username: str
    full_name: str | None
    role: Role
    is_active: bool
    is_verified: bool
    is_superuser: bool
    created_at: datetime
    last_login: datetime | None


@router.get("/me")
def me(person: PersonDep) -> Me:
    """Who you are, as this service sees you."""
    return Me(
        id=person.id,
        email=person.email,
        username=person.username,
        full_name=person.full_name,
        role=person.role,
        is_active=person.is_active,
        is_verified=person.is_verified,
        is_superuser=person.role is Role.admin,
        created_at=person.created_at,
        last_login=person.last_login_at,
    )
