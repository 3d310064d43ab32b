from datetime import date

import pytest

from tillsight import formats, languages
from tillsight.dashboard import charts, typed_numbers
from tillsight.dashboard.kpis import formats as kpi_formats

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


NARROW = "\u00a0"


def test_german_readers_get_german_numbers_and_days():
    with languages.speaking("de"):
        assert formats.number(19_960.5) == "19.960,5"
        assert formats.money(-12_345.6, "EUR") == f"{MINUS}12.345,60{NARROW}€"
        assert formats.money(99.9, "CHF") == f"99,90{NARROW}CHF"
        assert formats.short_money(1_200_000, "EUR") == f"1,2{NARROW}Mio.{NARROW}€"
        assert formats.share(1, 8) == f"12,5{NARROW}%"
        assert formats.change(-0.04) == f"{MINUS}4,0{NARROW}%"
        assert formats.change(0) == f"0,0{NARROW}%"
        assert formats.decimal(1.5, 2) == "1,50"
        assert formats.day(date(2024, 5, 7)) == "7. Mai 2024"
        assert formats.days(date(2024, 5, 1), date(2024, 5, 7)) == "1.–7. Mai 2024"
        assert formats.day_and_month(date(2024, 12, 31)) == "31. Dezember"
        assert formats.month(date(2024, 3, 1)) == "März 2024"
        assert formats.weekday_name(1) == "Montag"
        assert formats.weekday_and_day(date(2024, 5, 7)) == "Di, 7. Mai 2024"
        assert formats.moment("2024-07-01T23:30:00Z", "Europe/Zurich") == "2. Juli 2024, 01:30"
        assert kpi_formats.rounded(1234.5, "chf") == f"1.234{NARROW}CHF"
        assert kpi_formats.value(93.25, "percentage") == f"93,25{NARROW}%"
        assert kpi_formats.short(12_500, "eur") == f"12,5{NARROW}Tsd.{NARROW}€"
    assert formats.weekday_name(1, "abbreviated") == "Mon"
    assert formats.month_name(date(2024, 3, 1)) == "March"


def test_charts_know_the_months_of_the_language():
    assert charts.config() == charts.CONFIG
    with languages.speaking("de"):
        config = charts.config()
    names = config["locales"][config["locale"]]["format"]
    assert (names["months"][2], names["days"][0], names["shortDays"][1]) == (
        "März",
        "Sonntag",
        "Mo",
    )
    assert len(names["days"]) == len(names["shortDays"]) == 7


@pytest.mark.parametrize(
    ("language", "text"), [("en", "12,500"), ("de", "12,500"), ("de", "12.500")]
)
def test_a_number_that_may_be_two_is_not_guessed(language, text):
    with languages.speaking(language), pytest.raises(typed_numbers.NotANumber):
        typed_numbers.read(text)


@pytest.mark.parametrize(("language", "text"), [("en", "12.500"), ("de", "12,5"), ("de", "12.5")])
def test_numbers_are_read_with_the_sign_of_the_reader(language, text):
    with languages.speaking(language):
        assert typed_numbers.read(text) == 12.5
