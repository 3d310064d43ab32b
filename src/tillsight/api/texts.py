"""What the account pages say beside their templates."""

from tillsight import languages

DONE = {
    "reset": "Your password is changed. Sign in with it.",
    "welcome": "Your account is ready. Sign in to begin.",
}
"""Told on the sign-in page after the page that leads there."""
SENT = {
    "": "This server sends no mail: an admin must verify your account first.",
    "console": "The mail with the link was printed in the server's terminal.",
    "smtp": "We sent a link to {email}. Open it within 24 hours to confirm the address.",
}
"""By what becomes of mail."""
NEARLY_DONE = "Nearly done"
LOOK_INTO_MAIL = "Look into your mail"
ON_ITS_WAY = "If there is such an account, a mail is on its way. Look into the spam folder, too."
CONFIRMED = "Your address is confirmed"
SIGN_IN_NOW = "You can sign in now."
OR = " or "

languages.translate(__name__)
