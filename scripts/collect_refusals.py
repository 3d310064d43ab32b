"""Finds what the rooms say when they refuse: sentences in their code, with their places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import tillsight
from tillsight import languages
from tillsight.errors import TillsightError

ROOT = Path(tillsight.__file__).parent
ROOMS = ("accounts", "api", "forecasting", "kpis", "metrics", "sales", "warehouse")
FILES = ("database.py", "errors.py", "http_rules.py", "settings.py")
ELSEWHERE = ("api/compat", "api/workbook.py")
"""What older products said stays as it was."""
SENTENCE = re.compile(r"[A-Z“{].*[.?!]”?", re.DOTALL)
DESCRIBING = {"description", "summary", "title", "help", "default"}
TERMINAL = {"SetupError", "Unguarded", "RuntimeError", "_refused", "_unavailable"}
"""Raised for those who run the server, in its terminal and its log."""
NO_SENTENCE = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|CREATE|INSERT|UPDATE|DELETE|SET)\b|\n|\{\"")
"""Statements of the database, and sentences with braces of their own."""
WORD = re.compile(r"[a-z]+[a-z0-9_]*")
FEWEST_WORDS = 1
SAYING = {"Check": 1, "_Refusal": 1, "_refuse": 2, "exact": 1, "long_text": 1, "_number": 2}
SAYING |= {"_name": 2}
"""Functions that say one of their arguments, by its place, within a sentence or as a reason."""
RETURNING = {"_broken_reason", "_wrong_value", "_wrong_comment", "_wrong_month", "in_words"}
RETURNING |= {"_day_in_words", "rows_in_words", "_count"}
"""Functions whose answer is such a part."""
PARTS = {"reason", "reasons", "closed", "hint"}
"""Names of such parts where the sentence stands elsewhere."""
KINDS_OF_FILES = {"_OFFICE", "_OTHERS", "WHAT"}
WITHOUT_STOP = {"NOT_SIGNED_IN", "NOT_VALID", "WRONG_CREDENTIALS"}
"""Names of constants that are refusals without a full stop: an older product said them so."""


def _family(one: type[TillsightError]) -> Iterator[str]:
    yield one.__name__
    for below in one.__subclasses__():
        yield from _family(below)


REFUSALS = {*_family(TillsightError), "Inactive", "Taken", "WrongPassword"} - TERMINAL


def refusals() -> dict[str, str]:
    """Each sentence with places in braces, in order, and the file that has it."""
    found: dict[str, str] = {}
    for path in _files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for text in _sentences(tree, refused=False):
            found.setdefault(text, place)
        for name, text in _constants(tree):
            if name in WITHOUT_STOP:
                found.setdefault(text, place)
    return found


def pieces() -> dict[str, str]:
    """Parts of sentences, with places in braces, in order, and the file that has them: reasons why
    a row cannot be loaded, and what a function put together first to fill places of a refusal.
    """
    found: dict[str, str] = {}
    for path in _files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for text in _pieces(tree):
            if re.search(languages.WORD, languages.PLACE.sub("", text)) and "\n" not in text:
                found.setdefault(text, place)
    whole = refusals()
    return {text: place for text, place in found.items() if text not in whole}


def _pieces(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > (at := SAYING.get(_called(node), 99)):
            yield from _alternatives(node.args[at])
        elif isinstance(node, ast.FunctionDef):
            yield from _put_together(node)
    for constant in tree.body:
        target = constant.targets[0] if isinstance(constant, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id in KINDS_OF_FILES:
            yield from _alternatives(constant.value)


def _put_together(function: ast.FunctionDef) -> Iterator[str]:
    """What is given to names that fill places of sentences said here, or is returned as a part."""
    filling = set(PARTS)
    for node in ast.walk(function):
        text = written(node) if isinstance(node, ast.JoinedStr | ast.BinOp) else None
        if text is not None and _is_said(text, refused=False):
            filling |= {
                one.value.id
                for one in ast.walk(node)
                if isinstance(one, ast.FormattedValue) and isinstance(one.value, ast.Name)
            }
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            name = target.value if isinstance(target, ast.Subscript) else target
            if isinstance(name, ast.Name) and name.id in filling:
                yield from _alternatives(node.value)
        elif isinstance(node, ast.Return) and node.value and function.name in RETURNING:
            yield from _alternatives(node.value)


def _alternatives(node: ast.AST) -> Iterator[str]:
    """The texts that an expression may be, each as it is written."""
    if (text := written(node)) is not None:
        yield text
    elif isinstance(node, ast.IfExp):
        yield from _alternatives(node.body)
        yield from _alternatives(node.orelse)
    elif isinstance(node, ast.Tuple):
        yield from _alternatives(node.elts[-1])
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from _alternatives(one)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _alternatives(value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _alternatives(node.func.value)  # {…}.get(kind, …)
        for one in node.args[1:]:
            yield from _alternatives(one)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = written(node.value)
            if text is not None:
                yield node.targets[0].id, text


def _files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            is_ours = not path.relative_to(ROOT).as_posix().startswith(ELSEWHERE)
            if is_ours and path.name != "texts.py":
                yield path
    yield from (ROOT / name for name in FILES)


def _sentences(node: ast.AST, *, refused: bool) -> Iterator[str]:
    if isinstance(node, ast.keyword) and node.arg in DESCRIBING:
        return
    if isinstance(node, ast.Call) and _called(node) in TERMINAL:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # says what the code does
    if (text := written(node)) is not None:
        if _is_said(text, refused=refused):
            yield text
        for one in ast.walk(node):
            if isinstance(one, ast.FormattedValue):
                yield from _sentences(one.value, refused=False)
        return
    within = _refuses(node)
    for child in ast.iter_child_nodes(node):
        yield from _sentences(child, refused=within)


def _refuses(node: ast.AST) -> bool:
    """Whether what is called says its argument to whoever asked."""
    if not isinstance(node, ast.Call):
        return False
    return ast.unparse(node.func) == "super().__init__" or _called(node) in REFUSALS


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rsplit(".", 1)[-1]


def _is_said(text: str, *, refused: bool) -> bool:
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r"\{[^{}]*\}", " ", text))
    whole = SENTENCE.fullmatch(text) is not None or refused
    return whole and len(words) >= FEWEST_WORDS and not NO_SENTENCE.search(text)


def written(node: ast.AST) -> str | None:
    """A text with its places in braces; None where it is none, or is not put together here."""
    named: dict[str, str] = {}
    return _written(node, named)


def _written(node: ast.AST, named: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(one, named) or "" for one in node.values)
    if isinstance(node, ast.FormattedValue):
        return f"{{{_place(ast.unparse(node.value), named)}}}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [_written(one, named) for one in (node.left, node.right)]
        if parts == [None, None]:
            return None
        both = zip(parts, (node.left, node.right), strict=True)
        return "".join(
            f"{{{_place(ast.unparse(one), named)}}}" if text is None else text for text, one in both
        )
    return None


def _place(code: str, named: dict[str, str]) -> str:
    """A name for what fills a place, after the last word of the code that does; the same for the
    same code.
    """
    if code not in named:
        words = WORD.findall(re.sub(r"\[[^\]]*\]|'[^']*'", "", code).lower())
        name = words[-1] if words else "value"
        taken = sum(one.rstrip("0123456789") == name for one in named.values())
        named[code] = f"{name}{taken + 1}" if taken else name
    return named[code]
