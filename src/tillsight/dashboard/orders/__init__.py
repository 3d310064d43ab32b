"""The page Orders: what is behind a number."""
