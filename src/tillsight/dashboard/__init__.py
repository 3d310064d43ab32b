"""Door: browser. Pages ask the API over HTTP, as the person who is looking."""
