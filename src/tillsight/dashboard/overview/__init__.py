"""The page Overview: figures and rankings."""
