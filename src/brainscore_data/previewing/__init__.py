"""What reviewers and readers see of data: a screenful of text, Markdown, or one page."""
