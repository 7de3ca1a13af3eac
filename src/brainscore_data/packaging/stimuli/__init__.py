"""Stimulus sets, written as a csv and a zip."""
