"""The page Products: which of them make the revenue, which fall, and each by itself."""
