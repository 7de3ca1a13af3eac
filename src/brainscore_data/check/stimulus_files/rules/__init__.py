"""BSD3: the files of stimulus sets."""
