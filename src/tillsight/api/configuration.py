"""How this server is set up, for those who look after it."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel

from tillsight.api.deps import PersonDep, SettingsDep
from tillsight.settings import cautions, overview

router = APIRouter(prefix="/api/settings", tags=["Settings"])


class Setting(BaseModel):
    """A setting at work; the value of a secret is never told, only whether it has one.

    `value` is null where there is none, and passwords in addresses are left out.
    """

    name: str
    variable: str
    description: str
    value: str | None
    is_secret: bool
    is_default: bool


class Configuration(BaseModel):
    """All settings, and what should be changed before strangers can reach the server."""

    settings: list[Setting]
    warnings: list[str]


@router.get("")
def configuration(_person: PersonDep, settings: SettingsDep) -> Configuration:
    """Every setting as it is at work, without secrets, and warnings; for admins."""
    return Configuration(
        settings=[Setting(**asdict(one)) for one in overview(settings)],
        warnings=cautions(settings),
    )
