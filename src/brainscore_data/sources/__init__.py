"""Files that are too large for git: pinned by their hash, fetched when they are needed."""
