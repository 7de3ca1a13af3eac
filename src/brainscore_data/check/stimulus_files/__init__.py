"""Stimulus files: the images, videos and sounds of a stimulus set."""
