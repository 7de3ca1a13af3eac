"""How a large file is cut, up to the limits of S3, by arithmetic alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.store.s3.parts import (
    MAX_PARTS,
    OBJECT_BYTES,
    PART_BYTES,
    SPREAD,
    plan_parts,
    salt_of,
)

PART_LIMITS = range(5 * 2**20, 5 * 2**30 + 1)  # of all parts but the last
salts = st.integers(0, 2**256 - 1)


@given(st.integers(1, OBJECT_BYTES), salts)
@example(OBJECT_BYTES, 0)
@example(OBJECT_BYTES, SPREAD - 1)
@example(5 * 2**30 + 1, 0)
@example(MAX_PARTS * PART_BYTES, 0)
@example(MAX_PARTS * PART_BYTES + 1, 0)
def test_parts_are_the_file_and_within_the_limits_of_s3(size, salt):
    plan = plan_parts(size, salt)

    assert 1 <= len(plan) <= MAX_PARTS
    assert [part.number for part in plan] == list(range(1, len(plan) + 1))
    assert plan[0].start == 0
    assert all(one.start + one.size == next_.start for one, next_ in pairwise(plan))
    assert plan[-1].start + plan[-1].size == size
    assert len({part.size for part in plan[:-1]}) <= 1
    assert all(part.size in PART_LIMITS for part in plan[:-1])
    assert 0 < plan[-1].size <= plan[0].size


@given(st.integers(0, 2**70), salts)
def test_what_s3_does_not_take_is_refused(extra, salt):
    with pytest.raises(UsageError, match="5 TiB"):
        plan_parts(OBJECT_BYTES + 1 + extra, salt)


@pytest.mark.parametrize(
    ("size", "parts"), [(200_000_000, 6), (10**9, 16), (10**10, 38), (OBJECT_BYTES, 10_000)]
)
def test_larger_files_go_in_larger_parts(size, parts):
    """What a line that breaks has to send again is 32 MiB, or a sixteenth, and 256 MiB at most."""
    assert len(plan_parts(size, salt=0)) == parts
    assert len(plan_parts(size, salt=SPREAD - 1)) <= parts


@given(st.text(), st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_uploads_of_other_content_or_with_other_metadata_have_another_salt(sha256, metadata, tags):
    salt = salt_of(sha256, metadata, tags)

    assert salt == salt_of(sha256, dict(reversed(metadata.items())), tags)
    others = [
        salt_of(sha256 + "0", metadata, tags),
        salt_of(sha256, {**metadata, "writer": "another"}, tags),
        salt_of(sha256, metadata, {**tags, "visibility": "another"}),
    ]
    assert salt not in others


@given(salts, salts)
def test_the_salt_is_seen_in_the_size_of_the_first_part(one, other):
    sizes = {plan_parts(2**30, salt)[0].size for salt in (one, other)}

    assert len(sizes) == len({one % SPREAD, other % SPREAD})
