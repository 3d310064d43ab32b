"""Pages, refusals and reports in the language that a request asks for, or a person has chosen."""

import re

import pytest

import collect_refusals
from api_shop import Api, shared_api
from mail_server import Inbox, mail_server, parts
from newcomers import post, send_mails, with_settings
from shop import HEADER
from tillsight import languages

GERMAN = {"Accept-Language": "de-CH,de;q=0.9,en;q=0.8"}
MAY = {"from": "2024-05-01", "to": "2024-06-01"}


@pytest.fixture(scope="module")
def seller():
    with shared_api() as api:
        api.shop.load_text(f"{HEADER}1,P,Pen,1500,2024-05-02 10:00,2.5,C1,France\n")
        yield api


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("fr, de-AT;q=0.4", "de"),
        ("en;q=0.5, DE", "de"),
        ("en, de", "en"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=x", "en"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_a_request_likes_best(header: str | None, language: str) -> None:
    assert languages.accepted(header) == language


@pytest.mark.parametrize("path", ["/signin", "/register", "/forgot", "/reset", "/verify", "/setup"])
def test_account_pages_are_german_for_who_asks_for_it(seller: Api, path: str) -> None:
    german = seller.client.get(path, headers=GERMAN).text
    assert '<html lang="de">' in german
    assert not re.search(r"\b(the|your|password|sign-in|account)\b", _words(german))
    assert '<html lang="en">' in seller.client.get(path).text


def _words(page: str) -> str:
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)


def test_a_refusal_is_said_in_the_language_that_is_asked_for(seller: Api) -> None:
    asked = {"measures": "revnue"}
    said = [
        seller.client.get(
            "/api/metrics/query", params=asked, headers={**seller.as_("viewer"), **headers}
        ).json()
        for headers in ({}, GERMAN)
    ]
    assert said[0]["detail"] == "There is no measure “revnue”. Did you mean “revenue”?"
    assert said[1]["detail"] == "Unbekannt (Kennzahl): „revnue“. Meinten Sie „revenue“?"
    assert said[0]["code"] == said[1]["code"]


def test_names_of_people_stay_and_numbers_are_written_as_usual() -> None:
    with languages.speaking("de"):
        assert languages.said("1,234 rows loaded.") == "1.234 Zeilen geladen."
        named = "There is a circle “Countries” already. Choose another name."
        assert "„Countries“" in languages.said(named)
        unknown = languages.said("There is no profile “x”. Known: a, b.")
        assert unknown == "Unbekannt (Profil): „x“. Bekannt: a, b."


BAD_ROWS = (
    "2 of 1,400 rows cannot be loaded, so nothing was. The first: line 3, column Country: “two”"
    " is not a number. Correct them, or load the 1,398 good rows and skip these."
)
ROLES_IN_GERMAN = (
    "Dafür braucht es die Rolle Manager; Ihre ist Betrachter. Fragen Sie einen Administrator."
)
BAD_ROWS_IN_GERMAN = (
    "2 von 1.400 Zeilen sind nicht zu laden, daher wurde nichts geladen. Die erste: Zeile 3,"
    " Spalte Country: „two“ ist keine Zahl. Korrigieren Sie sie, oder laden Sie die 1.398 guten"
    " Zeilen und lassen Sie diese aus."
)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (BAD_ROWS, BAD_ROWS_IN_GERMAN),
        ("This needs the role manager; yours is viewer. Ask an admin.", ROLES_IN_GERMAN),
        (
            "The .zip holds 5 files: a.csv, b.csv and 3 more. Load them one by one.",
            "Das .zip enthält 5 Dateien: a.csv, b.csv und 3 weitere. Laden Sie sie einzeln.",
        ),
        ("Line 3: the quantity is not a number.", "Zeile 3: die Menge ist keine Zahl."),
        (
            "is the name or number of no KPI (did you mean “Net revenue”?)",
            "ist weder Name noch Nummer eines KPIs (meinten Sie „Net revenue“?)",
        ),
        ("Import 3 is undone already.", "Import 3 ist schon rückgängig gemacht."),
    ],
)
def test_parts_of_a_refusal_are_said_in_german_too(english: str, german: str) -> None:
    with languages.speaking("de"):
        assert languages.said(english) == german
        assert languages.part("4 March 2024") == "4. März 2024"


