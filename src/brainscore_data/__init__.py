"""Check, package and publish Brain-Score data."""
