"""The fields that define a KPI, and what was typed into them as the API takes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from tillsight.dashboard import client, sales_page, texts, typed_numbers
from tillsight.dashboard.forms import Form
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis.entry_table import plain

One = Mapping[str, Any]
Field = Callable[[], Any]
"""Shows a field, and returns what it holds."""
LONGEST_NAME, LONGEST_TEXT, MOST_DAYS = 150, 2000, 366
NEEDED = ("name", "initial_value", "target_value")
NUMBERS = ("initial_value", "target_value", "minimum", "maximum")
DIMENSIONS = ("country", "category", "channel", "segment", "gender", "age_band")
"""What the sales of a computed KPI are offered to be filtered by."""
MOST_OFFERED = 500
NOBODY = 0
"""Stands for no owner in the choice of one."""


@dataclass(frozen=True)
class Choice:
    """What the other fields depend on: the circle, and where values come from."""

    circle: One
    computed: bool


def choose(key: str, circles: Sequence[One], kpi: One) -> Choice:
    """Show the choice of the circle and of where values come from."""
    known = {one["id"]: one for one in circles}
    with st.container(key="kpi_choice"):
        circle_id = st.selectbox(
            texts.CIRCLE,
            list(known),
            index=list(known).index(kpi.get("circle_id", next(iter(known)))),
            format_func=lambda one: known[one]["name"],
            help=texts.KPI_CIRCLE_HELP,
            key=f"{key}_circle",
        )
        kind = st.segmented_control(
            texts.KPI_KIND,
            list(texts.KPI_KINDS),
            default="computed" if kpi.get("measure") else "typed",
            format_func=lambda one: texts.KPI_KINDS[one],
            required=True,
            key=f"{key}_kind",
        )
    return Choice(known[circle_id], kind == "computed")


def show(form: Form, choice: Choice, kpi: One) -> dict[str, Any]:
    """The fields, filled with what is known of `kpi`; returns what they hold, as it was typed."""
    given: dict[str, Any] = {
        "name": form.text(
            "name",
            texts.KPI_NAME,
            kpi.get("name", ""),
            longest=LONGEST_NAME,
            help=texts.KPI_NAME_HELP,
        ),
        "description": form.text(
            "description",
            texts.KPI_DESCRIPTION,
            kpi.get("description", ""),
            longest=LONGEST_TEXT,
            help=texts.KPI_DESCRIPTION_HELP,
        ),
    }
    if choice.computed:
        given |= _computed(form, kpi)
    with st.container(key="kpi_fields"):
        for name, field in _fields(form, choice, kpi).items():
            with st.container():
                given[name] = field()
    return given


@dataclass(frozen=True)
class _Known:
    """Fields of a form, filled with what is known of `kpi`, each to be shown by a call."""

    form: Form
    kpi: One

    def number(self, name: str, label: str, hint: str, usual: float | None = None) -> Field:
        return partial(self.form.text, name, label, plain(self.kpi.get(name, usual)), help=hint)

    def pick(
        self, name: str, label: str, options: Mapping[Any, str], usual: object, hint: str
    ) -> Field:
        value = self.kpi.get(name, usual)
        return partial(
            self.form.choice, name, label, list(options), value, lambda one: options[one], help=hint
        )


def _fields(form: Form, choice: Choice, kpi: One) -> dict[str, Field]:
    known = _Known(form, kpi)
    fields = _promise(known)
    if not kpi:
        fields["target_value"] = known.number(
            "target_value", texts.KPI_TARGET, texts.KPI_TARGET_HELP
        )
    fields |= _of_values(known)
    if not choice.computed:
        fields["due_days"] = known.number("due_days", texts.KPI_DUE, texts.KPI_DUE_HELP, 10)
    return {**fields, "owner_id": _owner(known, choice)}


def _promise(known: _Known) -> dict[str, Field]:
    """What is promised, but for the target."""
    often = (texts.KPI_OFTEN, texts.PERIODICITIES, "monthly", texts.KPI_OFTEN_HELP)
    unit = (texts.UNIT, _units(), client.shop().currency.lower(), texts.KPI_UNIT_HELP)
    side = (texts.KPI_DIRECTION, texts.DIRECTIONS, "increase", texts.KPI_DIRECTION_HELP)
    start = (texts.KPI_INITIAL, texts.KPI_INITIAL_HELP, 0)
    return {
        "periodicity": known.pick("periodicity", *often),
        "unit": known.pick("unit", *unit),
        "direction": known.pick("direction", *side),
        "initial_value": known.number("initial_value", *start),
    }


def _of_values(known: _Known) -> dict[str, Field]:
    """How values make a year, and between which they lie."""
    usual = {} if known.kpi else {"": texts.KPI_USUAL}
    ways = {**usual, **texts.AGGREGATIONS}
    over_the_year = (texts.KPI_AGGREGATION, ways, "", texts.KPI_AGGREGATION_HELP)
    return {
        "aggregation": known.pick("aggregation", *over_the_year),
        "minimum": known.number("minimum", texts.KPI_MINIMUM, texts.KPI_MINIMUM_HELP),
        "maximum": known.number("maximum", texts.KPI_MAXIMUM, texts.KPI_MAXIMUM_HELP),
    }


def _owner(known: _Known, choice: Choice) -> Field:
    owners = {one["id"]: one["name"] for one in choice.circle["members"]}
    owner = known.kpi.get("owner_id")
    if owner and known.kpi["circle_id"] == choice.circle["id"]:
        owners.setdefault(owner, known.kpi["owner"])  # who left the circle stays until changed
    return partial(
        known.form.choice,
        "owner_id",
        texts.OWNER,
        [NOBODY, *owners],
        owner if owner in owners else NOBODY,
        lambda one: owners.get(one, texts.NO_OWNER),
        help=texts.KPI_OWNER_HELP,
    )


def _computed(form: Form, kpi: One) -> dict[str, Any]:
    """The measure, and the sales that count."""
    words = sales_page.words()
    measures = [one["name"] for one in client.of_the_program("/api/metrics")["measures"]]
    measure = form.choice(
        "measure",
        texts.KPI_MEASURE,
        list(measures),
        kpi.get("measure") or next(iter(measures)),
        lambda one: f"{words[one]['label']}: {words[one]['definition']}",
        help=texts.KPI_MEASURE_HELP,
    )
    before: Mapping[str, Sequence[str]] = kpi.get("filters") or {}
    filters = {}
    with st.expander(texts.KPI_ONLY, expanded=bool(before)):
        st.caption(texts.KPI_ONLY_HELP)
        with st.container(key="kpi_only"):
            for name in dict.fromkeys([*DIMENSIONS, *before]):
                chosen = before.get(name, [])
                filters[name] = form.suggestions(
                    f"filter_{name}",
                    words[name]["label"] if name in words else name,
                    list(dict.fromkeys([*chosen, *_offered(name)])),
                    chosen,
                    lambda one: one or texts.UNKNOWN,
                    placeholder=texts.KPI_ALL_SALES,
                )
    return {
        "measure": measure,
        "filters": {name: list(values) for name, values in filters.items() if values},
    }


def read(given: Mapping[str, Any], choice: Choice) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as the API takes it, None where it is empty; and what is wrong with it."""
    body: dict[str, Any] = {**given, "circle_id": choice.circle["id"]}
    wrong: dict[str, str] = {}
    body["name"] = " ".join(given["name"].split()) or None
    body["owner_id"] = given["owner_id"] or None
    for name in NUMBERS:
        if name in given:
            body[name], complaint = number(name, given[name])
            wrong |= complaint
    if "due_days" in given:
        body["due_days"] = _days(given["due_days"])
        if body["due_days"] is None:
            wrong["due_days"] = texts.NOT_DAYS
    if not choice.computed:
        body |= {"measure": None, "filters": {}}
    return body, wrong


def number(name: str, typed: str) -> tuple[float | None, dict[str, str]]:
    """A number that was typed, None where it is empty; and what is wrong with it, by its name."""
    if not typed.strip():
        return None, {}
    try:
        return typed_numbers.read(typed), {}
    except typed_numbers.NotANumber as refusal:
        return None, {name: str(refusal)}


def _days(typed: str) -> int | None:
    text = typed.strip()
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else MOST_DAYS + 1
    return days if days <= MOST_DAYS else None


def _units() -> dict[str, str]:
    """Units by what they are called, the shop's currency first."""
    codes = [one["code"] for one in client.get("/api/kpis/units")["units"]]
    own = client.shop().currency.lower()
    return {one: kpi_formats.unit_name(one) for one in sorted(codes, key=lambda one: one != own)}


def _offered(dimension: str) -> list[str]:
    answer = client.get(
        "/api/metrics/query",
        {"measures": "revenue", "by": dimension, "order": "-revenue", "limit": MOST_OFFERED},
    )
    return [row[dimension] or "" for row in answer["rows"]]
