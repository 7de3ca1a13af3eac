"""Rules about assemblies."""
