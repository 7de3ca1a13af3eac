"""Asking servers over https: guarded, in time, and anonymous but for a token for its host."""
