"""Coverage-guided fuzzing of the parsers that are ours, by hand: ``python -m tests.fuzz.harnesses``."""
