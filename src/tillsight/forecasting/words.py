"""The words of forecasting: how long a step is, who forecasts, and what is told with a forecast."""

from enum import StrEnum


class Grain(StrEnum):
    """How long one step of a series is; weeks begin on Monday."""

    day = "day"
    week = "week"
    month = "month"


class Model(StrEnum):
    """Who forecasts: our own blend, what it is measured against, or an optional extra."""

    blend = "blend"
    seasonal_naive = "seasonal_naive"
    prophet = "prophet"
    autoets = "autoets"
    autoarima = "autoarima"
    autotheta = "autotheta"


class Method(StrEnum):
    """What a forecast came from in the end.

    `blend` is the small closed-form models together, `monthly` the model of months, `average` the
    mean of the open days where there are too few of them; the others are models by name.
    """

    blend = "blend"
    monthly = "monthly"
    average = "average"
    seasonal_naive = "seasonal_naive"
    prophet = "prophet"
    autoets = "autoets"
    autoarima = "autoarima"
    autotheta = "autotheta"
