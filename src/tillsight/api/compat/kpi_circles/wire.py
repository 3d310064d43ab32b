"""How kpi-circles writes and reads things: its messages, words of its own, bodies, times."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tillsight.api.deps import LARGEST_ID
from tillsight.kpis.models import Kpi
from tillsight.kpis.words import AMOUNT, PERCENTAGE, SCORE, Periodicity

ENVELOPE = "message"
NOT_GATEKEEPER = "User is not a gatekeeper. Unauthorized Access"
INACTIVE = "User is not active. Unauthorized Access"

PERIODICITIES: Mapping[str, str] = {
    one: str(one).capitalize()
    for one in (Periodicity.yearly, Periodicity.quarterly, Periodicity.monthly)
}
"""The periodicities that the older product knew, and how it showed them."""
UNITS: Mapping[str, str] = {"chf": "CHF", PERCENTAGE: "%", AMOUNT: "Amount", SCORE: "Score"}
"""The units that the older product knew, by our codes, and how it showed them."""


class Message(BaseModel):
    """Something done, in words."""

    message: str


class Sent(BaseModel):
    """A body; who sends it is known by the token, so a `user_id` is ignored."""

    model_config = ConfigDict(extra="forbid")

    user_id: Annotated[Any, Field(description="Ignored: the token says who it is.")] = None


def is_known(kpi: Kpi) -> bool:
    """Whether the older product could have had such a KPI."""
    return kpi.periodicity in PERIODICITIES and kpi.unit in UNITS


def exactly(number: float) -> Decimal:
    """The number as it was written, not as the machine rounds it."""
    return Decimal(repr(number))


def moment(at: datetime) -> str:
    """A time as the older product wrote it: `Sat, 21 Nov 2026 20:42:03 GMT`."""
    return format_datetime(at, usegmt=True)


def _one_of(shown: Mapping[str, str], kind: str) -> BeforeValidator:
    """Reads a name in any case, or as it is shown."""
    known = {name.lower(): code for code, word in shown.items() for name in (code, word)}

    def read(value: object) -> object:
        code = known.get(value.strip().lower()) if isinstance(value, str) else None
        if code is None:
            raise ValueError(f"is no {kind}; known are {', '.join(shown)}")
        return code

    return BeforeValidator(read)


def _no_bool(value: object) -> object:
    # Python would take true for 1.
    if isinstance(value, bool):
        raise ValueError("is a number")  # noqa: TRY004  (pydantic collects ValueErrors)
    return value


def _yes_or_no(value: object) -> object:
    words = {"true": True, "false": False}
    found = words.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("is true or false")  # noqa: TRY004
    return found


Frequency = Annotated[
    str,
    _one_of(PERIODICITIES, "periodicity"),
    WithJsonSchema({"type": "string", "enum": [*PERIODICITIES, *PERIODICITIES.values()]}),
]
Unit = Annotated[
    str,
    _one_of(UNITS, "unit"),
    WithJsonSchema({"type": "string", "enum": [*UNITS, *UNITS.values()]}),
]
Number = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(_no_bool), Field(ge=-LARGEST_ID, le=LARGEST_ID)]
Switch = Annotated[
    bool,
    BeforeValidator(_yes_or_no),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["True", "False"]}]}),
]
