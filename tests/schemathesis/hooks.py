"""What the description of the API cannot say, told to schemathesis; all checks stay on.

Loaded by schemathesis itself (`SCHEMATHESIS_HOOKS`), not by pytest.
"""

import os
from typing import NamedTuple

from schemathesis.generation.meta import CoveragePhaseData
from schemathesis.openapi.checks import RejectedPositiveData

import schemathesis

UNSAID = (
    # Two parameters that must agree
    " before it begins ",  # the period: `to` before `from`
    "different dimensions.",  # `by` names one twice
    "by its name or by from and to, not by both.",
    "The period has no day: ",  # `from` and `to` are the same day
    "A period of KPIs ends after ",
    "There is no column to order by ",  # `order` is none of what is asked for
    # Names, addresses and passwords, whose rules need more than a pattern
    "is not an e-mail address such as",
    "Give an e-mail address or a username.",
    "A username ",
    "A name ",
    "A password has ",
    "This password is among the common ones.",
    "is no password. Choose another one.",
    "The current password is not right.",
    "Needed to change the e-mail address",
    "only first_name, last_name and language may be null",
    # Purchases: days that there are, amounts that agree with their lines, and names
    "Say who bought: ",
    " is no date. Write ",
    " lies in the future.",
    " is before the year ",
    "The customer ",
    "The country ",
    "Say what was paid: ",
    "The amount ",
    "The lines sum to ",
    ": the product ",
    ": the quantity ",
    ": the unit price ",
    ": quantity × unit price ",
    "This Idempotency-Key came with another purchase",
    "Input should be a valid decimal",  # digits of other scripts
    # Products: how many digits a number may have
    " decimal places",
    " digits in total",
    " digits before the decimal point",
    # The id of whom to erase, once more
    "The id in the body is not that of the path",
    # One file, or the token of one that is kept; mappings that name what every row needs
    "No file came with the request.",
    "Send one file at a time.",
    "No column is mapped to: ",
    " have no field ",
    "The mapping is not understood: ",
    "Say what to change, such as the price.",
    "Ask by from and to, or by as_of and within, not by both.",
    "What customers will buy is worked out from all their sales.",
    # KPIs: numbers of four decimals, ranges, filters, and periods that a KPI has
    " has more than four decimals.",
    " is too large: it has 14 digits",
    " is above the maximum ",
    "Filters ",
    "The filter ",
    "A value of the filter ",
    "The filters are longer ",
    " such as ",  # how a period is written
    " it is 0 to 23.",
    " it is 1 to 7.",
    "There is no segment ",
    "There is no age band ",
    "There is no profile ",
    " is owned by somebody of its circle.",
    "A target holds from a day of the years ",
    "`target_from` needs a `target_value`",
    " holds characters that cannot be shown",
    "Say which period: ",
    "give `period`, as ",
    " is no period of a ",
    "The year of a period is ",
    " has not begun.",
    " or by from and to, not by both.",
    "The period has no day: ",
    " is no value of ",
    " cells cannot be taken",
    # Forecasts: how far by which grain, models that are missing or find no fit
    "A forecast by ",
    " is not installed here.",
    " finds no fit for this series.",
    # Notes: days that there are, not too many of them
    "The note ends ",
    "A note is about ",
    "The text of a note ",  # signs that only some take for spaces
    "The text holds characters that cannot be shown.",
    # The calendar: days, weekdays and holidays that there are, not too many of them
    " is no day. Write it as ",
    " is no weekday: ",
    "There is no public holiday of ",
    "The shop has no country",
    "The calendar has the years ",
    "which are three years.",
    # Characters that no database keeps
    " NUL character. Remove it.",
    # Texts that only an answer of ours, or a mail, can give
    "Invalid or expired ",
    " is no place in this list.",  # `after`, a page's `next`
    # What is inside a file
    "This is not a text file.",
    "This file ",
    "The file ",
    "No known layout has these columns: ",
    " rows cannot be loaded, so nothing was.",
)
"""Parts of refusals of requests that are good as far as OpenAPI can tell."""


STILL_WORKING = "is still being worked out."
"""Of a forecast that takes long; the answer says when to ask again."""

AMONG_IDS = {
    "/api/users/invite": {"POST"},
    "/api/circles/people": {"GET"},
    "/api/kpis/units": {"GET"},
    "/api/kpis/board": {"GET"},
    "/api/kpis/worklist": {"GET"},
    "/api/imports/preview": {"POST"},
    "/api/imports/profiles": {"GET", "POST"},
    "/api/products/top": {"GET"},
    "/api/products/abc": {"GET"},
    "/api/products/affinity": {"GET"},
    "/api/products/summary": {"GET"},
    "/api/customers/{customer_id}/erase": {"POST"},
}
"""Where an id may stand as well: methods other than these are answered as for such an id."""


class Kind(NamedTuple):
    """What a case of the coverage phase tries, and where in an operation."""

    mode: str
    scenario: str
    where: str | None
    parameter: str | None
    location: str | None
    method: str | None


ALL_CASES = "TILLSIGHT_API_EXAMPLES" in os.environ
_tried: set[tuple[str, Kind]] = set()
_values: set[tuple[Kind, str]] = set()


@schemathesis.hook
def filter_case(context, case) -> bool:
    """Of the coverage phase keep what is told apart, unless all is asked for: of each operation,
    each of its parameters and each way to be right or wrong there one case; and each value that
    is described otherwise once, whichever operation it comes to. There are many operations whose
    parameters are the same ones, read by the same code.
    """
    tried = case.meta.phase.data if case.meta else None
    if ALL_CASES or not isinstance(tried, CoveragePhaseData):
        return True
    kind = Kind(
        case.meta.generation.mode.value,
        tried.scenario.value,
        tried.parameter_location and tried.parameter_location.value,
        tried.parameter,
        tried.location,
        None if tried.parameter_location else case.method,
    )
    new_here = (context.operation.label, kind)
    new_anywhere = (kind, tried.description)
    is_new = new_here not in _tried or new_anywhere not in _values
    _tried.add(new_here)
    _values.add(new_anywhere)
    return is_new


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """Keep a failure, unless a good request was refused for what the description cannot say."""
    del context
    if case.path in AMONG_IDS and case.method not in AMONG_IDS[case.path]:
        return False
    if response.status_code == 503 and STILL_WORKING in response.text:
        return "retry-after" not in response.headers
    if not isinstance(failure, RejectedPositiveData) or response.status_code not in {400, 422}:
        return True
    detail = response.json()["detail"]
    said = [detail] if isinstance(detail, str) else [one["msg"] for one in detail]
    return not all(any(part in text for part in UNSAID) for text in said)
