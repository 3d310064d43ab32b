"""Templates of pages and mails: where they are read from, and how they say things."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, select_autoescape
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from tillsight import languages


def environment(folder: Path, undefined: type[Undefined] = StrictUndefined) -> Environment:
    """The templates of a folder. Each sentence stands in `_("…")`, which says it in the language
    of the reader; what it is told by name fills the places in braces, escaped where it is HTML.
    """
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"], default=False),
        undefined=undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"_": _sentence, "language": languages.current}
    return made


@pass_eval_context
def _sentence(context: EvalContext, text: str, /, **named: object) -> str:
    said = languages.said(text)
    # The sentence is ours; what fills it is escaped by Markup.
    return (Markup(said) if context.autoescape else said).format(**named)  # noqa: S704
