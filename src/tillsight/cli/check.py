"""The command that looks whether a server is ready for strangers."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from tillsight.cli.opening import open_as_it_is, read_settings
from tillsight.cli.terminal import out, plain
from tillsight.operating.checklist import Answer, look_at_all
from tillsight.settings import PREFIX


def check(
    for_programs: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead.")
    ] = False,
) -> None:
    """Look at each item of the checklist for production; exit with 1 unless all have passed."""
    settings = read_settings()
    with open_as_it_is(settings) as database:
        answers = look_at_all(settings, database)
    if for_programs:
        print(json.dumps(_as_object(answers), indent=2, ensure_ascii=False))  # noqa: T201  (no markup)
    else:
        _print_all(answers)
    if not all(one.outcome.passed for one in answers):
        raise typer.Exit(1)


def _print_all(answers: Sequence[Answer]) -> None:
    for one in answers:
        mark = "[green]passed    [/green]" if one.outcome.passed else "[red]not passed[/red]"
        text = f"{one.item.label:<12} {one.outcome.found}"
        out.print(f"{mark}  {plain(text)}", soft_wrap=True)
        if not one.outcome.passed:
            out.print(f"{'':<25}[bold]{plain(one.outcome.advice)}[/bold]", soft_wrap=True)
    passed = sum(one.outcome.passed for one in answers)
    out.print(f"\n{passed} of {len(answers)} passed. See docs/configuration.md.")


def _as_object(answers: Sequence[Answer]) -> dict[str, object]:
    return {
        "passed": all(one.outcome.passed for one in answers),
        "items": [
            {
                "name": one.item.name,
                "passed": one.outcome.passed,
                "found": one.outcome.found,
                "advice": one.outcome.advice,
                "settings": [f"{PREFIX}{name.upper()}" for name in one.item.settings],
            }
            for one in answers
        ],
    }
