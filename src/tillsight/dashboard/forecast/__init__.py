"""The page Forecast: what is to come, by which method, and what is known of the days."""
