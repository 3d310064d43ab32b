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
