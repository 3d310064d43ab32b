"""Asking for a forecast from a route: the shop, its day, and what becomes of the answer."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends

from tillsight.api.deps import DatabaseDep, SettingsDep, TodayDep, WarehouseDep
from tillsight.database import Database
from tillsight.forecasting.asked import Asked, Told, forecast_of
from tillsight.settings import Settings
from tillsight.warehouse import Warehouse


@dataclass(frozen=True)
class Asking:
    """Where forecasts come from; `today` is the day it is where the shop is."""

    warehouse: Warehouse
    database: Database
    settings: Settings
    today: date

    def tell(self, asked: Asked) -> Told:
        """The forecast of a question, as `forecast_of` gives and refuses it."""
        return forecast_of(self.warehouse, self.database, self.settings, self.today, asked)


async def _asking(
    warehouse: WarehouseDep, database: DatabaseDep, settings: SettingsDep, today: TodayDep
) -> Asking:
    return Asking(warehouse, database, settings, today)


AskingDep = Annotated[Asking, Depends(_asking)]
