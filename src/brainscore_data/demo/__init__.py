"""An example dataset that the program makes itself, for a first try without any data."""
