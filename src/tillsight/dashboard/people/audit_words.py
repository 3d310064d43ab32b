"""Entries of the audit log in words: pure functions to plain text, which is yet to be escaped.

The log itself keeps names of fields and values as programs write them, and its files tell them so.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

from tillsight import formats, languages
from tillsight.dashboard import texts
from tillsight.dashboard.people import texts as own

One = Mapping[str, Any]
Names = Mapping[str, str]
"""Measures and dimensions of the catalogue, each with what it is called."""
NUMBERED = re.compile(
    r"(import|rejects of import|purchase|session|key|profile|view|note|KPI|circle)"
    r" (\d+)(?:: (.*))?",
    re.DOTALL,
)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NAMED_BY_PEOPLE = frozenset({"key_created"})
"""Actions whose subject is a name that somebody chose, whatever it looks like."""
AFTER = ("after", "now")
QUESTIONS = frozenset({"asked", "question"})


def subject(entry: One) -> str:
    """What an entry is about; empty if it says nothing."""
    said: str = entry["subject"]
    if entry["action"] in NAMED_BY_PEOPLE:
        return said
    if found := NUMBERED.fullmatch(said):
        kind, number, name = found.groups()
        thing = own.NUMBERED[kind].format(number=number)
        if not name:
            return thing
        return f"{thing}: {_with_days(name) if kind == 'note' else name}"
    if entry["action"].startswith("calendar_"):
        return _with_days(languages.said(said))
    return own.SUBJECTS.get(said, said)


def details(entry: One, names: Names) -> str:
    """What else an entry tells, but for numbers that are for programs."""
    told = _told(entry["details"])
    before = told.get("before")
    after = next((told[one] for one in AFTER if one in told), None)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return ", ".join(_changes(_told(before), _told(after), names))
    if after is not None:
        change = {"before": _value("", before, names), "after": _value("", after, names)}
        if "field" not in told:
            return own.JUST_CHANGED.format(**change)
        field = str(told["field"])
        change = {"before": _value(field, before, names), "after": _value(field, after, names)}
        return own.CHANGED.format(label=_label(field), **change)
    return ", ".join(_listed(told, names))


def _told(found: One) -> dict[str, Any]:
    """Without numbers for programs; a first day and the day after the last are days."""
    told = {
        name: value
        for name, value in found.items()
        if name != "version" and not name.endswith("_id")
    }
    if not (_is_day(told.get("from")) and _is_day(told.get("to"))):
        return {name: value for name, value in told.items() if value != ""}
    start, end = (date.fromisoformat(told.pop(one)) for one in ("from", "to"))
    return {"days": formats.window(start, max(end, start + timedelta(days=1))), **told}


def _listed(told: One, names: Names) -> Iterator[str]:
    for name, value in told.items():
        if name == "kind":
            yield texts.ORIGINS.get(str(value), languages.said(str(value)))
        else:
            yield own.TOLD.format(label=_label(name), value=_value(name, value, names))


def _changes(before: One, after: One, names: Names) -> Iterator[str]:
    for name in {**before, **after}:
        was, became = before.get(name), after.get(name)
        if was != became:
            change = {"before": _value(name, was, names), "after": _value(name, became, names)}
            yield own.CHANGED.format(label=_label(name), **change)


def _label(name: str) -> str:
    return own.LABELS.get(name) or own.FIELDS.get(name) or name.replace("_", " ").capitalize()


def _value(name: str, value: object, names: Names) -> str:
    if value is None:
        return formats.NOTHING
    if name in QUESTIONS:
        return _question(value, names)
    if isinstance(value, Mapping):
        parts = (f"{names.get(str(one), one)}: {_value('', value[one], names)}" for one in value)
        return ", ".join(parts) or formats.NOTHING
    if isinstance(value, list):
        return ", ".join(_value(name, one, names) for one in value)
    if isinstance(value, bool):
        return own.ANSWERS[value]
    return formats.number(value) if isinstance(value, int) else _word(name, str(value), names)


def _word(name: str, value: str, names: Names) -> str:
    if name == "reason":
        return languages.said(value)
    if name in {"added", "left_out"}:
        return ", ".join(_moved(one) for one in value.split(", "))
    known: Mapping[str, Mapping[str, str]] = {
        "": own.BECAME,
        "aggregation": texts.AGGREGATIONS,
        "by": own.BY,
        "direction": texts.DIRECTIONS,
        "fields": own.FIELDS,
        "measure": names,
        "periodicity": texts.PERIODICITIES,
        "role": texts.ROLES,
    }
    if value in known.get(name, {}):
        return known[name][value]
    return _with_days(value) if DAY.fullmatch(value) else value


def _moved(counted: str) -> str:
    """Such as “People 5”."""
    what, _, number = counted.rpartition(" ")
    return f"{own.MOVED.get(what, what)} {number}" if what else own.MOVED.get(number, number)


def _question(asked: object, names: Names) -> str:
    """What the API was asked: its parameters, written as an address or as those of a view."""
    if isinstance(asked, Mapping):
        pairs = [
            (str(name), str(one))
            for name, value in asked.items()
            for one in (value if isinstance(value, list) else [value])
        ]
    else:
        pairs = parse_qsl(str(asked))
    told = _told({name: ", ".join(v for n, v in pairs if n == name) for name, _ in pairs})
    parts = [
        own.TOLD.format(
            label=own.ASKED.get(name) or names.get(name) or _label(name),
            value=", ".join(_asked_for(one, names) for one in str(value).split(",")),
        )
        if name != "days"
        else str(value)
        for name, value in told.items()
    ]
    return "; ".join(parts) or formats.NOTHING


def _asked_for(value: str, names: Names) -> str:
    value = value.strip()
    return names.get(value) or _with_days(value)


def _is_day(value: object) -> bool:
    return isinstance(value, str) and DAY.fullmatch(value) is not None


def _with_days(text: str) -> str:
    return DAY.sub(_day, text)


def _day(found: re.Match[str]) -> str:
    try:
        return formats.day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]
