"""What whoever keeps the server running needs: how it is, and what is done to it."""