def test_why_rows_cannot_be_loaded_is_said_in_the_language_asked_for(seller: Api) -> None:
    """In the refusal, in its table of problems, in the preview, and in the file of rejects."""
    editor = {**seller.as_("editor"), **GERMAN}
    content = f"{HEADER}7,P,Pen,two,2024-05-02 10:00,2.5,C1,France\n" + "".join(
        f"{number},P,Pen,1,2024-05-0{number} 10:00,{number},C1,France\n" for number in (8, 9)
    )
    file = {"file": ("german.csv", content)}
    refused = seller.client.post("/api/imports", files=file, headers=editor)
    assert refused.status_code == 422, refused.text
    assert refused.json()["problems"][0]["reason"] == "ist keine Zahl"
    assert refused.json()["groups"][0]["reason"] == "ist keine Zahl"
    previewed = seller.client.post("/api/imports/preview", files=file, headers=editor).json()
    assert "Menge" in [one["label"] for one in previewed["fields"]]
    assert previewed["first_rows"][0]["problem"] == "Quantity: ist keine Zahl"
    loaded = seller.client.post("/api/imports?skip_bad_rows=true", files=file, headers=editor)
    rejects = loaded.json()["rejects"]
    german, english = (
        seller.client.get(rejects, headers={**seller.as_("editor"), **asked}).text
        for asked in (GERMAN, {})
    )
    assert german.splitlines()[1].endswith(",2,Quantity: ist keine Zahl")
    assert english.splitlines()[1].endswith(",2,Quantity: is not a number")


def test_every_refusal_is_found_again_with_what_fills_it() -> None:
    """No sentence is taken for another one, and no place is lost."""
    wrong, known = [], languages.read("de")
    for text in collect_refusals.refusals():
        with languages.speaking("de"):
            said = languages.said(languages.PLACE.sub(lambda place: f"x{place[1]}x", text))
        catalogue = known.get(text)
        expected = catalogue and languages.PLACE.sub(
            lambda place: f"x{place[1]}x", str(catalogue.string)
        )
        if said != expected:
            wrong.append((text, said))
    assert wrong == []


def test_the_report_is_german_for_who_has_chosen_it(seller: Api) -> None:
    viewer = seller.as_("viewer")
    changed = seller.client.patch("/api/users/me", json={"language": "de"}, headers=viewer)
    assert changed.status_code == 200, changed.text
    try:
        page = seller.client.get("/api/reports/period", params=MAY, headers=viewer).text
    finally:
        seller.client.patch("/api/users/me", json={"language": None}, headers=viewer)
    assert '<html lang="de">' in page
    assert "3.750,00\u00a0€" in page
    assert "1.\u2009–\u200931. Mai 2024" in page or "1.–31. Mai 2024" in page
    assert "Donnerstag" in page
    assert not re.search(r"\b(the|from|revenue|customers)\b", _words(page))


def test_a_mail_is_german_for_who_asked_in_german(api: Api) -> None:
    with mail_server() as inbox:
        _register_in_german(api, inbox)
        [mail] = inbox.mails
    assert mail["Subject"] == "Bestätigen Sie Ihre Adresse für Tillsight"
    text, html = parts(mail)
    assert "Der Link gilt einmal, bis " in text
    assert '<html lang="de">' in html
    assert "Diese Adresse bestätigen" in html


def _register_in_german(api: Api, inbox: Inbox) -> None:
    mailing = {
        "registration": "open",
        "mail": "smtp",
        "mail_from": "shop@corner.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": inbox.port,
        "smtp_tls": "none",
    }
    opened = with_settings(api, **mailing)
    opened.client.headers.update(GERMAN)
    body = {"email": "ada@example.com", "password": "a long enough password"}
    assert post(opened, "/api/auth/register", body).status_code == 201
    send_mails(opened)
