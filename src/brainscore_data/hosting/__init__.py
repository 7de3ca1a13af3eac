"""For those who look after a store: who can read what is in it, and since when."""
