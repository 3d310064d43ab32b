"""What is to be loaded, and how that ended."""

from dataclasses import dataclass
from pathlib import Path

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.sessions import Origin
from tillsight.sales.choices import USUAL_CHOICES, Choices
from tillsight.sales.formats.limits import USUAL_LIMITS, Limits
from tillsight.sales.models import Import


@dataclass(frozen=True)
class Loading:
    """What is to be loaded, on whose behalf, what they decided about it, and as which import."""

    path: Path
    file_name: str
    user_id: int | None
    choices: Choices = USUAL_CHOICES
    origin: Origin = TERMINAL
    limits: Limits = USUAL_LIMITS
    import_id: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a load ended: the import, whether its rows were added, and the journal version that
    holds it; `redone` is set where the import had been undone and now counts again.
    """

    loaded: Import
    added: bool
    version: int
    rounded: int = 0
    redone: bool = False
