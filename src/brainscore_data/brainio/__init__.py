"""Drop-in for the parts of brainio that packaging scripts import: the same names, thin."""
