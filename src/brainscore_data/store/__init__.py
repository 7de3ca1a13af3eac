"""Where bundles are published: one small interface, and what stands behind it."""
