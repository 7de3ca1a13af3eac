"""Stimulus sets: their stimuli listed and opened, and what readers make of their csv."""
