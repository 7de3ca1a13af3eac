"""The engine: settings and subjects in, findings out; it knows no family but by name."""
