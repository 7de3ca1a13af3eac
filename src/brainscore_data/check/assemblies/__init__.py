"""Assemblies: the measurements, and their coordinates."""
