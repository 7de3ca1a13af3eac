"""Tables as people have them: read as they are, and typed as Brain-Score's readers type them."""
