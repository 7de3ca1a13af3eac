"""Assemblies as netCDF-4 that every reader opens."""
