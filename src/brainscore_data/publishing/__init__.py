"""From a bundle to versions in a store, and a receipt for each. Never parses data."""
