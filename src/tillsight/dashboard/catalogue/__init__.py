"""The page Catalogue: products, their categories and costs."""
