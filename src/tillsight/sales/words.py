"""What columns are called, in English, German, French, Spanish and Italian; names of countries."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from tillsight.sales.layouts import Field

WORDS: Final[Mapping[Field, str]] = {
    Field.order_id: """
        order id, order number, order no, order, order ref, invoice, invoice no, invoice number,
        invoice id, receipt, receipt id, receipt no, transaction id, transaction, transaction no,
        basket id, bill no, sale id, ticket, bestellnummer, bestellung, auftrag, auftragsnummer,
        rechnung, rechnungsnummer, rechnungsnr, beleg, belegnummer, belegnr, bon,
        numero de commande,
        commande, facture, numero de facture, no commande, pedido, numero de pedido, factura,
        numero de factura, ordine, numero ordine, fattura, numero fattura, scontrino
    """,
    Field.time: """
        date, order date, invoice date, purchase date, sale date, sales date, transaction date, day,
        datetime, date time, timestamp, time, created at, created, ordered at, paid at, sold at,
        period, datum, bestelldatum, rechnungsdatum, kaufdatum, verkaufsdatum, belegdatum, tag,
        zeitpunkt, date de commande, date commande, date de facture, date achat, jour, fecha,
        fecha de pedido, fecha pedido, fecha de compra, fecha factura, dia, data, data ordine,
        data fattura, data acquisto, giorno
    """,
    Field.clock: "time of day, clock time, uhrzeit, heure, hora, ora",
    Field.product_id: """
        product id, product code, product no, item id, item code, item no, item number, sku,
        article id, article, article no, article number, stock code, ean, upc, gtin, isbn,
        artikelnummer, artikelnr, artikel nr, artikel id, produktnummer, produkt id, code article,
        code produit, reference, ref, ref produit, id produit, codigo, codigo producto, id producto,
        referencia, codice, codice articolo, codice prodotto, id prodotto
    """,
    Field.product_name: """
        product, product name, product title, item, item name, item description, description,
        article name, artikel, artikelname, artikelbezeichnung, bezeichnung, produkt, produktname,
        beschreibung, produit, nom du produit, nom produit, designation, libelle, producto,
        nombre producto, nombre del producto, articulo, descripcion, prodotto, nome prodotto,
        articolo, descrizione
    """,
    Field.category: """
        category, product category, product type, department, product group, product line,
        kategorie,
        produktkategorie, warengruppe, produktgruppe, categorie, famille, rayon, categoria,
        categoria producto, familia, categoria prodotto, reparto
    """,
    Field.quantity: """
        quantity, qty, units, pieces, count, number of items, quantity ordered, order quantity,
        menge, anzahl, stueck, stuck, stueckzahl, quantite, qte, nombre, nb, cantidad, cant,
        unidades, quantita, qta, pezzi
    """,
    Field.price: """
        price, unit price, price per unit, item price, price each, sales price, selling price, rate,
        preis, einzelpreis, stueckpreis, stuckpreis, verkaufspreis, prix, prix unitaire, pu, precio,
        precio unitario, prezzo, prezzo unitario
    """,
    Field.amount: """
        amount, total, total amount, line total, total price, sales, sales amount, revenue,
        turnover,
        value, total sales, net sales, gross sales, subtotal, sum, item total, extended price,
        betrag, gesamtbetrag, gesamt, gesamtpreis, summe, umsatz, wert, zeilensumme, montant,
        montant total, chiffre d affaires, ca, importe, importe total, monto, ventas, ingresos,
        importo, totale, importo totale, fatturato, vendite, ricavo
    """,
    Field.customer_id: """
        customer id, customer no, customer number, customer code, client id, client no, user id,
        member id, buyer id, account id, email, customer email, e mail, kundennummer, kundennr,
        kunden nr, kunden id, kunde id, numero client, code client, id client, no client,
        id cliente,
        codigo cliente, numero cliente, codice cliente
    """,
    Field.customer_name: """
        customer, customer name, client, client name, buyer, buyer name, name, full name, kunde,
        kundenname, kundin, acheteur, nom client, nom du client, nom, cliente, nombre cliente,
        nombre del cliente, nome cliente, acquirente
    """,
    Field.country: """
        country, country region, country code, country name, billing country, shipping country,
        nation, land, lieferland, rechnungsland, pays, pays de livraison, pais, paese, nazione
    """,
    Field.channel: """
        channel, sales channel, source, store, shop, location, branch, outlet, point of sale, kanal,
        vertriebskanal, filiale, laden, standort, canal, canal de vente, magasin, tienda,
        canal de venta, sucursal, canale, canale di vendita, negozio
    """,
    Field.currency: """
        currency, currency code, waehrung, wahrung, devise, monnaie, moneda, divisa, valuta
    """,
    Field.quantity_sold: "quantity sold, units sold, total sold, sold, verkauft, verkaufte menge",
    Field.rating: "rating, average rating, stars, score, bewertung, note, valoracion, valutazione",
    Field.review_count: "review count, reviews, number of reviews, bewertungen, avis, resenas",
    Field.gender: "gender, sex, geschlecht, sexe, genre, sexo, genero, sesso, genere",
    Field.age: "age, customer age, alter, edad, eta",
    Field.kpi: """
        kpi, kpi name, kpi id, indicator, key figure, kennzahl, indicateur, indicador, indicatore
    """,
    Field.period: "reporting period, periode, zeitraum, periodo",
    Field.period_year: "year, fiscal year, jahr, annee, ano, anno",
    Field.period_month: "month, monat, mois, mes, mese",
    Field.value: "actual, actual value, kpi value, istwert",
    Field.comment: "comment, comments, remark, kommentar, bemerkung, commentaire, comentario",
}
SOLD: Final = re.compile(r"\b(sold|verkauft\w*|vendue?s?|vendid[ao]s?|vendut[aeio])\b")
"""Names of totals of a product, which are no line of a sale."""

_COUNTRIES: Final = """
    argentina, australia, austria, belgium, brazil, bulgaria, canada, chile, china, colombia,
    croatia, cyprus, czech republic, czechia, denmark, egypt, eire, estonia, finland, france,
    germany, greece, hong kong, hungary, iceland, india, indonesia, ireland, israel, italy, japan,
    kenya, latvia, lebanon, liechtenstein, lithuania, luxembourg, malaysia, malta, mexico, morocco,
    netherlands, new zealand, nigeria, norway, pakistan, peru, philippines, poland, portugal, qatar,
    romania, russia, saudi arabia, serbia, singapore, slovakia, slovenia, south africa, south korea,
    spain, sweden, switzerland, taiwan, thailand, turkey, ukraine, united arab emirates,
    united kingdom, united states, usa, uk, uruguay, venezuela, vietnam,
    deutschland, oesterreich, österreich, schweiz, frankreich, italien, spanien, niederlande,
    belgien, polen, dänemark, schweden, norwegen, finnland, griechenland, ungarn,
    vereinigte staaten,
    allemagne, autriche, suisse, italie, espagne, pays-bas, belgique, royaume-uni, états-unis,
    pologne, alemania, suiza, francia, italia, españa, países bajos, bélgica, reino unido,
    estados unidos, méxico, brasil, perú, germania, svizzera, spagna, paesi bassi, belgio,
    regno unito, stati uniti
