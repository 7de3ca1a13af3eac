"""What is written down of an item: the bundle, the receipts, the content digest."""
