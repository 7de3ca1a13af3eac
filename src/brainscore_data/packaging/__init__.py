"""From a dataset to a bundle: checked first, then the final files and ``bundle.json``."""
