"""The page Explore: any measures by any dimensions, and views that were saved."""
