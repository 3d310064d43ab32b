"""Asking for a forecast from a route: the shop and its day, and what becomes of the answer."""

from typing import Annotated

from fastapi import Depends, Request

from tillsight.api.deps import DatabaseDep, SettingsDep, TodayDep, WarehouseDep
from tillsight.forecasting.asked import Asked, Sources, Told, forecast_of


async def _sources(
    request: Request,
    warehouse: WarehouseDep,
    database: DatabaseDep,
    settings: SettingsDep,
    today: TodayDep,
) -> Sources:
    return Sources(warehouse, database, settings.country, today, request.app.state.fits)


SourcesDep = Annotated[Sources, Depends(_sources)]
"""Where forecasts come from."""


def told(sources: Sources, asked: Asked) -> Told:
    """The forecast of a question for whoever asked over HTTP, as `forecast_of` gives it."""
    return forecast_of(sources, asked)
