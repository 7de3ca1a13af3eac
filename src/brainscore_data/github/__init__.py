"""The GitHub Action: from an event to receipts on a pull request."""
