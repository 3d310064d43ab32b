"""The names people sign in with, in the one form they are kept in, and those of things.

Two names that look alike must not be two accounts: what has a plain form is brought to it, and what
has none but looks like something else is refused.
"""

import re
import unicodedata

import idna

from tillsight.errors import InvalidInput

LONGEST_EMAIL, LONGEST_USERNAME = 254, 150

_LOCAL = re.compile(r"(?=.{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@")
# Latin letters that are no accented a to z, and still like no other letter.
_OTHER_LATIN = frozenset("ßæøœđłþð")
# Letters of other scripts with a Latin twin; a name of nothing else would pass for a Latin one.
_TWINS = frozenset("аеорсухіјѕԁԛԝһӏԍгтпмквαονικυρτχγωηε")
_WRITTEN_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})


def normal_email(text: str) -> str:
    """The address in the form it is kept in: lower case, ASCII, the host as in DNS (`xn--…`).

    Compatibility forms (wide letters) become plain ones. Letters before the @ that are not ASCII
    then are refused, for a Cyrillic and a Latin a are one to the eye; case is not folded further,
    because ß and ss are different mailboxes.

    Raises:
        InvalidInput: it is no e-mail address, or one that cannot be told from others.
    """
    address = unicodedata.normalize("NFKC", text.strip()).lower()
    local, at, host = address.rpartition("@")
    # What cannot be seen would be left out of the host, and two spellings be one account.
    visible = address.isprintable()
    if len(text) <= LONGEST_EMAIL and visible and _LOCAL.fullmatch(local + at):
        try:
            email = local + at + idna.encode(host, uts46=True, std3_rules=True).decode()
        except idna.IDNAError:
            email = ""
        if 0 < len(email) <= LONGEST_EMAIL and not email.endswith("."):
            return email
    raise InvalidInput(f"“{text[:80]}” is not an e-mail address such as name@example.com.")


def normal_username(text: str) -> str:
    """The username in the form it is kept in: lower case, compatibility forms made plain.

    Raises:
        InvalidInput: it is empty, too long, holds an @ or what cannot be seen, or could pass for
            another name.
    """
    name = unicodedata.normalize("NFKC", text.strip()).casefold()
    if not 0 < len(name) <= LONGEST_USERNAME:
        raise InvalidInput(f"A username has 1 to {LONGEST_USERNAME} characters.")
    if "@" in name:
        raise InvalidInput("A username holds no @; an e-mail address goes into its own field.")
    if not all(one.isalnum() or one in " ._-+'" or _is_mark(one) for one in name):
        raise InvalidInput("A username holds letters, digits, spaces and . _ - + ' only.")
    if not _is_of_one_script(name):
        raise InvalidInput("This username could pass for another. Use letters of one alphabet.")
    return " ".join(name.split())


def normal_login(text: str) -> str | None:
    """What somebody signs in with, as it would be kept; None if nobody can have it."""
    try:
        return normal_email(text) if "@" in text or "＠" in text else normal_username(text)  # noqa: RUF001
    except InvalidInput:
        return None


def name_key(name: str) -> str:
    """What tells the names that people gave to things apart: letters, whatever their case, and that
    there is space between them.
    """
    return " ".join(name.split()).casefold()


def _is_of_one_script(name: str) -> bool:
    letters = [one for one in name if one.isalpha()]
    scripts = {unicodedata.name(one, "?").split()[0] for one in letters}
    if scripts == {"LATIN"}:
        return all(_is_plain_latin(one) for one in letters)
    return scripts <= _WRITTEN_TOGETHER or (len(scripts) == 1 and not _TWINS.issuperset(letters))


def _is_plain_latin(letter: str) -> bool:
    base = unicodedata.normalize("NFKD", letter)[0]
    return "a" <= base <= "z" or letter in _OTHER_LATIN


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in {"Mn", "Mc"}
