"""Images, videos and sounds: what they are by content, and whether they decode to the end."""
