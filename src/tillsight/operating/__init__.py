"""What the person on call needs: backups, and telling whether a home is whole."""
