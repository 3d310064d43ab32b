"""Which layout a file is read by: a mapping that somebody gives, a saved one, or one of ours."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import replace

from tillsight.errors import InvalidInput, MissingFields
from tillsight.sales import choices as chosen
from tillsight.sales.choices import Choices
from tillsight.sales.layouts import Field, Layout, detect, detect_one, normal_header
from tillsight.sales.profiles import Profile, header_hash, named
from tillsight.sales.rows import KINDS
from tillsight.sales.rows.kind import FieldOf


def recognised(
    header: list[str], choices: Choices, profiles: Sequence[Profile]
) -> tuple[Layout, dict[Field, int], Choices]:
    """The layout of a header, the position of each field's column, and what is chosen with it.

    A layout, a mapping or a profile that is given wins over a profile of this header, that over our
    layouts.

    Raises:
        InvalidInput: the mapping does not fit the file, or one and a profile are given.
        UnknownName: there is no such profile.
        UnknownLayout: there is none, and no layout fits, or not the one that is given.
    """
    if choices.layout is not None:
        return (*detect_one(header, choices.layout), choices)
    if choices.mapping:
        if choices.profile is not None:
            raise InvalidInput("Give a mapping or the name of a profile, not both.")
        return (*mapped(header, choices.mapping), choices)
    if profile := fitting(header, choices, profiles):
        layout, columns = mapped(header, profile.mapping)
        return layout, columns, with_profile(choices, profile)
    return (*detect(header), choices)


def fitting(header: Sequence[str], choices: Choices, profiles: Sequence[Profile]) -> Profile | None:
    """The profile that was asked for, else the latest that was saved for just this header.

    Raises:
        UnknownName: there is none of the name that was asked for.
    """
    if choices.profile is not None:
        return named(choices.profile, profiles)
    wanted = header_hash(header)
    found = [one for one in profiles if one.header_hash == wanted]
    return max(found, key=lambda one: one.id, default=None)


def with_profile(choices: Choices, profile: Profile) -> Choices:
    """What is chosen for a file with a profile; what was chosen for this file alone wins."""
    return replace(
        choices,
        date_order=choices.date_order or profile.date_order,
        decimal=choices.decimal or profile.decimal,
    )


def mapped(header: Sequence[str], mapping: chosen.Mapping) -> tuple[Layout, dict[Field, int]]:
    """A mapping as the layout of a header.

    Raises:
        InvalidInput: it names a column that is not there, a field twice, or one of another kind.
        MissingFields: a field that every row needs has no column.
    """
    fields = {one.field: one for one in KINDS[mapping.kind].fields}
    columns: dict[Field, int] = {}
    for name, field in mapping.columns.items():
        if field not in fields:
            raise InvalidInput(f"Files of {mapping.kind} have no field {field} (column {name}).")
        if field in columns:
            other = header[columns[field]]
            raise InvalidInput(f"Columns {other} and {name} cannot both be {fields[field].label}.")
        columns[field] = _place_of(header, name)
    if missing := missing_fields(fields.values(), columns):
        labels = ", ".join(one.label for one in missing)
        raise MissingFields(
            f"No column is mapped to: {labels}. Files of {mapping.kind} need it.",
            missing=[str(one.field) for one in missing],
        )
    required = frozenset(one.field for one in fields.values() if one.required) & columns.keys()
    names = {field: (header[place],) for field, place in columns.items()}
    return Layout(mapping.source, mapping.source, mapping.kind, names, required), columns


def missing_fields(fields: Iterable[FieldOf], columns: Map[Field, int]) -> list[FieldOf]:
    """The fields that a file needs and has no column for."""
    return [
        one
        for one in fields
        if one.required and one.field not in columns and one.instead not in columns
    ]


def _place_of(header: Sequence[str], name: str) -> int:
    if name in header:
        return list(header).index(name)
    names = [normal_header(one) for one in header]
    if normal_header(name) not in names:
        shown = ", ".join(one[:40] for one in header[:12])
        raise InvalidInput(f"The file has no column “{name[:80]}”. Its columns begin: {shown}.")
    return names.index(normal_header(name))
