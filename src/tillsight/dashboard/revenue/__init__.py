"""The page Revenue: its course, its growth, and when in the week, the year and on which day."""
