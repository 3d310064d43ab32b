"""What is to be loaded, and how that ended."""

from dataclasses import dataclass
from pathlib import Path

from tillsight.accounts.audit import TERMINAL
from tillsight.accounts.models import Role
from tillsight.accounts.sessions import Origin
from tillsight.sales.choices import USUAL_CHOICES, Choices
from tillsight.sales.formats.limits import USUAL_LIMITS, Limits
from tillsight.sales.kpi_files import KpiRoom, Loader
from tillsight.sales.models import Import


@dataclass(frozen=True)
class Loading:
    """What is to be loaded, on whose behalf, what they decided about it, and as which import.

    With `role` they may no more than that. Without `kpis` no file of KPI values is loaded.
    """

    path: Path
    file_name: str
    user_id: int | None
    choices: Choices = USUAL_CHOICES
    origin: Origin = TERMINAL
    limits: Limits = USUAL_LIMITS
    import_id: int = 0
    role: Role | None = None
    kpis: KpiRoom | None = None

    @property
    def loader(self) -> Loader:
        """On whose behalf, as the room of KPIs wants to know."""
        return Loader(self.user_id, self.role)


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
