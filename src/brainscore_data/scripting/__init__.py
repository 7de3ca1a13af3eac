"""Run a contributor's packaging script, and make a bundle of what it would have uploaded."""
