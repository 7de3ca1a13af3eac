"""Where bundles are published: one small interface, and behind it a folder or a bucket."""
