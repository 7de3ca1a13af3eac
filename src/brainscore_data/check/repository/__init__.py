"""Repository: what git, a wheel and the public can see."""
