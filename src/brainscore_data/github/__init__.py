"""The GitHub Action: from an event to findings and receipts on a pull request."""
