"""Who can forecast, as people choose among them."""

from dataclasses import dataclass
from importlib.util import find_spec

from tillsight.forecasting.words import Method, Model


@dataclass(frozen=True)
class Choice:
    """A model with its name in words; `package` and `extra` are what an optional one needs."""

    model: Model
    label: str
    description: str
    package: str = ""
    extra: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether it can be asked; looks for the package without reading it."""
        return not self.package or find_spec(self.package) is not None

    @property
    def install(self) -> str | None:
        """The command that installs it; None where there is nothing to install."""
        return f'pip install "tillsight[{self.extra}]"' if self.extra else None


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
        "prophet",
        "prophet",
    ),
    Choice(
        Model.autoets,
        "AutoETS",
        "Exponential smoothing, its form picked by information criterion.",
        "statsforecast",
        "statsforecast",
    ),
    Choice(
        Model.autoarima,
        "AutoARIMA",
        "ARIMA with season, its orders searched step by step.",
        "statsforecast",
        "statsforecast",
    ),
    Choice(
        Model.autotheta,
        "AutoTheta",
        "The Theta method, its form picked by the error on the history.",
        "statsforecast",
        "statsforecast",
    ),
)
LABELS = {one.model: one.label for one in CHOICES}
METHOD_LABELS = {
    Method.blend: "Blend of small models",
    Method.monthly: "Blend of models of months",
    Method.average: "Average of the open days",
} | {Method(model): label for model, label in LABELS.items() if model is not Model.blend}
