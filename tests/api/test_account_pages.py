"""The plain pages of people who are not signed in."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from api_shop import PASSWORD, Api
from newcomers import JOHN, login, post, send_mails, token, with_settings
from tillsight.accounts import registration
from tillsight.accounts.models import Purpose, User
from tillsight.jobs import Job

PAGES = ("/signin", "/register", "/forgot", "/reset", "/verify", "/setup")
FORM = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Love", "password": PASSWORD}


def text_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def count(api: Api, what: object) -> int:
    with api.shop.database.reading() as session:
        return len(session.scalars(select(what)).all())  # type: ignore[call-overload]


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_whole_and_its_fields_are_labelled(open_api: Api, path: str) -> None:
    answer = open_api.client.get(path, headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    page = answer.text
    assert len(re.findall("<h1", page)) == 1
    assert '<html lang="en">' in page
    assert "Tillsight</title>" in page
    fields = re.findall(r'<input id="(\w+)"', page)
    assert [one for one in fields if f'<label for="{one}"' not in page] == []
    assert len(re.findall("autocomplete=", page)) == len(fields)
    assert re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", page) == []


@pytest.mark.parametrize("path", PAGES)
def test_another_site_cannot_send_the_forms(open_api: Api, path: str) -> None:
    for proof in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = open_api.client.post(path, data=FORM, headers=proof, follow_redirects=False)
        assert answer.status_code == 403
    assert count(open_api, User.id) == 0


def test_registering_and_verifying_with_a_click(
    open_api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    page = open_api.client.post("/register", data=FORM)
    assert page.status_code == 200
    assert "Nearly done" in page.text
    send_mails(open_api)
    [path] = re.findall(r"http://[^/]+(/verify\?token=\S+)", capsys.readouterr().out)
    assert login(open_api, "ada", PASSWORD).status_code == 403
    assert "Your address is confirmed" in open_api.client.get(path).text
    assert login(open_api, "ada", PASSWORD).status_code == 200
    again = open_api.client.get(path)
    assert again.status_code == 400
    assert "If you confirmed your address before, just sign in." in text_of(again.text)


def test_where_the_address_lets_one_in_a_mail_scanner_verifies_nobody(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = with_settings(
        api, registration="domain", registration_domains="example.com", mail="console"
    )
    assert "At example.com." in ours.client.get("/register").text
    assert ours.client.post("/register", data=FORM).status_code == 200
    send_mails(ours)
    [path] = re.findall(r"http://[^/]+(/verify\?token=\S+)", capsys.readouterr().out)
    assert "Confirm my address" in ours.client.get(path).text
    assert login(ours, "ada", PASSWORD).status_code == 403
    form = {"token": path.partition("token=")[2]}
    assert "Your address is confirmed" in ours.client.post("/verify", data=form).text
    assert login(ours, "ada", PASSWORD).status_code == 200


def test_what_is_wrong_is_told_and_the_form_keeps_what_was_typed(open_api: Api) -> None:
    spoilt = FORM | {"password": "password123", "first_name": '"><script>alert(1)</script>'}
    answer = open_api.client.post("/register", data=spoilt)
    assert answer.status_code == 422
    alert = re.search(r'role="alert">([^<]+)<', answer.text)
    assert alert is not None
    assert "common" in alert[1]
    assert "<title>Error:" in answer.text
    assert 'value="ada@example.com"' in answer.text
    assert "<script>" not in answer.text
    assert "password123" not in answer.text
    assert open_api.client.post("/register", data=FORM | {"role": "admin"}).status_code == 422
    assert count(open_api, User.id) == 0


@pytest.mark.parametrize("content", [b"%ED%A0%80=1&password=%ED%A0%80", b"email=%00", b"\xff", b""])
@pytest.mark.parametrize("path", PAGES)
def test_a_spoilt_form_is_refused(open_api: Api, path: str, content: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = open_api.client.post(path, content=content, headers=headers)
    assert answer.status_code < 500
    assert count(open_api, User.id) == 0


def test_pages_say_when_they_cannot_help(api: Api) -> None:
    register = api.client.get("/register")
    assert register.status_code == 403
    assert "TILLSIGHT_REGISTRATION=invite" in register.text
    assert "<form" not in register.text
    assert api.client.post("/register", data=FORM).status_code == 403
    forgot = api.client.get("/forgot")
    assert forgot.status_code == 403
    assert "TILLSIGHT_MAIL" in forgot.text
    assert api.client.post("/verify", data={"email": "a@example.com"}).status_code == 403
    signin = api.client.get("/signin").text
    assert "/register" not in signin
    assert "/forgot" not in signin
    assert count(api, Job.id) == 0


def test_the_sign_in_page_leads_on(open_api: Api) -> None:
    page = open_api.client.get("/signin").text
    assert 'href="/register"' in page
    assert 'href="/forgot"' in page
    post(open_api, "/api/auth/register", JOHN)
    form = {"login": "johndoe", "password": JOHN["password"]}
    answer = open_api.client.post("/signin", data=form)
    assert answer.status_code == 403
    assert 'href="/verify"' in answer.text
    told = open_api.client.get("/signin?done=reset").text
    assert "Your password is changed." in told
    assert "evil" not in open_api.client.get("/signin?done=evil").text


def test_forgot_says_the_same_whoever_asks(open_api: Api) -> None:
    post(open_api, "/api/auth/register", JOHN)
    pages = [
        open_api.client.post("/forgot", data={"login": name}).text for name in ("johndoe", "nobody")
    ]
    assert pages[0] == pages[1]
    assert "a mail is on its way" in pages[0]


def test_resetting_a_password(open_api: Api) -> None:
    post(open_api, "/api/auth/register", JOHN)
    secret = token(open_api, Purpose.reset, "johndoe")
    page = open_api.client.get(f"/reset?token={secret}").text
    assert "Choose a new password" in page
    assert "john@example.com" in page
    form = {"token": secret, "password": "short"}
    short = open_api.client.post("/reset", data=form)
    assert short.status_code == 422
    assert "8 to 128" in short.text
    done = open_api.client.post(
        "/reset", data=form | {"password": PASSWORD}, follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, "/signin?done=reset")
    assert login(open_api, "johndoe", PASSWORD).status_code == 200
    used = open_api.client.post("/reset", data=form | {"password": PASSWORD})
    assert used.status_code == 400
    assert "Invalid or expired reset token." in used.text


def test_accepting_an_invitation(api: Api) -> None:
    body = {"email": "new@example.com", "role": "editor"}
    link = post(api, "/api/users/invite", body, "admin").json()["link"]
    page = api.client.get(link.removeprefix(api.shop.settings.public_url)).text
    assert "Welcome" in page
    assert 'value="new"' in page
    form = {
        "token": link.partition("token=")[2],
        "username": "newbie",
        "first_name": "Nia",
        "last_name": "",
        "password": PASSWORD,
    }
    assert api.client.post("/reset", data=form | {"username": "admin"}).status_code == 400
    done = api.client.post("/reset", data=form, follow_redirects=False)
    assert done.headers["location"] == "/signin?done=welcome"
    assert login(api, "newbie", PASSWORD).status_code == 200


def test_the_first_admin_is_made_once(api: Api) -> None:
    with api.shop.database.writing() as session:
        first = registration.setup_link(session, api.shop.settings)
        second = registration.setup_link(session, api.shop.settings)
    assert first is not None
    assert second is not None
    secret = first.partition("token=")[2]
    form = {"token": secret, "email": "boss@example.com", "password": PASSWORD}
    assert "Make the first admin" in api.client.get(f"/setup?token={secret}").text
    assert api.client.post("/setup", data=form | {"token": "x"}).status_code == 400
    assert (
        api.client.post("/setup", data=form | {"password": "boss@example.com"}).status_code == 422
    )
    done = api.client.post("/setup", data=form, follow_redirects=False)
    assert done.headers["location"] == "/signin?done=welcome"
    access = login(api, "boss@example.com", PASSWORD).json()["access_token"]
    me = api.client.get("/api/users/me", headers={"Authorization": f"Bearer {access}"}).json()
    assert (me["role"], me["is_verified"]) == ("admin", True)
    other = form | {"token": second.partition("token=")[2], "email": "eve@example.com"}
    assert api.client.post("/setup", data=form).status_code == 400
    assert api.client.post("/setup", data=other).status_code in {400, 409}
    assert count(api, User.id) == 1
    with api.shop.database.writing() as session:
        assert registration.setup_link(session, api.shop.settings) is None
