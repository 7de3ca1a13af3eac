"""What every room stands on: errors and their place, text, files, progress, git."""
