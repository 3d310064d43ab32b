"""What comes next: series, calendar, models, backtests, customer lifetime value."""
