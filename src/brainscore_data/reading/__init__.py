"""From a store to verified files, and to what is in them."""
