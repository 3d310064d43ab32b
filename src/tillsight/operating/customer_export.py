"""Everything the shop holds about one customer, for the person themself.

Rows come from the files of imports, not from the copy made for questions: what was undone, or
hidden by a later file, is held as well, and says that it does not count.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import Ending, InvalidInput, NotFound, Unavailable
from tillsight.forecasting.lifetime_values import lifetime_of
from tillsight.metrics.customers import one_customer
from tillsight.metrics.models import DatedNote
from tillsight.sales.erasing import ImportFiles, files_of_imports, refuse_missing
from tillsight.sales.folders import Folders
from tillsight.sales.held import held_rejects, held_rows, hidden_pairs
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import Import, Purchase, PurchaseLine
from tillsight.sales.pseudonyms import has_words_of
from tillsight.warehouse import Warehouse

Row = Mapping[str, Any]
Held = Mapping[str, Any]
"""What is held: `profile` and `lifetime` are one row or None, `left_out` says why both are missing
or is None, the others are lists of rows.
"""
LEFT_OUT = (
    "Profile and lifetime are left out: they are worked out of the rows, and at that time could not"
    " be. All rows that are held are here. Export again later to have both."
)
LISTS = ("lines", "orders", "purchases", "facts", "imports", "rejected_rows", "notes")


def export_customer(
    database: Database, warehouse: Warehouse, folders: Folders, customer_id: str, today: date
) -> Held:
    """All that is held about a customer.

    Raises:
        NotFound: nothing names this customer.
        FileMissing: the file of an import is missing, or not as it was when it was loaded.
    """
    with database.reading() as session:
        files = files_of_imports(session)
        refuse_missing(folders, files)
        imports = {one.id: one for one in session.scalars(select(Import)).unique()}
        purchases = _purchases(session, customer_id)
        found = [*held_rows(folders, files, customer_id)]
        lines, facts = _rows_of(found, imports)
        _note_hidden(folders, [one for one in files if imports[one.id].in_force], lines)
        names = sorted({line["customer_name"] for line in lines if line["customer_name"]})
        rejected = [
            {"import_id": one.id, **row}
            for one in files
            for row in held_rejects(folders, one, [customer_id, *names])
        ]
        if not (lines or facts or purchases or rejected):
            raise NotFound("Nothing names this customer. An id is written as in the file.")
        notes = _notes(session, [customer_id, *names])
    named = {row["import_id"] for row in [*lines, *facts, *rejected]}
    return {
        "customer_id": customer_id,
        "exported_at": datetime.now(UTC),
        "names": names,
        **_told(warehouse, customer_id, today),
        "orders": _orders(lines),
        "lines": lines,
        "purchases": purchases,
        "facts": facts,
        "imports": [_import(imports[one]) for one in sorted(named)],
        "rejected_rows": rejected,
        "notes": notes,
    }


def as_json(held: Held) -> str:
    """One JSON document; amounts are texts, so that nothing is rounded."""
    return json.dumps(held, ensure_ascii=False, indent=2, default=_written) + "\n"


def write_json(held: Held, path: Path) -> None:
    """One JSON file.

    Raises:
        InvalidInput: it is there already, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(as_json(held))
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written ({error.strerror}).") from None


