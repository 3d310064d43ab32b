"""What the mails about accounts are called; what they say stands in `letters/`."""

from tillsight import languages
from tillsight.accounts.models import Purpose

SUBJECTS = {
    Purpose.verify: "Confirm your address for {shop}",
    Purpose.reset: "A new password for {shop}",
    Purpose.invite: "Your invitation to {shop}",
}
languages.translate(__name__)
