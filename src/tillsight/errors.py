"""Every refusal a user can cause, drawn as one family.

    TillsightError                 status of the HTTP answer
      InvalidInput                 422  what was sent cannot be used
        UnknownName                     ... with "did you mean"
        BadRows                         ... a file whose rows do not pass the check
        UnknownLayout                   ... a file whose columns nobody knows: a mapping is needed
        MissingFields                   ... a mapping that leaves out what every row needs
        AmbiguousDates                  ... a file whose dates can be read in two ways
        AmbiguousNumbers                ... a file whose numbers can be read in two ways
        OtherCurrency                   ... a file in another currency than the shop's
        ModelNotInstalled               ... a forecasting model that is an extra, not there
        ModelFailed                     ... a forecasting model that finds no fit
      NotSignedIn                  401
      Forbidden                    403
      NotFound                     404
      Conflict                     409
        Cancelled                       ... stopped by somebody before it was done
        OrdersLoadedBefore              ... orders of a file that earlier imports hold
      TooLarge                     413
      TooManyAttempts              429  wait; `retry_after` says how many seconds
      Unavailable                  503  not now; the same request may work later
        Preparing                       ... the sales are being laid out; `details` says how far
        Ending                          ... the server is being stopped
        JournalAway                     ... the place of the sales' files does not answer
        LetGo                           ... two changes were in each other's way
      NoSpace                      507  the disk is full
      SetupError                   500  the operator has to change a setting; the terminal shows it

A message says what was wrong, where, and what to do. It never holds SQL, a path of the server or
another person's data, so that every door may show it as it is.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class TillsightError(Exception):
    """Base of all refusals; `status` is the HTTP status a door answers with."""

    status = 500
    code = "error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details

    def headers(self) -> dict[str, str]:
        """What an HTTP answer says beside its body."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        if "retry_after" in self.details:
            headers["Retry-After"] = str(self.details["retry_after"])
        return headers


class InvalidInput(TillsightError):
    """What was sent cannot be used."""

    status = 422
    code = "invalid_input"


class UnknownName(InvalidInput):
    """A name that is not among the known ones; says which one was probably meant."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        close = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"Did you mean “{close[0]}”?" if close else f"Known: {', '.join(names)}."
        super().__init__(f"There is no {kind} “{name}”. {hint}")


class BadRows(InvalidInput):
    """A file was read, and rows of it do not pass the check. `details` tells which."""

    code = "bad_rows"


class UnknownLayout(InvalidInput):
    """No layout has the columns of a file; it can be loaded with a mapping."""

    code = "unknown_layout"


class MissingFields(InvalidInput):
    """A mapping names no column for what every row needs; `details` has the fields `missing`."""

    code = "missing_fields"


class AmbiguousDates(InvalidInput):
    """Nothing in a column tells whether the day or the month stands first. `details` has the
    `column`, some `values` and the `readings`; `date_order` answers it.
    """

    code = "ambiguous_dates"


class AmbiguousNumbers(InvalidInput):
    """Nothing in a file tells whether a mark parts thousands or decimals. `details` has the
    `column`, some `values` and the `readings`; `decimal` answers it.
    """

    code = "ambiguous_numbers"


class OtherCurrency(InvalidInput):
    """A file states another currency than the shop's."""

    code = "other_currency"


class ModelNotInstalled(InvalidInput):
    """A forecasting model needs an extra; `details` has the `model` and how to `install` it."""

    code = "model_not_installed"


class ModelFailed(InvalidInput):
    """A forecasting model of another project finds no fit for a series."""

    code = "model_failed"


class NotSignedIn(TillsightError):
    """Nobody, or nobody any more, stands behind the request."""

    status = 401
    code = "not_signed_in"


class Forbidden(TillsightError):
    """Known, but not allowed to."""

    status = 403
    code = "forbidden"


class NotFound(TillsightError):
    """There is no such thing, or none that this person may know of."""

    status = 404
    code = "not_found"


class Conflict(TillsightError):
    """It contradicts what is there already."""

    status = 409
    code = "conflict"


class Cancelled(Conflict):
    """Somebody stopped it before it was done; nothing of it stays."""

    code = "cancelled"


class OrdersLoadedBefore(Conflict):
    """A file holds orders that earlier imports hold too, and nobody said what becomes of them."""

    code = "overlap"


class TooLarge(TillsightError):
    """More than one answer or one upload may hold."""

    status = 413
    code = "too_large"


class TooManyAttempts(TillsightError):
    """Tried too often; `retry_after` is how many seconds to wait."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)


class Unavailable(TillsightError):
    """Not now; the same request may work later."""

    status = 503
    code = "unavailable"


class Preparing(Unavailable):
    """There is nothing yet to answer from: the sales are being laid out. `details` has `lines_done`
    of `lines`, and `seconds_left` (None: too early to tell); `retry_after` is in seconds.
    """

    code = "preparing"


class JournalAway(Unavailable):
    """The place where the files of the sales are kept does not answer, or takes nothing."""

    code = "journal_away"

    def __init__(self) -> None:
        super().__init__(
            "The place where the files of the sales are kept does not answer, so nothing was"
            " changed. Try again in a moment; if it stays so, have the operator run tillsight"
            " check.",
            retry_after=5,
        )


class FileMissing(Unavailable):
    """A file of the sales is missing or damaged, and without it this cannot be told or done."""

    code = "file_missing"


class NoSpace(TillsightError):
    """The disk is full."""

    status = 507
    code = "no_space"

    def __init__(
        self,
        message: str = "The server's disk is full, so nothing was changed. Ask the operator to free"
        " some space, then try again.",
    ) -> None:
        super().__init__(message)


class Ending(Unavailable):
    """The server was told to stop, and has no more time for this."""

    def __init__(self) -> None:
        super().__init__("The server is being stopped. Try again in a moment.", retry_after=5)


class LetGo(Unavailable):
    """The database gave up a change, because others changed the same rows at that moment."""

    code = "let_go"


class SetupError(TillsightError):
    """The operator has to change something before this can work."""

    code = "setup"
