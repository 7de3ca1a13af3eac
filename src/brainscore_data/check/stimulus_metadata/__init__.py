"""Stimulus metadata: the csv of a stimulus set."""
