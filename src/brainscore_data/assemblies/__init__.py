"""Assemblies: opened from what contributors have, and what readers rely on in them."""
