"""A dataset as its contributor has it: ``dataset.toml``, the files it names, its identifiers."""
