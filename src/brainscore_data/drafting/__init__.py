"""A first ``dataset.toml``, guessed from what is in a folder."""
