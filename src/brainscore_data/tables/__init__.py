"""Tables, in csv and parquet: read as they are, and typed as Brain-Score's readers type them."""
