"""A folder of any https host, or what an archive has under a DOI, as a store: it is only read."""
