"""What is written down of an item: bundle, receipts, a script's uploads, the content digest."""
