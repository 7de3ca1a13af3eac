"""How long things take, and how much memory, beside what was there before.

``python -m bench --case k`` and so on, from the repository's root.
"""
