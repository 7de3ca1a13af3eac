"""From receipts to the registrations in a plugin's ``__init__.py``."""
