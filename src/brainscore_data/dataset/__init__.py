"""A dataset as its contributor has it: ``dataset.toml`` and the files it names."""
