"""The page Customers: segments, lifetime value, and one customer."""
