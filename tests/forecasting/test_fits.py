"""Fits by a process of their own: kept, waited for, given up."""

import math
import os
import time
from collections.abc import Iterator

import pytest

from tillsight.errors import InvalidInput, Unavailable
from tillsight.forecasting import fits
from tillsight.forecasting.fits import Fits


@pytest.fixture
def patient() -> Iterator[Fits]:
    one = Fits(wait=60)
    yield one
    one.close()


@pytest.fixture
def hurried() -> Iterator[Fits]:
    one = Fits(wait=0.01)
    yield one
    one.close()


def test_a_result_comes_from_another_process_and_is_kept(patient: Fits) -> None:
    first = patient.ask("who", os.getpid)
    assert first != os.getpid()
    assert patient.ask("who", os.getppid) == first  # asked by its key, it is not worked out again
    assert patient.ask("who else", os.getpid) == first


def test_who_does_not_get_it_in_time_asks_again(hurried: Fits) -> None:
    with pytest.raises(Unavailable) as refused:
        hurried.ask("slow", time.sleep, 0.3)
    assert refused.value.details["retry_after"] == fits.RETRY_AFTER
    deadline = time.monotonic() + 60
    while True:
        try:
            assert hurried.ask("slow", time.sleep, 0.3) is None
            break
        except Unavailable:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_what_cannot_be_fitted_is_refused_and_tried_again(patient: Fits) -> None:
    for _ in range(2):
        with pytest.raises(InvalidInput, match="could not be fitted"):
            patient.ask("root", math.sqrt, -1.0)
    assert patient.ask("root", math.sqrt, 4.0) == 2


def test_a_process_that_ends_is_replaced(patient: Fits) -> None:
    before = patient.ask("before", os.getpid)
    with pytest.raises(Unavailable, match="more time or memory"):
        patient.ask("end", os._exit, 1)
    assert patient.ask("after", os.getpid) not in {before, os.getpid()}


def test_a_fit_that_takes_too_long_is_given_up(
    patient: Fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "MOST_SECONDS", 0.2)
    with pytest.raises(Unavailable, match="more time or memory"):
        patient.ask("long", time.sleep, 60)


def test_an_idle_process_ends(patient: Fits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fits, "IDLE_SECONDS", 0.05)
    first = patient.ask("first", os.getpid)
    deadline = time.monotonic() + 60
    while patient.is_running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert patient.ask("second", os.getpid) != first


def test_too_many_at_once_are_sent_away(hurried: Fits) -> None:
    for number in range(fits.MOST_QUEUED):
        with pytest.raises(Unavailable, match="still being worked out"):
            hurried.ask(number, time.sleep, 60)
    with pytest.raises(Unavailable, match="Many forecasts"):
        hurried.ask("one more", os.getpid)