"""
_COUNTRY_CODES: Final = """
    ar at au be bg br ca ch cl cn co cy cz de dk ee eg es fi fr gb gr hk hr hu id ie il in is it jp
    kr li lt lu lv ma mt mx my nl no nz pe ph pk pl pt ro rs ru sa se sg si sk th tr tw ua us uy vn
    za
"""
COUNTRIES: Final = frozenset(
    [name.strip() for name in _COUNTRIES.split(",")] + _COUNTRY_CODES.split()
)
"""In small letters, as files write them."""


def in_words(name: str) -> str:
    """A column's name as words in small letters, without accents: OrderDate is order date."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    plain = unicodedata.normalize("NFKD", parted.casefold().replace("ß", "ss"))
    letters = "".join(
        one if one.isalnum() else " " for one in plain if not unicodedata.combining(one)
    )
    return " ".join(letters.split())


ALSO: Final[Mapping[Field, frozenset[str]]] = {
    Field.value: frozenset({"value", "amount", "wert", "betrag", "valeur", "valor", "valore"}),
    Field.comment: frozenset({"note", "notes", "notiz"}),
}
"""Names that mean something else in a file of sales or products."""
NAMES: Final[Mapping[str, Field]] = {
    in_words(word): field
    for field, words in reversed(list(WORDS.items()))
    for word in words.split(",")
}
"""The field of each name; of a name that stands for several, the first."""
