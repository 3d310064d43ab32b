"""Sign-in by e-mail address alone, for an older product whose front end asked for no password.

It proves nothing: whoever knows an address is taken for its owner. Only a setting allows it.
"""

from sqlalchemy.orm import Session

from tillsight.accounts import throttle
from tillsight.accounts.models import SessionKind
from tillsight.accounts.sessions import Origin, SignIn, open_session
from tillsight.accounts.users import find_user
from tillsight.errors import NotSignedIn


def sign_in_by_email(session: Session, email: str, kind: SessionKind, origin: Origin) -> SignIn:
    """Open a session for the owner of an address: the first thing to do in a database session.

    Raises:
        NotSignedIn: no account has this address.
        TooManyAttempts: too many addresses were tried lately.
        Inactive, Forbidden: the account is off or unverified.
    """
    noted = throttle.attempt(session, "sign-in", email, origin.address)
    user = find_user(session, email)
    if user is None or user.email is None or "@" not in email:
        raise NotSignedIn("No account has this e-mail address.")
    throttle.forgive(session, noted)
    return open_session(session, user, kind, origin)
