"""A dask cluster that is there already: its workers carry out calls, each in a cage of its own."""
