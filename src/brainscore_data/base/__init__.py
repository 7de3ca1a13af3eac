"""What every room stands on: errors and their place, text, Markdown, files, progress, git."""
