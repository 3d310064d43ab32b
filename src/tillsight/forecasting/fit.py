"""What candidates see: a prepared series from its origins, with what several of them need."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tillsight.forecasting.prepared import Prepared
from tillsight.forecasting.series import Counts, Floats

PROFILE_HALF_LIFE = 60.0
"""Usable steps after which a step counts half in the profile of weekdays."""

PROFILE_DRAWN = 0.5
"""Observations that draw the effect of a weekday to none."""


@dataclass(frozen=True)
class Fit:
    """A prepared series seen from its origins, (w,), with what several candidates need."""

    prepared: Prepared
    origins: Counts
    targets: Counts

    @cached_property
    def ages(self) -> Floats:
        """How many usable steps ago, (w, n)."""
        return self.prepared.ages(self.origins)

    @cached_property
    def y(self) -> Floats:
        """What is fitted, (n,): logarithms where effects multiply."""
        p = self.prepared
        return p.fitted if p.adds else np.log(np.where(p.usable, p.fitted, 1.0))

    @cached_property
    def in_cycle(self) -> Floats:
        """One column for each weekday, (n, m)."""
        p = self.prepared
        return np.equal.outer(p.cycle[: p.steps], np.arange(p.period)).astype(np.float64)

    @cached_property
    def target_cycle(self) -> Counts:
        """Weekdays of the targets, (w, h)."""
        return self.prepared.cycle[self.targets]

    def decay(self, half_life: float) -> Floats:
        """Weights that halve every so many usable steps, (w, n)."""
        return np.exp2((1.0 - self.ages) / half_life)

    @cached_property
    def profile(self) -> Floats:
        """Effect of each weekday beside the mean, (w, m); weekdays never seen have none.

        Means of the weekdays, newer weeks counting more, drawn to the mean of all by half an
        observation.
        """
        weights = self.decay(PROFILE_HALF_LIFE)
        total = weights.sum(axis=1, keepdims=True)
        mean = (weights @ self.y)[:, None] / total
        seen = weights @ self.in_cycle
        effects = ((weights * self.y) @ self.in_cycle - mean * seen) / (seen + PROFILE_DRAWN)
        share = seen / total
        profile: Floats = effects - (effects * share).sum(axis=1, keepdims=True)
        return profile

    @cached_property
    def target_profile(self) -> Floats:
        """The effect of the weekday of each target, (w, h)."""
        return np.take_along_axis(self.profile, self.target_cycle, axis=1)

    @cached_property
    def levels(self) -> Floats:
        """What is fitted without the weekday, as each origin sees it, (w, n)."""
        return self.y - self.profile @ self.in_cycle.T
