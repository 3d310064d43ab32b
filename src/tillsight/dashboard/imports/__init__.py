"""The page Imports: files handed in, and what was loaded."""
