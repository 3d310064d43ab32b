"""Looking after a server: what an operator does and asks, whichever door it is asked through."""
