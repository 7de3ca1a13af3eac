"""Rules, a module for each family: facts in, violations out."""
