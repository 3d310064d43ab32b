"""The page Countries: map, table, and small charts side by side."""
