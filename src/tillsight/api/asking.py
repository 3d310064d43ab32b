"""Asking for a forecast from a route: the shop and its day, and what becomes of the answer."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from tillsight.api.deps import DatabaseDep, KeepingDep, SettingsDep, TodayDep, WarehouseDep
from tillsight.forecasting.asked import Asked, Sources, Told, forecast_of
from tillsight.forecasting.given import Given
from tillsight.forecasting.keeping import Keeping


@dataclass(frozen=True)
class Asking(Sources):
    """Where forecasts come from, and where those that were given are kept."""

    keeping: Keeping = field(kw_only=True)


async def _sources(
    request: Request,
    warehouse: WarehouseDep,
    database: DatabaseDep,
    settings: SettingsDep,
    today: TodayDep,
    keeping: KeepingDep,
) -> Asking:
    fits = request.app.state.fits
    return Asking(warehouse, database, settings.country, today, fits, keeping=keeping)


SourcesDep = Annotated[Asking, Depends(_sources)]
"""Where forecasts come from."""


def told(sources: Asking, asked: Asked) -> Told:
    """The forecast of a question for whoever asked over HTTP, as `forecast_of` gives it; kept."""
    found = forecast_of(sources, asked)
    if given := Given.of(found):
        sources.keeping.put(given)
    return found
