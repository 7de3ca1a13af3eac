"""Probes, a module for each family: files in, facts out. Nothing here judges."""
