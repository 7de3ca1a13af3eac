"""Assemblies as a manifest gives them: netCDF, an array with tables, or a table of trials."""
