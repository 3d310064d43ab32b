"""What the numbers mean: the catalogue of measures and dimensions, and the one query."""
