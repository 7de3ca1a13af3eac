"""Assemblies: opened from what contributors have."""
