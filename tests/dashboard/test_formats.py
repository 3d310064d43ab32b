from datetime import date

import pytest

from tillsight.dashboard import formats

S = formats.GROUP
MINUS = formats.MINUS


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (10_666_684.54, "GBP", f"£10{S}666{S}684.54"),
        (0, "EUR", "€0.00"),
        (-1234.5, "EUR", f"{MINUS}€1{S}234.50"),
        (99.9, "CHF", "CHF\u00a099.90"),
        (None, "EUR", "–"),
    ],
)
def test_money_is_to_the_cent(value, currency, text):
    assert formats.money(value, currency) == text


@pytest.mark.parametrize(
    ("value", "text"), [(19_960, f"19{S}960"), (0, "0"), (2.5, "2.5"), (None, "–")]
)
def test_numbers_are_grouped(value, text):
    assert formats.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "€0"), (750, "€750"), (2_500, "€2.5k"), (1_200_000, "€1.2M"), (3e9, "€3B")],
)
def test_amounts_on_axes_are_short(value, text):
    assert formats.short_money(value, "EUR") == text


@pytest.mark.parametrize(
    ("growth", "text"),
    [(0.123, "+12.3%"), (-0.04, f"{MINUS}4.0%"), (-0.0001, "0.0%"), (15.5, f"+1{S}550.0%")],
)
def test_change_has_a_sign_unless_it_is_none(growth, text):
    assert formats.change(growth) == text


def test_share_of_nothing_is_not_a_number():
    assert formats.share(1, 8) == "12.5%"
    assert formats.share(0, 0) == "–"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2024, 5, 1), date(2024, 5, 7), "1 – 7 May 2024"),
        (date(2024, 4, 28), date(2024, 5, 7), "28 April – 7 May 2024"),
        (date(2023, 12, 28), date(2024, 1, 3), "28 December 2023 – 3 January 2024"),
        (date(2024, 5, 7), date(2024, 5, 7), "7 May 2024"),
    ],
)
def test_days_say_month_and_year_once(first, last, text):
    assert formats.days(first, last) == text


def test_a_window_ends_the_day_before_its_end():
    assert formats.window(date(2024, 5, 1), date(2024, 6, 1)) == "1 – 31 May 2024"


def test_moments_are_told_in_the_shop_time_zone():
    assert formats.moment("2024-07-01T23:30:00Z", "Europe/Zurich") == "2 July 2024, 01:30"
