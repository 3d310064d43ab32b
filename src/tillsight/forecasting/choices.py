"""Who can forecast, as people choose among them."""

from dataclasses import dataclass

from tillsight.forecasting.words import Method, Model


@dataclass(frozen=True)
class Choice:
    """A model with its name and what it does in words."""

    model: Model
    label: str
    description: str


CHOICES = (
    Choice(
        Model.blend,
        "Blend",
        "Ours: several small models, weighted by how well each forecast your own past.",
    ),
    Choice(
        Model.seasonal_naive,
        "Repeat last week",
        "What was sold on the same weekday, or in the same season, is sold again. The yardstick.",
    ),
    Choice(
        Model.prophet,
        "Prophet",
        "Trend, weekly and yearly season as one regression, by Meta.",
    ),
    Choice(
        Model.autoets,
        "AutoETS",
        "Exponential smoothing, its form picked by information criterion.",
    ),
    Choice(
        Model.autoarima,
        "AutoARIMA",
        "ARIMA with season, its orders searched step by step.",
    ),
    Choice(
        Model.autotheta,
        "AutoTheta",
        "The Theta method, its form picked by the error on the history.",
    ),
)
LABELS = {one.model: one.label for one in CHOICES}
METHOD_LABELS = {
    Method.blend: "Blend of small models",
    Method.monthly: "Blend of models of months",
    Method.average: "Average of the open days",
} | {Method(model): label for model, label in LABELS.items() if model is not Model.blend}