def write_folder(held: Held, folder: Path) -> None:
    """A new folder with a CSV file for each list, and `customer.csv` with what is told once.

    Raises:
        InvalidInput: the folder is there already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise _taken(folder) from None
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be made ({error.strerror}).") from None
    once: dict[str, Any] = {
        "customer_id": held["customer_id"],
        "exported_at": held["exported_at"],
        "names": ", ".join(held["names"]),
        "left_out": held["left_out"],
    }
    for part in ("profile", "lifetime"):
        once |= {f"{part}_{name}": value for name, value in (held[part] or {}).items()}
    _write_csv(folder / "customer.csv", [{"name": name, "value": once[name]} for name in once])
    for name in LISTS:
        _write_csv(folder / f"{name}.csv", held[name])


def _taken(path: Path) -> InvalidInput:
    return InvalidInput(f"{path} is there already. Name another, or move it away.")


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row.get(name)) for name in columns])


def _cell(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_written)
    return "" if value is None else value


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _told(warehouse: Warehouse, customer_id: str, today: date) -> dict[str, Any]:
    """What the shop works out about them: nothing for whoever has no sale that counts, or while it
    cannot be asked, which is said then.
    """
    nothing = {"profile": None, "lifetime": None, "left_out": None}
    try:
        detail = one_customer(warehouse, customer_id)
        lifetime = lifetime_of(warehouse, customer_id, today)
    except NotFound:
        return nothing
    except Ending:
        raise
    except Unavailable:  # whoever has a right to their rows need not wait for a build
        return nothing | {"left_out": LEFT_OUT}
    profile = {
        **vars(detail.customer),
        "average_order_value": detail.average_order_value,
        "countries": detail.countries,
        "favourite_category": detail.favourite_category,
    }
    told = {"profile": profile, "lifetime": asdict(lifetime) if lifetime else None}
    return nothing | told


def _rows_of(
    found: Iterable[tuple[ImportFiles, list[dict[str, Any]]]], imports: Mapping[int, Import]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of sales, and those of customers files."""
    lines: list[dict[str, Any]] = []
    facts: list[dict[str, Any]] = []
    for one, rows in found:
        counts = imports[one.id].in_force is not None
        where = lines if one.kind == FileKind.sales else facts
        source = {"source": one.layout} if one.kind == FileKind.sales else {}
        where += [{"import_id": one.id, "counts": counts, **source, **row} for row in rows]
    return lines, facts


def _note_hidden(
    folders: Folders, in_force: Sequence[ImportFiles], lines: Sequence[dict[str, Any]]
) -> None:
    orders = {line["order_id"] for line in lines if line["order_id"]}
    hidden = hidden_pairs(folders, in_force, orders)
    for line in lines:
        if (line["import_id"], line["order_id"]) in hidden:
            line["counts"] = False


def _orders(lines: Iterable[Row]) -> list[dict[str, Any]]:
    """The orders that count, with what was bought; a line without an order id is one of its own."""
    orders: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        if not line["counts"]:
            continue
        own = line["order_id"] or f"#{line['import_id']}:{line['line']}"
        order = orders.setdefault(
            (line["source"], own),
            {
                "source": line["source"],
                "order_id": line["order_id"],
                "time": line["time"],
                "lines": 0,
                "amount": Decimal(0),
            },
        )
        order["time"] = min(order["time"], line["time"])
        order["lines"] += 1
        order["amount"] += line["amount"]
    return list(orders.values())


def _purchases(session: Session, customer_id: str) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Purchase).where(Purchase.customer == customer_id).order_by(Purchase.id)
    ).all()
    lines = session.scalars(
        select(PurchaseLine)
        .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
        .where(Purchase.customer == customer_id)
        .order_by(PurchaseLine.purchase_id, PurchaseLine.line)
    ).all()
    return [
        {
            "id": one.id,
            "day": one.day,
            "time": one.time and f"{one.time:%H:%M:%S}",
            "country": one.country,
            "amount": one.amount,
            "source": one.source,
            "entered_at": one.created_at,
            "undone_at": one.undone_at,
            "lines": [
                {
                    "product": line.product,
                    "quantity": line.quantity,
                    "unit_price": line.unit_price,
                }
                for line in lines
                if line.purchase_id == one.id
            ],
        }
        for one in rows
    ]


def _import(one: Import) -> dict[str, Any]:
    return {
        "id": one.id,
        "file": one.file_name,
        "kind": one.kind,
        "layout": one.layout,
        "loaded_at": one.created_at,
        "state": one.shown_state,
    }


def _notes(session: Session, names: Sequence[str]) -> list[dict[str, Any]]:
    """Notes that have their id or name among their words."""
    return [
        {"id": one.id, "first_day": one.first_day, "last_day": one.last_day, "text": one.text}
        for one in session.scalars(select(DatedNote).order_by(DatedNote.id))
        if has_words_of(one.text, names)
    ]
