"""Tell a bucket that is one slip away from one that the repository uses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.naming import one_edit_apart


@contextlib.contextmanager
def suggesting_buckets(
    store: str, *, near: Path | None = None, refuse: bool = False
) -> Iterator[None]:
    """Name the bucket that was probably meant, if the one of `store` is not there.

    `refuse` one that is a slip away from one of ``allowed-buckets``, before anything is asked of it:
    it may exist, and be somebody else's.
    """
    from brainscore_data.store.s3.errors import NoSuchBucketError

    if not store.startswith("s3://"):
        yield
        return
    bucket = store.removeprefix("s3://").partition("/")[0]
    folder = near or Path()
    if refuse and (meant := _slip(bucket, _allowed(folder))):
        raise UsageError(
            f"the bucket {bucket!r} is not {meant!r}, which this repository's allowed-buckets names",
            where=store,
            hint=f"if {meant!r} is meant, write s3://{meant}; if not, add {bucket!r} to "
            "allowed-buckets in pyproject.toml",
        )
    try:
        yield
    except NoSuchBucketError as error:
        with contextlib.suppress(UsageError):  # of the settings, which are not what is wrong here
            if meant := _slip(bucket, {*_allowed(folder), *_registered(folder)}):
                error.hint = f"did you mean s3://{meant}? Check also the endpoint"
        raise


def _slip(bucket: str, known: set[str]) -> str | None:
    """Find the known bucket that is one edit away; none if the bucket itself is known."""
    if bucket in known:
        return None
    return next((each for each in sorted(known) if one_edit_apart(bucket, each)), None)


def _allowed(folder: Path) -> set[str]:
    from brainscore_data.check.engine.configuration import configured

    return {_bucket(each) for each in configured([folder]).settings.allowed_buckets}


def _registered(folder: Path) -> set[str]:
    from brainscore_data.base.repository import find_repository
    from brainscore_data.plugins.registered import read_registered

    repository = find_repository(folder)
    if repository is None:
        return set()
    pins = (each.pin for each in read_registered(repository).stimulus_sets)
    return {_bucket(pin.store) for pin in pins if pin is not None}


def _bucket(store: str) -> str:
    return store.removeprefix("s3://").partition("/")[0]
