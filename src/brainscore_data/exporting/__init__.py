"""A dataset in the words of others: Croissant, DataCite and CITATION.cff."""
