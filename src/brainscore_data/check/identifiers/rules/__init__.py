"""Rules of identifiers: the names that manifests give and plugins register."""
