"""What is told of a file before it is loaded, and that loading then does just that."""

from decimal import Decimal
from pathlib import Path

import pytest

from checking import check
from shop import HEADER
from tillsight.errors import InvalidInput, OtherCurrency
from tillsight.sales.choices import Choices, DecimalMark, Locale, Mapping
from tillsight.sales.layouts import DateOrder, Field, FileKind
from tillsight.sales.opening import Rules
from tillsight.sales.preview import Preview, Written, preview


def previewed(folder: Path, text: str, **choices) -> Preview:
    path = folder / "upload.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return preview(path, Written(), Rules(Locale("UTC", "EUR"), Choices(**choices)), folder)


def fields_of(told: Preview) -> dict[str, str]:
    return {one.name: str(one.field) for one in told.columns if one.field}


GERMAN = (
    "Bestellnummer;Bestelldatum;Kundennr;Artikelnr;Bezeichnung;Menge;Einzelpreis;Lieferland;Notiz\n"
    "1;31.12.2024 08:05;K1;A1;Tasse;2;1.234,50;Schweiz;\n"
    "1;01.01.2025 09:00;K1;A2;Kanne;1;34,00;Schweiz;eilig\n"
    "2;02.01.2025;K2;A1;Tasse;zwei;9,95;Italien;\n"
)


def test_an_unknown_file_gets_a_proposal_that_loads_it(tmp_path: Path) -> None:
    told = previewed(tmp_path, GERMAN)
    assert (told.kind, told.layout, told.profile, told.missing) == (FileKind.sales, None, None, ())
    assert (told.delimiter, told.decimal) == (";", DecimalMark.comma)
    assert (told.date_order, told.ambiguous, told.rows) == (DateOrder.day_first, (), 3)
    assert fields_of(told) == {
        "Bestellnummer": "order_id",
        "Bestelldatum": "time",
        "Kundennr": "customer_id",
        "Artikelnr": "product_id",
        "Bezeichnung": "product_name",
        "Menge": "quantity",
        "Einzelpreis": "price",
        "Lieferland": "country",
    }
    columns = {one.name: one for one in told.columns}
    assert columns["Bezeichnung"].samples == ["Tasse", "Kanne"]
    assert columns["Notiz"].confidence == 0
    assert all(0.4 <= one.confidence <= 1 for one in told.columns if one.field)
    first, _, last = told.first_rows
    assert (first.line, first.problem) == (2, None)
    assert (first.values["time"], first.values["price"]) == ("2024-12-31 08:05:00", "1234.50000000")
    assert first.values["amount"] == "2469.0000"
    assert (last.line, last.problem) == (4, "Menge: is not a number")
    mapping = Mapping(told.kind, {one.name: one.field for one in told.columns if one.field})
    totals, problems, rows = check(tmp_path, GERMAN, mapping=mapping)
    assert (totals.rows, len(problems), rows[0]["amount"]) == (2, 1, Decimal(2469))


@pytest.mark.parametrize(
    ("header", "row", "wanted"),
    [
        (
            "N° commande,Date de commande,Quantité,Prix unitaire,Pays,Libellé",
            "1,2024-01-05,1,2.50,Suisse,Tasse",
            ["order_id", "time", "quantity", "price", "country", "product_name"],
        ),
        (
            "numero_pedido,fecha,importe,cliente,país",
            "1,2024-01-05,2.50,Ada,España",
            ["order_id", "time", "amount", "customer_name", "country"],
        ),
        (
            "NumeroOrdine,DataOrdine,Importo,CodiceCliente",
            "1,2024-01-05,2.50,A",
            ["order_id", "time", "amount", "customer_id"],
        ),
        (
            "Transaction ID,Date,Customer ID,Product Category,Quantity,Price per Unit,Total Amount",
            "1,2023-11-24,CUST001,Beauty,3,50.5,151.5",
            ["order_id", "time", "customer_id", "category", "quantity", "price", "amount"],
        ),
        ("when,revenue,where", "2024-01-05,2.50,France", ["time", "amount", "country"]),
    ],
)
def test_names_and_cells_tell(tmp_path: Path, header: str, row: str, wanted: list[str]) -> None:
    told = previewed(tmp_path, f"{header}\n{row}\n")
    assert (told.kind, list(told.missing)) == (FileKind.sales, [])
    assert [one.field for one in told.columns] == wanted


