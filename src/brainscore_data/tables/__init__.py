"""Tables, from csv to Excel and MATLAB: read as they are, and typed as Brain-Score's readers do."""
