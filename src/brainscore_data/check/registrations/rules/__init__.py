"""Rules of registrations: what plugins' ``__init__.py`` pin, read from their source."""
