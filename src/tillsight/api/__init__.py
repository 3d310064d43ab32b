"""Door: HTTP. One file per subject; a route checks access, asks a room and shapes the answer."""
