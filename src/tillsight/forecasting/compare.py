"""Models side by side, on the same windows of a series."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tillsight.errors import ModelFailed
from tillsight.forecasting import engine, others
from tillsight.forecasting.held_out import judged
from tillsight.forecasting.outcome import Scores, Window
from tillsight.forecasting.series import Series
from tillsight.forecasting.words import Model

NAIVE = Model.seasonal_naive


@dataclass(frozen=True)
class Compared:
    """How a model did in `windows` of `window_steps` each, the same ones for all.

    `naive_ratio` is its WAPE over that of seasonal naive: below 1 is better. `seconds` of processor
    time is what it took to say all windows. None where a model is not installed, finds no fit, or
    where there is too little history for windows.
    """

    model: Model
    scores: Scores | None
    seconds: float | None
    naive_ratio: float | None
    is_best: bool
    windows: int
    window_steps: int


@dataclass(frozen=True)
class Run:
    """Scores of one model and what they took."""

    scores: Scores | None
    seconds: float | None


def compare(series: Series, models: Sequence[Model]) -> list[Compared]:
    """Score models on the windows that the blend is scored on, each model once, as asked.

    Where one of them is slow, all are scored on as many of the last windows as it is given.
    """
    asked = list(dict.fromkeys(models))
    begun = seconds_used()
    blend = engine.forecast(series, (others.JUDGED,))
    took = seconds_used() - begun
    ours = blend.report.windows if blend.report else ()
    fewest = min(
        (others.MOST_WINDOWS.get(model, len(ours)) for model in _present(asked)), default=0
    )
    windows = ours[-fewest:] if fewest else ()
    if not windows:
        return [Compared(one, None, None, None, False, 0, 0) for one in asked]
    runs = {model: _run(model, series, windows) for model in {*asked, NAIVE}}
    if Model.blend in runs:
        runs[Model.blend] = Run(judged(series, windows), took)
    return [_compared(model, runs, windows) for model in asked]


def _present(models: Sequence[Model]) -> list[Model]:
    return [model for model in models if others.installed(model)]


def _run(model: Model, series: Series, windows: Sequence[Window]) -> Run:
    """What a model would have said in each window, scored."""
    if model is Model.blend or not others.installed(model):
        return Run(None, None)
    begun = seconds_used()
    try:
        said = [_said(model, series, one) for one in windows]
    except ModelFailed:
        return Run(None, None)
    took = seconds_used() - begun
    found = judged(series, said)
    return Run(replace(found, coverage=None) if model is NAIVE else found, took)


def _said(model: Model, series: Series, asked: Window) -> Window:
    if model is NAIVE:
        return others.naive_window(series, asked)
    return others.window(model, series, asked.origin, len(asked.predicted))


def _compared(model: Model, runs: dict[Model, Run], windows: Sequence[Window]) -> Compared:
    run, naive = runs[model], runs[NAIVE].scores
    wapes = [one.scores.wape for one in runs.values() if one.scores and one.scores.wape is not None]
    wape = run.scores.wape if run.scores else None
    return Compared(
        model,
        run.scores,
        run.seconds,
        wape / naive.wape if wape is not None and naive and naive.wape else None,
        is_best=wape is not None and wape == min(wapes),
        windows=len(windows),
        window_steps=len(windows[0].predicted),
    )


def seconds_used() -> float:
    """Seconds of processor time of this thread and of programs it started and that have ended.

    Prophet fits in a program of its own.
    """
    times = os.times()
    return time.thread_time() + times.children_user + times.children_system
