"""Stopping a question that takes too long for whoever asked it."""

from asyncio import wrap_future
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request

from tillsight.api.askers import LONGEST_NAME, Askers
from tillsight.api.deps import PersonDep
from tillsight.errors import NotFound

if TYPE_CHECKING:
    from tillsight.api.stops import Stops

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
    """Stop a question of your own that is under way; it is answered with 409.

    A question whose connection is closed is stopped as well.
    """
    askers: Askers = request.app.state.askers
    stops: Stops = request.app.state.stops
    try:
        askers.stop(person.id, name)
    except NotFound:
        if not await wrap_future(stops.ask_others(person.id, name)):
            raise
