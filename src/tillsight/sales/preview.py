"""What loading a file would do, before anything is loaded.

Nothing that is in doubt is refused here: what is missing or ambiguous is part of the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tillsight.errors import AmbiguousDates, AmbiguousNumbers, MissingFields, UnknownLayout
from tillsight.sales import choices as chosen
from tillsight.sales.cautions import Caution
from tillsight.sales.choices import DecimalMark
from tillsight.sales.csv_text import text_table
from tillsight.sales.formats.numbering import BY_LINES, Numbering
from tillsight.sales.layouts import LAYOUTS, DateOrder, Field, FileKind, Layout
from tillsight.sales.opening import Opening, Rules, read_opening
from tillsight.sales.proposal import Content, Proposal, content_of, proposed
from tillsight.sales.recognise import fitting, missing_fields, recognised
from tillsight.sales.rows import KINDS
from tillsight.sales.rows.kind import ValueKind, trimmed
from tillsight.sales.staging import Staged, staged

SAMPLES: Final = 5
LONGEST_SAMPLE: Final = 100
MOST_COLUMNS: Final = 200
"""Columns whose cells are looked at; those after it are known by name alone."""
FIRST_ROWS: Final = 20


@dataclass(frozen=True)
class Meaning:
    """One way to read what is in doubt: by this choice, `example` means `means`. A choice is a
    `DateOrder` for dates and a `DecimalMark` for numbers.
    """

    choice: str
    example: str
    means: str


@dataclass(frozen=True)
class Ambiguity:
    """What the whole file does not decide: `what` is dates or numbers, in `column` of the header,
    such as in these cells. Choosing one of the readings answers it.
    """

    what: str
    column: str
    values: Sequence[str]
    readings: Sequence[Meaning]


@dataclass(frozen=True)
class Column:
    """A column of the file: the field it probably holds, how sure that is from 0 to 1, and some of
    its different cells.
    """

    name: str
    field: Field | None
    confidence: float
    samples: Sequence[str]


@dataclass(frozen=True)
class KnownField:
    """A field that a file of this kind can have; `kind` says what its cells are."""

    name: Field
    label: str
    required: bool
    kind: ValueKind


@dataclass(frozen=True)
class FirstRow:
    """A row as it would be loaded, by field, and why it could not be; `line` is its line in the
    file, the header's being 1.
    """

    line: int
    values: Mapping[str, str | None]
    problem: str | None


@dataclass(frozen=True)
class Written:
    """How a file came: its format and its encoding, as they are called, which lines of it the rows
    are, and what is to be known of it.
    """

    format: str = "csv"
    encoding: str = "utf-8"
    numbering: Numbering = BY_LINES
    cautions: Sequence[Caution] = ()


@dataclass(frozen=True)
class Preview:
    """What is known of a file before it is loaded.

    `layout` is the layout that fits, `profile` the saved mapping that fits; without either the
    columns are a proposal. `decimal` and `date_order` are null where there is nothing to read by
    them, and where they are in doubt: then `ambiguous` says how, and the first rows are as the
    first reading has them. While fields are `missing`, there are no first rows and no warnings.
    """

    kind: FileKind
    layout: str | None
    profile: str | None
    format: str
    encoding: str
    delimiter: str | None
    decimal: DecimalMark | None
    date_order: DateOrder | None
    ambiguous: Sequence[Ambiguity]
    rows: int
    columns: Sequence[Column]
    fields: Sequence[KnownField]
    missing: Sequence[Field]
    first_rows: Sequence[FirstRow]
    warnings: Sequence[Caution]


@dataclass(frozen=True)
class _Known:
    """What the columns of a file are, or are thought to be."""

    kind: FileKind
    layout: str | None
    profile: str | None
    fields: Mapping[int, tuple[Field, float]]
    missing: Sequence[Field]


def preview(path: Path, written: Written, rules: Rules, spill: Path) -> Preview:
    """What loading an unpacked file by these rules would do.

    Raises:
        InvalidInput: it cannot be read as a whole, or the mapping is of another file.
        OtherCurrency: it states another currency than the shop's.
    """
    opening = read_opening(path)
    known = _known(path, opening, rules, spill)
    columns = _columns(opening, known)
    if known.missing:
        return _unread(path, written, opening, known, columns, spill)
    if not (known.layout or known.profile or rules.choices.mapping):
        fields = {opening.header[place]: field for place, (field, _) in known.fields.items()}
        mapping = chosen.Mapping(known.kind, fields)
        rules = replace(rules, choices=replace(rules.choices, mapping=mapping))
    ambiguous: list[Ambiguity] = []
    while True:
        try:
            with staged(path, rules, spill, written.numbering) as checked:
                return _read(checked, written, opening, known, columns, ambiguous)
        except (AmbiguousDates, AmbiguousNumbers) as doubt:
            ambiguous.append(_ambiguity(doubt))
            rules = replace(rules, choices=_first_reading(rules.choices, doubt))


def _known(path: Path, opening: Opening, rules: Rules, spill: Path) -> _Known:
    try:
        layout, columns, _ = recognised(opening.header, rules.choices, rules.profiles)
    except MissingFields:
        if rules.choices.mapping is None:
            raise
        return _incomplete(opening, rules.choices.mapping)
    except UnknownLayout:
        return _guessed(path, opening, spill)
    fields = {place: (field, 1.0) for field, place in columns.items()}
    given = rules.choices.mapping
    fitted = None if given else fitting(opening.header, rules.choices, rules.profiles)
    return _Known(layout.kind, _name(layout), fitted.name if fitted else None, fields, ())


def _name(layout: Layout) -> str | None:
    return layout.name if layout in LAYOUTS else None


def _incomplete(opening: Opening, mapping: chosen.Mapping) -> _Known:
    """What a mapping says that leaves out a field."""
    places = {
        opening.header.index(name): (field, 1.0)
        for name, field in mapping.columns.items()
        if name in opening.header
    }
    return _Known(mapping.kind, None, None, places, _missing(mapping.kind, places))


def _missing(kind: FileKind, fields: Mapping[int, tuple[Field, float]]) -> list[Field]:
    columns = {field: place for place, (field, _) in fields.items()}
    return [one.field for one in missing_fields(KINDS[kind].fields, columns)]


def _guessed(path: Path, opening: Opening, spill: Path) -> _Known:
    with text_table(path, opening.header, opening.delimiter, spill) as (duck, table):
        places = range(min(len(opening.header), MOST_COLUMNS))
        contents = [content_of(duck, trimmed(f"c{place}"), table) for place in places]
    contents += [Content()] * (len(opening.header) - len(contents))
    proposal: Proposal = proposed(opening.header, contents)
    missing = _missing(proposal.kind, proposal.fields)
    return _Known(proposal.kind, None, None, proposal.fields, missing)


def _columns(opening: Opening, known: _Known) -> list[Column]:
    columns = []
    for place, name in enumerate(opening.header):
        cells = (row[place].strip()[:LONGEST_SAMPLE] for row in opening.rows if place < len(row))
        samples = list(dict.fromkeys(filter(None, cells)))[:SAMPLES]
        field, confidence = known.fields.get(place, (None, 0.0))
        columns.append(Column(name, field, confidence, samples))
    return columns


def _known_fields(kind: FileKind, known: _Known) -> list[KnownField]:
    found = {field for field, _ in known.fields.values()}
    return [
        KnownField(one.field, one.label, one.required and one.instead not in found, one.kind)
        for one in KINDS[kind].fields
    ]


def _unread(
    path: Path,
    written: Written,
    opening: Opening,
    known: _Known,
    columns: Sequence[Column],
    spill: Path,
) -> Preview:
    with text_table(path, opening.header, opening.delimiter, spill) as (duck, table):
        [(rows,)] = duck.execute(f"SELECT count(*) FROM {table}").fetchall()
    return Preview(
        kind=known.kind,
        layout=None,
        profile=None,
        format=written.format,
        encoding=written.encoding,
        delimiter=opening.delimiter,
        decimal=None,
        date_order=None,
        ambiguous=(),
        rows=rows,
        columns=columns,
        fields=_known_fields(known.kind, known),
        missing=known.missing,
        first_rows=(),
        warnings=(),
    )


def _read(
    checked: Staged,
    written: Written,
    opening: Opening,
    known: _Known,
    columns: Sequence[Column],
    ambiguous: Sequence[Ambiguity],
) -> Preview:
    doubtful = {one.what for one in ambiguous}
    reads = {one.kind for one in checked.fields}
    date_order, decimal = checked.conventions.date_order, checked.decimal
    return Preview(
        kind=known.kind,
        layout=known.layout,
        profile=known.profile,
        format=written.format,
        encoding=written.encoding,
        delimiter=opening.delimiter,
        decimal=None if "numbers" in doubtful else decimal,
        date_order=None if "dates" in doubtful or ValueKind.date not in reads else date_order,
        ambiguous=tuple(ambiguous),
        rows=checked.rows(),
        columns=columns,
        fields=_known_fields(known.kind, known),
        missing=(),
        first_rows=[
            FirstRow(line, values, problem)
            for line, values, problem in checked.first_rows(FIRST_ROWS)
        ],
        warnings=[*written.cautions, *checked.cautions()],
    )


def _ambiguity(doubt: AmbiguousDates | AmbiguousNumbers) -> Ambiguity:
    details = doubt.details
    readings = [Meaning(**one) for one in details["readings"]]  # type: ignore[attr-defined]
    what = "dates" if isinstance(doubt, AmbiguousDates) else "numbers"
    return Ambiguity(what, str(details["column"]), details["values"], readings)  # type: ignore[arg-type]


def _first_reading(
    choices: chosen.Choices, doubt: AmbiguousDates | AmbiguousNumbers
) -> chosen.Choices:
    if isinstance(doubt, AmbiguousDates):
        return replace(choices, date_order=DateOrder.day_first)
    return replace(choices, decimal=DecimalMark.point)
