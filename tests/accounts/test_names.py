"""Names and passwords: what looks alike is one account or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillsight.accounts.names import normal_email, normal_login, normal_username
from tillsight.accounts.passwords import check_new_password
from tillsight.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("ａｄａ@example.com", "ada@example.com"),  # wide letters
        ("ada＠example.com", "ada@example.com"),
        ("ada@example。com", "ada@example.com"),  # an ideographic full stop
        ("\u212aim@example.com", "kim@example.com"),  # the sign of Kelvin
        ("ada+news@example.com", "ada+news@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),  # another domain than fass.example
        ("ada@exаmple.com", "ada@xn--exmple-4nf.com"),  # a Cyrillic а: told apart by its code
    ],
)
def test_an_address_has_one_form(text: str, kept: str) -> None:
    assert normal_email(text) == kept
    assert normal_email(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "аda@example.com",  # a Cyrillic а
        "ada\u200b@example.com",  # nothing to be seen
        "groß@example.com",  # ß is not ss
        "admın@example.com",  # a dotless i
        "ada@example.com\r\nBcc: all@example.com",
        "ada@example.com, eve@example.com",
        "<ada@example.com>",
        '"ada eve"@example.com',
        "ada..eve@example.com",
        ".ada@example.com",
        "ada@eve@example.com",
        "ada@exam\u202eple.com",
        "ada@example.com.",
        "ada@-example.com",
        "ada@[127.0.0.1]",
        "a" * 65 + "@example.com",
        "ada@" + "a" * 64 + ".com",
        "ada@" + "a." * 130 + "com",
        "' OR 1=1 --",
    ],
)
def test_an_address_that_could_pass_for_another_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not an e-mail address"):
        normal_email(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_kept_address_is_plain_and_stays_as_it_is(local: str, host: str) -> None:
    try:
        email = normal_email(f"{local}@{host}")
    except InvalidInput:
        return
    assert email.isascii()
    assert email.isprintable()
    assert " " not in email
    assert email.count("@") == 1
    assert normal_email(email) == email


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("JohnDoe", "johndoe"),
        (" Jane  Doe ", "jane doe"),
        ("Müller", "müller"),
        ("Mu\u0308ller", "müller"),
        ("ｊｏｈｎ", "john"),
        ("иван_2", "иван_2"),
        ("田中さん", "田中さん"),
        ("o'hara-7.b+c", "o'hara-7.b+c"),
        ("42", "42"),
    ],
)
def test_a_username_has_one_form(text: str, kept: str) -> None:
    assert normal_username(text) == kept
    assert normal_username(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a" * 151,
        "ada@example.com",
        "ada＠example",
        "аdmin",  # one Cyrillic letter
        "асе",  # all Cyrillic, and looks Latin
        "admın",
        "ad\u200bmin",
        "ad\u202emin",
        "a\x00b",
        "a\nb",
        "<script>",
        "a;b",
        "\u1d00dmin",  # a small capital
    ],
)
def test_a_username_that_could_pass_for_another_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="username"):
        normal_username(text)
    assert normal_login(text) in {None, "ada@example.com", "ada@example"}  # those are addresses


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password1",
        "qwertyuiop",
        "12345678",
        "aaaaaaaaaaaa",
        "abababababab",
        "corner shop",
        "Ada.Lovelace",
        "ada.lovelace@example.com",
        "Tillsight",
    ],
)
def test_what_would_be_tried_first_is_no_password(password: str) -> None:
    with pytest.raises(InvalidInput, match="Choose another one"):
        check_new_password(password, "Corner Shop", "ada.lovelace@example.com", "ada")


@pytest.mark.parametrize(
    "password", ["SecurePass123", "correct horse", "пароль и соль", "x1" * 4 + "y", "  spaces  7"]
)
def test_there_are_no_other_rules(password: str) -> None:
    check_new_password(password, "Corner Shop", None, "ada")
