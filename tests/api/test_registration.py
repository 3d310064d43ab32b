"""Accounts by registration, links and invitations, over the API."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from api_shop import PASSWORD, Api
from newcomers import JOHN, login, post, send_mails, token, with_settings
from tillsight.accounts import links
from tillsight.accounts.models import OneTimeToken, Purpose, User
from tillsight.errors import SetupError
from tillsight.jobs import Job
from tillsight.settings import load_settings


def test_the_life_of_an_account_as_the_contract_has_it(open_api: Api) -> None:
    answer = post(open_api, "/api/auth/register", JOHN)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"message", "user", "note", "verification_token"}
    assert body["message"] == "User registered successfully. Please verify your email."
    john = body["user"]
    assert john | {"id": 0} == {
        "id": 0,
        "email": "john@example.com",
        "username": "johndoe",
        "full_name": "John van Doe",
    }
    early = login(open_api, "johndoe")
    assert early.status_code == 403
    assert (
        early.json()["detail"]
        == "Email not verified. Please check your email for verification link."
    )
    verify = {"verification_token": body["verification_token"]}
    first = post(open_api, "/api/auth/verify-email", **verify)
    assert first.status_code == 200
    assert first.json() == {"message": "Email verified successfully. You can now log in."}
    again = post(open_api, "/api/auth/verify-email", **verify)
    assert again.status_code == 400
    assert again.json()["detail"] == "Invalid or expired verification token"
    access = login(open_api, "JOHN@example.com").json()["access_token"]
    me = open_api.client.get("/api/users/me", headers={"Authorization": f"Bearer {access}"}).json()
    assert (me["email"], me["role"], me["is_superuser"]) == ("john@example.com", "viewer", False)
    with open_api.shop.database.reading() as session:
        user = session.scalar(select(User))
    assert user is not None
    assert (user.first_name, user.last_name) == ("John van", "Doe")


def test_what_is_taken_is_told_as_the_contract_has_it(open_api: Api) -> None:
    assert post(open_api, "/api/auth/register", JOHN).status_code == 201
    for change, detail in (
        ({"username": "another"}, "Email already registered"),
        ({"email": "JOHN@EXAMPLE.COM", "username": "another"}, "Email already registered"),
        ({"email": "ｊohn@example.com", "username": "another"}, "Email already registered"),  # noqa: RUF001
        ({"email": "a@example.com"}, "Username already taken"),
        ({"email": "a@example.com", "username": "JohnDoe "}, "Username already taken"),
    ):
        answer = post(open_api, "/api/auth/register", JOHN | change)
        assert answer.status_code == 400
        assert answer.json()["detail"] == detail


def test_of_many_who_register_the_same_at_once_one_succeeds(open_api: Api) -> None:
    def one(number: int) -> int:
        change = {"username": f"john{number}"} if number % 2 else {"email": f"j{number}@x.org"}
        return int(post(open_api, "/api/auth/register", JOHN | change).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(one, range(8)))
    assert sorted(statuses) == [201, 201, 400, 400, 400, 400, 400, 400]


@pytest.mark.parametrize(
    "change",
    [
        {"role": "admin"},
        {"is_superuser": True},
        {"is_verified": True},
        {"id": 1},
        {"email": "no address"},
        {"email": "аda@example.com"},  # noqa: RUF001
        {"email": "a@example.com\r\nBcc: b@example.com"},
        {"email": None, "username": None},
        {"username": "john@doe"},
        {"username": ""},
        {"username": "<script>alert(1)</script>"},
        {"username": "' OR 1=1;--"},
        {"password": "short"},
        {"password": "x" * 100_000},
        {"password": "password123"},
        {"password": "johndoe1", "username": "johndoe1"},
        {"password": "john@example.com"},
        {"password": None},
        {"password": ["SecurePass123"]},
        {"full_name": "x" * 201},
        {"full_name": "a\x00b"},
    ],
)
def test_what_cannot_be_used_is_422_and_leaves_nothing(open_api: Api, change: dict) -> None:
    answer = post(open_api, "/api/auth/register", JOHN | change)
    assert answer.status_code == 422, answer.text
    assert answer.json()["request_id"]
    assert "SecurePass123" not in answer.text
    with open_api.shop.database.reading() as session:
        assert session.scalar(select(User.id)) is None
        assert session.scalar(select(Job.id)) is None


@pytest.mark.parametrize("body", [None, [], "x", {"password": "SecurePass123"}, {}])
def test_a_malformed_registration_is_422(open_api: Api, body: object) -> None:
    assert post(open_api, "/api/auth/register", body).status_code == 422


@pytest.mark.parametrize("field", ["email", "username", "password", "full_name"])
@pytest.mark.parametrize("value", ["half a \ud800 letter", float("nan"), float("inf")])
def test_half_a_letter_and_not_a_number_are_422(open_api: Api, field: str, value: object) -> None:
    body = json.dumps(JOHN | {field: value})
    headers = {"content-type": "application/json"}
    answer = open_api.client.post("/api/auth/register", content=body, headers=headers)
    assert answer.status_code == 422
    forgot = json.dumps({"login": "\ud800"})
    answer = open_api.client.post("/api/auth/forgot-password", content=forgot, headers=headers)
    assert answer.status_code in {200, 422}
    send_mails(open_api)


def test_an_account_without_email_works_at_once(open_api: Api) -> None:
    answer = post(open_api, "/api/auth/register", {"username": "solo", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json()["user"]["email"] is None
    assert "verification_token" not in answer.json()
    assert login(open_api, "Solo", PASSWORD).status_code == 200
    post(open_api, "/api/auth/forgot-password", {"login": "solo"})
    send_mails(open_api)  # there is nowhere to send it
    with open_api.shop.database.reading() as session:
        assert session.scalar(select(OneTimeToken.id)) is None


@pytest.mark.parametrize(
    ("changed", "email", "named"),
    [
        ({}, "a@example.com", "TILLSIGHT_REGISTRATION=invite"),
        ({"registration": "closed"}, "a@example.com", "TILLSIGHT_REGISTRATION=closed"),
        ({"registration": "domain"}, "a@example.com", "TILLSIGHT_REGISTRATION_DOMAINS"),
        (
            {"registration": "domain", "registration_domains": "shop.example, other.example"},
            "a@example.com",
            "TILLSIGHT_REGISTRATION_DOMAINS",
        ),
        (
            {"registration": "domain", "registration_domains": "shop.example"},
            "a@sub.shop.example",
            "TILLSIGHT_REGISTRATION_DOMAINS",
        ),
        (
            {"registration": "domain", "registration_domains": "shop.example"},
            None,
            "TILLSIGHT_REGISTRATION_DOMAINS",
        ),
    ],
)
def test_where_registration_is_not_open_the_refusal_names_the_setting(
    api: Api, changed: dict, email: str | None, named: str
) -> None:
    answer = post(with_settings(api, **changed), "/api/auth/register", JOHN | {"email": email})
    assert answer.status_code == 403
    assert named in answer.json()["detail"]


def test_people_of_a_domain_register_with_the_role_of_the_setting(api: Api) -> None:
    ours = with_settings(
        api,
        registration="domain",
        registration_domains="Bücher.example",
        registration_role="editor",
    )
    answer = post(ours, "/api/auth/register", JOHN | {"email": "john@bücher.example"})
    assert answer.status_code == 201
    assert answer.json()["user"]["email"] == "john@xn--bcher-kva.example"
    assert "verification_token" not in answer.json()
    assert "an admin must verify" in answer.json()["note"]
    with api.shop.database.reading() as session:
        user = session.scalar(select(User))
        assert user is not None
        assert (user.role, user.is_verified) == ("editor", False)
        assert session.scalar(select(Job.id)) is None


def test_nobody_becomes_an_admin_by_a_setting() -> None:
    with pytest.raises(SetupError, match="TILLSIGHT_REGISTRATION_ROLE"):
        load_settings(registration_role="admin")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"mail": "smtp"}, "smtp needs TILLSIGHT_SMTP_HOST and TILLSIGHT_MAIL_FROM"),
        ({"mail": "smtp", "smtp_host": "mail.example"}, "smtp needs TILLSIGHT_MAIL_FROM"),
        ({"mail": "post"}, "TILLSIGHT_MAIL"),
        ({"mail_from": "Shop <shop@example.com>"}, "TILLSIGHT_MAIL_FROM"),
        ({"mail_from": "shop@example.com\r\nBcc: all@example.com"}, "TILLSIGHT_MAIL_FROM"),
    ],
)
def test_mail_settings_that_cannot_work_are_named(given: dict, named: str) -> None:
    with pytest.raises(SetupError, match=named):
        load_settings(**given)


@pytest.mark.parametrize("wrong", ["", "x", "' OR 1=1 --", "x" * 10_000, "é"])
def test_wrong_tokens_are_refused(open_api: Api, wrong: str) -> None:
    answer = post(open_api, "/api/auth/verify-email", verification_token=wrong)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Invalid or expired verification token"
    body = {"token": wrong, "new_password": PASSWORD}
    assert post(open_api, "/api/auth/reset-password", body).status_code in {400, 422}
    body = {"token": wrong, "password": PASSWORD}
    assert post(open_api, "/api/auth/accept-invite", body).status_code in {400, 422}


def test_verifying_without_a_token_is_422(open_api: Api) -> None:
    assert post(open_api, "/api/auth/verify-email").status_code == 422


def test_links_run_out_and_are_good_for_one_purpose(open_api: Api) -> None:
    post(open_api, "/api/auth/register", JOHN)
    lives = {Purpose.verify: 24, Purpose.reset: 1, Purpose.invite: 7 * 24}
    for purpose, hours in lives.items():
        secret = token(open_api, purpose, "johndoe")
        with open_api.shop.database.writing() as session:
            found = session.scalars(select(OneTimeToken).order_by(OneTimeToken.id.desc())).first()
            assert found is not None
            assert found.expires_at - found.created_at == timedelta(hours=hours)
            assert secret not in found.token_hash
        others = set(lives) - {purpose}
        with open_api.shop.database.reading() as session:
            assert links.is_usable(session, purpose, secret)
            assert not [one for one in others if links.is_usable(session, one, secret)]
        with open_api.shop.database.writing() as session:
            session.execute(update(OneTimeToken).values(expires_at=datetime.now(UTC)))
        with open_api.shop.database.reading() as session:
            assert not links.is_usable(session, purpose, secret)


def test_of_many_who_use_a_link_at_once_one_succeeds(open_api: Api) -> None:
    verify = post(open_api, "/api/auth/register", JOHN).json()["verification_token"]

    def one(_number: int) -> int:
        answer = post(open_api, "/api/auth/verify-email", verification_token=verify)
        return int(answer.status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(6))) == [200, 400, 400, 400, 400, 400]


def test_a_new_password_ends_sessions_and_other_links_and_verifies(open_api: Api) -> None:
    post(open_api, "/api/auth/register", JOHN)
    first, second = (token(open_api, Purpose.reset, "johndoe") for _ in range(2))
    weak = post(
        open_api, "/api/auth/reset-password", {"token": first, "new_password": "password123"}
    )
    assert weak.status_code == 422  # and the link is still good
    good = post(open_api, "/api/auth/reset-password", {"token": first, "new_password": "johndoe@"})
    assert good.status_code == 200
    assert login(open_api, "johndoe", "johndoe@").status_code == 200
    assert login(open_api, "johndoe").status_code == 401
    reused = {"token": second, "new_password": PASSWORD}
    answer = post(open_api, "/api/auth/reset-password", reused)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Invalid or expired reset token"
    access = login(open_api, "johndoe", "johndoe@").json()["access_token"]
    third = {"token": token(open_api, Purpose.reset, "johndoe"), "new_password": PASSWORD}
    assert post(open_api, "/api/auth/reset-password", third).status_code == 200
    headers = {"Authorization": f"Bearer {access}"}
    assert open_api.client.get("/api/users/me", headers=headers).status_code == 401


def test_forgot_and_resend_do_not_tell_who_has_an_account(open_api: Api) -> None:
    post(open_api, "/api/auth/register", JOHN)
    names = ("john@example.com", "johndoe", "nobody@example.com", "nobody", "' OR 1=1 --")
    for path, field in (("forgot-password", "login"), ("resend-verification", "email")):
        answers = [post(open_api, f"/api/auth/{path}", {field: name}) for name in names]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
    # The request looks nobody up, so it cannot take longer for those who exist.
    with open_api.shop.database.reading() as session:
        assert len(session.scalars(select(Job.id)).all()) == 1 + 2 * len(names)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", JOHN),
        ("forgot-password", {"login": "ada@example.com"}),
        ("resend-verification", {"email": "ada@example.com"}),
        ("reset-password", {"token": "x" * 43, "new_password": PASSWORD}),
        ("accept-invite", {"token": "x" * 43, "password": PASSWORD}),
    ],
)
def test_what_strangers_may_ask_is_throttled(open_api: Api, path: str, body: dict) -> None:
    tries = [post(open_api, f"/api/auth/{path}", body) for _ in range(11)]
    assert 429 not in {answer.status_code for answer in tries[:10]}
    assert tries[10].status_code == 429
    assert 0 < int(tries[10].headers["retry-after"]) <= 300


def test_what_becomes_of_an_account_is_recorded(open_api: Api) -> None:
    made = post(open_api, "/api/auth/register", JOHN).json()
    post(open_api, "/api/auth/verify-email", verification_token=made["verification_token"])
    reset = token(open_api, Purpose.reset, "johndoe")
    body = {"token": reset, "new_password": "another long password"}
    assert post(open_api, "/api/auth/reset-password", body).status_code == 200
    entries = open_api.get("/api/audit", "admin", user=made["user"]["id"])["entries"]
    assert [one["action"] for one in entries] == ["password_reset", "email_verified", "registered"]
    assert {one["actor"] for one in entries} == {"john@example.com"}


def test_no_secret_waits_in_the_queue(open_api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    post(open_api, "/api/auth/register", JOHN)
    post(open_api, "/api/auth/forgot-password", {"login": "johndoe"})
    with open_api.shop.database.reading() as session:
        waiting = [job.payload for job in session.scalars(select(Job))]
    send_mails(open_api)
    printed = capsys.readouterr().out
    assert "/verify?token=" in printed
    assert "/reset?token=" in printed
    assert waiting == [
        '{"user_id": 1, "language": "en"}',
        '{"login": "johndoe", "language": "en"}',
    ]


def test_a_switched_off_account_gets_no_links(
    open_api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    post(open_api, "/api/auth/register", JOHN)
    reset = token(open_api, Purpose.reset, "johndoe")
    verify = token(open_api, Purpose.verify, "johndoe")
    with open_api.shop.database.writing() as session:
        session.execute(update(User).values(is_active=False))
    post(open_api, "/api/auth/forgot-password", {"login": "johndoe"})
    send_mails(open_api)
    assert capsys.readouterr().out == ""
    body = {"token": reset, "new_password": PASSWORD}
    assert post(open_api, "/api/auth/reset-password", body).status_code == 400
    answer = post(open_api, "/api/auth/verify-email", verification_token=verify)
    assert answer.status_code == 400


def test_without_mail_asking_for_one_is_refused_and_names_the_setting(api: Api) -> None:
    for path, body in (
        ("forgot-password", {"login": "a"}),
        ("resend-verification", {"email": "a@example.com"}),
    ):
        answer = post(api, f"/api/auth/{path}", body)
        assert answer.status_code == 403
        assert "TILLSIGHT_MAIL" in answer.json()["detail"]


def test_only_an_admin_invites(api: Api) -> None:
    body = {"email": "new@example.com", "role": "manager"}
    assert post(api, "/api/users/invite", body).status_code == 401
    for role in ("viewer", "editor", "manager"):
        assert post(api, "/api/users/invite", body, role).status_code == 403
    for bad in ({"email": "x"}, {}, {"email": "a@example.com", "role": "owner"}, body | {"x": 1}):
        assert post(api, "/api/users/invite", bad, "admin").status_code == 422
    assert post(api, "/api/users/invite", body, "admin").status_code == 201
    closed = with_settings(api, registration="closed")
    answer = post(closed, "/api/users/invite", body, "admin")
    assert answer.status_code == 403
    assert "TILLSIGHT_REGISTRATION" in answer.json()["detail"]


def test_an_invitation_is_accepted_once_with_the_role_it_gave(api: Api) -> None:
    body = {"email": "New@example.com", "role": "manager"}
    post(api, "/api/users/invite", {"email": "new@example.com"}, "admin")
    invited = post(api, "/api/users/invite", body, "admin").json()
    assert (invited["email"], invited["role"]) == ("new@example.com", "manager")
    assert login(api, "new@example.com", "").status_code == 401
    secret = invited["link"].partition("token=")[2]
    accept = {"token": secret, "password": PASSWORD, "username": "newbie", "first_name": "Nia"}
    taken = post(api, "/api/auth/accept-invite", accept | {"username": "admin"})
    assert taken.status_code == 400
    assert taken.json()["detail"] == "Username already taken"
    assert post(api, "/api/auth/accept-invite", accept | {"role": "admin"}).status_code == 422
    assert post(api, "/api/auth/accept-invite", accept).status_code == 200
    again = post(api, "/api/auth/accept-invite", accept)
    assert again.status_code == 400
    assert again.json()["detail"] == "Invalid or expired invitation"
    access = login(api, "newbie", PASSWORD).json()["access_token"]
    me = api.client.get("/api/users/me", headers={"Authorization": f"Bearer {access}"}).json()
    assert (me["role"], me["full_name"], me["is_verified"]) == ("manager", "Nia", True)
    known = post(api, "/api/users/invite", body, "admin")
    assert known.status_code == 409


def test_options_tell_how_one_gets_in(api: Api) -> None:
    assert api.client.get("/api/auth/options").json() == {
        "shop_name": "Tillsight",
        "registration": "invite",
        "mail": False,
        "oidc": False,
    }
