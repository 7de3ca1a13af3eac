"""Drop-in for brainio: the names that scripts import to package, to upload and to load; thin."""
