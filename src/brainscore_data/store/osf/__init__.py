"""A project at OSF as a store."""
