"""Brain-Score's plugins and their registrations: parsed, rendered, decided, edited."""
