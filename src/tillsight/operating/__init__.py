"""Keeping a shop in order: what is kept, for how long, and what is told and forgotten of whom."""
