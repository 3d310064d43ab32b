"""What is said of a KPI, as the board's entry of the API tells it: pure functions to plain text."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.kpis import formats as kpi_formats

One = Mapping[str, Any]
STAYING = frozenset({"stay_above", "stay_below"})
KEPT_ENOUGH = 95  # percent of periods, for those that stay on a side
SETTLED = "settled"  # the method of an outlook that nothing to come can change
PAST_CHANGES = "past_changes"  # the method of KPIs whose values do not add up


def status(entry: One) -> str:
    """The status as symbol and word."""
    return f"{texts.STATUS_SYMBOLS[entry['status']]} {texts.STATUSES[entry['status']]}"


def as_far_as_known(change: One, unit: str) -> str:
    """What is known of a change that was moved from an older product, which logged no values."""
    if change["after"] is None:
        return texts.VALUE_NOT_KNOWN[change["activity"]]
    after = kpi_formats.value(change["after"], unit)
    return after if change["activity"] == "created" else texts.CHANGED_TO.format(after=after)


def progress(entry: One) -> str:
    """How far it is, in percent of the way or of the periods."""
    if entry["progress"] is None:
        return formats.NOTHING
    percent = kpi_formats.percent(entry["progress"])
    return texts.KEPT.format(percent=percent) if entry["direction"] in STAYING else percent


def reach(entry: One, as_of: date) -> str:
    """What the year holds so far, and the target."""
    target = texts.TARGETS[entry["direction"]].format(
        target=kpi_formats.rounded(entry["target_value"], entry["unit"])
    )
    year = year_to_date(entry, as_of)
    said = f"{year} · {target}" if year else target
    return said[0].upper() + said[1:]


def year_to_date(entry: One, as_of: date) -> str:
    """The sum or mean of the year; nothing where the last value is what counts."""
    words = {"sum": texts.SUM_OF_YEAR, "average": texts.MEAN_OF_YEAR}.get(entry["aggregation"])
    if words is None or entry["x"] is None or entry["direction"] in STAYING:
        return ""
    return words.format(x=kpi_formats.rounded(entry["x"], entry["unit"]), year=as_of.year)


def expected(entry: One, as_of: date) -> str:
    """What the pace asks for by that day, or the rule where there is no pace."""
    if entry["status"] == "no_data":
        return texts.NOTHING_TO_EXPECT.format(year=as_of.year)
    if entry["direction"] in STAYING:
        return texts.KEPT_RULE
    if entry["progress"] is None or entry["expected"] is None:
        return texts.START_IS_TARGET
    return texts.EXPECTED_BY.format(
        day=formats.day_and_month(as_of),
        expected=kpi_formats.rounded(entry["expected"], entry["unit"]),
    )


def outlook(entry: One, as_of: date) -> str:
    """How likely the target is reached, or that it is settled, or why nobody can say."""
    told = entry["outlook"]
    if "needed" in told:
        return texts.TOO_LITTLE_HISTORY.format(have=told["have"], needed=told["needed"])
    if "method" not in told:
        return texts.NOT_ABOVE_ZERO
    if told["method"] == SETTLED:
        return texts.SETTLED[told["probability"] > 0]
    percent = "" if told["probability"] is None else f" ({formats.percent(told['probability'])})"
    return likely_to(entry, as_of, percent)


def likely_to(entry: One, as_of: date, percent: str = "") -> str:
    """How likely it is in words, with the percent in brackets where they are given, and the method
    where it is the rougher one.
    """
    words = texts.LIKELY_KEPT if entry["direction"] in STAYING else texts.LIKELY
    day, told = formats.day_and_month(date(as_of.year, 12, 31)), entry["outlook"]
    said = words[told["word"]].format(day=day, percent=percent)
    return texts.BY_PAST_CHANGES.format(said=said) if told["method"] == PAST_CHANGES else said


def year_end(entry: One) -> str:
    """What the year comes to, and the range of 8 of 10 cases; nothing where nobody can say."""
    told = entry["outlook"]
    if told.get("year_end") is None or not told["periods_to_come"]:
        return ""
    staying = entry["direction"] in STAYING
    low, middle, high = (
        kpi_formats.percent(told[one]) if staying else kpi_formats.rounded(told[one], entry["unit"])
        for one in ("low", "year_end", "high")
    )
    return texts.IN_MOST_CASES.format(low=low, middle=middle, high=high)


def what_counts(entry: One) -> str:
    """What of the values of a year counts: their sum, last or average, or periods that are kept."""
    return "kept" if entry["direction"] in STAYING else str(entry["aggregation"])


def chance(told: One) -> str:
    """An outlook in short: a percent, a word where there is no number, or that it is settled."""
    if "method" not in told:
        return formats.NOTHING
    if told["method"] == SETTLED:
        return texts.REACHED[told["probability"] > 0]
    if told["probability"] is None:
        return texts.WORDS[told["word"]]
    return formats.percent(told["probability"])


def periods(periodicity: str, count: int) -> str:
    """So many periods, such as 4 months."""
    one, many = texts.PERIOD_WORDS[periodicity]
    return f"{count} {one if count == 1 else many}"


def finding(entry: One, as_of: date) -> str:
    """What the chart shows, as one sentence."""
    status = texts.STATUSES[entry["status"]]
    if entry["status"] == "no_data":
        return texts.FINDING_NO_DATA.format(year=as_of.year)
    if entry["direction"] in STAYING:
        share = kpi_formats.percent(entry["progress"])
        return texts.FINDING_STAYING.format(status=status, share=share, year=as_of.year)
    if entry["progress"] is None or entry["expected"] is None:
        x = kpi_formats.rounded(entry["x"], entry["unit"])
        return texts.FINDING_AT_TARGET.format(status=status, x=x)
    gap = entry["x"] - entry["expected"]
    better = (gap >= 0) == (entry["target_value"] > entry["initial_value"])
    words = texts.FINDING_BETTER if better else texts.FINDING_WORSE
    distance = kpi_formats.distance(gap, entry["unit"])
    if distance == kpi_formats.distance(0, entry["unit"]):
        words = texts.FINDING_EVEN
    return words.format(status=status, distance=distance, day=formats.day_and_month(as_of))


def legend(entry: One, course: Collection[str]) -> list[str]:
    """What the signs of the chart mean, of those that it has: names of its lines."""
    said = [words for name, words in texts.COURSE_LEGEND.items() if name in course]
    bands = entry["bands"]
    if not bands or "band" not in course:
        return said
    low, middle, high = (
        kpi_formats.rounded(bands[-1][name], entry["unit"]) for name in ("p10", "p50", "p90")
    )
    return [*said, texts.COURSE_BAND.format(low=low, middle=middle, high=high)]


def pace_mark(entry: One) -> float | None:
    """Where on the way to the target the pace is, in percent; None where there is none."""
    if entry["progress"] is None:
        return None
    if entry["direction"] in STAYING:
        return KEPT_ENOUGH
    whole = entry["target_value"] - entry["initial_value"]
    if entry["expected"] is None or not whole:
        return None
    return float(100 * (entry["expected"] - entry["initial_value"]) / whole)


def counted(count: int) -> str:
    """So many KPIs."""
    return texts.KPI_COUNT.of(count, count=formats.number(count))
