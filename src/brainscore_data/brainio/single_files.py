"""Publish one file that is no item of a bundle: what `upload_to_s3` is given."""

from __future__ import annotations
