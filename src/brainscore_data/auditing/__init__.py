"""Compare what a repository's registrations pin with what their stores hold."""
