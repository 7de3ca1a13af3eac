"""From a dataset to a bundle: the final files and ``bundle.json``."""
