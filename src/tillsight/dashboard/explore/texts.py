"""What the page Explore, saved views and pinned ones say."""

EXPLORE = "Explore"
