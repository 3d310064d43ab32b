"""Stopping a question that takes too long for whoever asked it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from tillsight.api.askers import LONGEST_NAME, Askers
from tillsight.api.deps import PersonDep

router = APIRouter(prefix="/api/questions", tags=["Metrics"])


# It waits for no thread: those may all be busy with questions.
@router.delete("/{name}", status_code=204)
async def stop_question(
    request: Request,
    person: PersonDep,
    name: Annotated[
        str,
        Path(
            min_length=1,
            max_length=LONGEST_NAME,
            description="What the question was called in its header X-Question.",
        ),
    ],
) -> None:
    """Stop a question of your own that is under way at this server; it is answered with 409.

    A question whose connection is closed is stopped as well.
    """
    askers: Askers = request.app.state.askers
    askers.stop(person.id, name)
