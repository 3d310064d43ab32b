"""The report of a period: what it tells, how that is drawn and written, and the page of it."""
