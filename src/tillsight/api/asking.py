"""Asking for a forecast from a route: the shop, its day, and what becomes of the answer."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends

from tillsight.api.deps import DatabaseDep, KeepingDep, SettingsDep, TodayDep, WarehouseDep
from tillsight.database import Database
from tillsight.forecasting.asked import Asked, Told, forecast_of
from tillsight.forecasting.given import Given
from tillsight.forecasting.keeping import Keeping
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse


@dataclass(frozen=True)
class Asking:
    """Where forecasts come from; `today` is the day it is where the shop is."""

    warehouse: Warehouse
    database: Database
    settings: Settings
    today: date
    keeping: Keeping

    def tell(self, asked: Asked) -> Told:
        """The forecast of a question, as `forecast_of` gives and refuses it; it is kept."""
        told = forecast_of(self.warehouse, self.database, self.settings, self.today, asked)
        if given := Given.of(told):
            self.keeping.put(given)
        return told


async def _asking(
    warehouse: WarehouseDep,
    database: DatabaseDep,
    settings: SettingsDep,
    today: TodayDep,
    keeping: KeepingDep,
) -> Asking:
    return Asking(warehouse, database, settings, today, keeping)


AskingDep = Annotated[Asking, Depends(_asking)]
