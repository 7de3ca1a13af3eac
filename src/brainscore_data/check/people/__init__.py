"""People: what would tell who took part, found and taken out."""
