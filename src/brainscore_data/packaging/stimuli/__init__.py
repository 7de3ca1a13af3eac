"""Stimulus sets: a csv and the files that it lists."""