def test_all_cells_tell_not_the_first_ones(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-0{n % 9 + 1},,{n}.5,x\n" for n in range(400))
    later = "".join(f"2024-01-0{n % 9 + 1},France,{n}.5,y\n" for n in range(400))
    told = previewed(tmp_path, f"day,where,revenue,date\n{rows}{later}")
    assert fields_of(told) == {"day": "time", "where": "country", "revenue": "amount"}


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    told = previewed(tmp_path, "order id,product,quantity\n1,Mug,2\n2,Pot,1\n")
    assert (told.kind, told.missing, told.rows) == (FileKind.sales, [Field.time, Field.amount], 2)
    assert (told.first_rows, told.warnings) == ((), ())
    required = {one.name for one in told.fields if one.required}
    assert required == {Field.time, Field.amount}


def test_totals_of_products_are_not_proposed_as_sales(tmp_path: Path) -> None:
    text = "name,price,quantity sold,updated\nMug,9.95,12,2024-01-05\n"
    told = previewed(tmp_path, text)
    assert "quantity sold" not in fields_of(told)


def test_a_known_layout_is_told(tmp_path: Path) -> None:
    told = previewed(tmp_path, f"{HEADER}1,p,,1,2024-01-05,2.50,,\n1,p,,1,2024-01-05\n")
    assert (told.layout, told.date_order) == ("online-retail", DateOrder.iso)
    assert {one.confidence for one in told.columns} == {1.0}
    assert [(one.line, one.problem) for one in told.first_rows] == [
        (2, None),
        (3, "has fewer cells than the header"),
    ]


def test_doubts_are_told_and_shown_in_their_first_reading(tmp_path: Path) -> None:
    text = HEADER + '1,p,,1,03/04/2024,"1.234",,\n'
    told = previewed(tmp_path, text)
    assert (told.date_order, told.decimal) == (None, None)
    dates, numbers = told.ambiguous
    assert (dates.what, dates.column, dates.values) == ("dates", "InvoiceDate", ["03/04/2024"])
    assert [(one.choice, one.means) for one in dates.readings] == [
        ("day_first", "3 April 2024"),
        ("month_first", "4 March 2024"),
    ]
    assert (numbers.what, numbers.column) == ("numbers", "UnitPrice")
    assert [(one.choice, one.means) for one in numbers.readings] == [
        ("point", "1.234"),
        ("comma", "1234"),
    ]
    assert told.first_rows[0].values["time"] == "2024-04-03 00:00:00"
    answered = previewed(
        tmp_path, text, date_order=DateOrder.month_first, decimal=DecimalMark.comma
    )
    assert answered.ambiguous == ()
    assert (answered.date_order, answered.decimal) == (DateOrder.month_first, DecimalMark.comma)
    assert answered.first_rows[0].values["time"] == "2024-03-04 00:00:00"
    assert answered.first_rows[0].values["price"] == "1234.00000000"


def test_a_mapping_is_taken_as_it_is_given(tmp_path: Path) -> None:
    text = "a,b,c\n2024-01-05,7,9\n"
    whole = {"a": Field.time, "c": Field.amount}
    told = previewed(tmp_path, text, mapping=Mapping(FileKind.sales, whole))
    assert (told.missing, fields_of(told)) == ((), {"a": "time", "c": "amount"})
    part = Mapping(FileKind.sales, {"c": Field.amount})
    told = previewed(tmp_path, text, mapping=part)
    assert (told.missing, fields_of(told), told.rows) == ([Field.time], {"c": "amount"}, 1)
    with pytest.raises(InvalidInput, match="No column is mapped to: Date"):
        check(tmp_path, text, mapping=part)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": Field.time}, "The file has no column “x”. Its columns begin: a, b, c"),
        ({"a": Field.time, "b": Field.time}, "Columns a and b cannot both be Date"),
        ({"a": Field.gender}, "Files of sales have no field gender"),
    ],
)
def test_mappings_that_cannot_be(tmp_path: Path, columns: dict, words: str) -> None:
    mapping = Mapping(FileKind.sales, columns)
    for ask in (previewed, check):
        with pytest.raises(InvalidInput, match=words):
            ask(tmp_path, "a,b,c\n1,2,3\n", mapping=mapping)


def test_another_currency_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OtherCurrency):
        previewed(tmp_path, "date,amount,currency\n2024-01-05,2.50,USD\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "header and no rows"),
        ("a,a\n1,2\n", "more than once"),
        ('date,amount\n2024-01-05,"2\n', "quotes or line ends"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        previewed(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n\n",
        "x\ny\n",
        ",,\n,,\n",
        "é,ü\n,\n",
        "date,amount\n,\n",
        "date,amount\nnever,nothing\n",
        "'date',\"amount\"\n',\n",
    ],
)
def test_odd_files_are_refused_or_told(tmp_path: Path, text: str) -> None:
    try:
        told = previewed(tmp_path, text)
    except InvalidInput:
        return
    assert told.rows >= len([one for one in told.first_rows if one.problem is None])
