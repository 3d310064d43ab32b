"""Formats of files: how each becomes plain text with commas. One file each."""
