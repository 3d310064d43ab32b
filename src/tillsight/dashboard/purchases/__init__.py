"""The page Purchases: recorded by hand, and listed."""
