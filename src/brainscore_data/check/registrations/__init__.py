"""Registrations: what plugins pin, and the receipts that they are made from."""
