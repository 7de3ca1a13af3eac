"""Rules of the repository: what lies in it, what git has of it, and who can see it."""
