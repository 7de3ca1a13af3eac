"""Identifiers: the names that manifests give and plugins register."""
