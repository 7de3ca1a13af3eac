"""ETags are compared with the bytes where they are made of them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscore_data.store.s3 import integrity as etags
from brainscore_data.store.s3.integrity import ETagCheck


def md5(content):
    return hashlib.md5(content, usedforsecurity=False)


def in_parts(content, size):
    sums = [md5(content[start : start + size]).digest() for start in range(0, len(content), size)]
    return f'"{md5(b"".join(sums)).hexdigest()}-{len(sums)}"'


@given(content=st.binary(max_size=60), cut=st.integers(1, 25), part=st.integers(1, 20))
def test_an_etag_is_that_of_its_bytes_and_of_no_others(content, cut, part):
    whole = md5(content).hexdigest()
    said = [f'"{whole}"', whole]
    if content:
        said.append(in_parts(content, part))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(etags, "BOTO3_PART_BYTES", part)
        for etag in said:
            for right in (True, False):
                read = content if right else content + b"!"
                check = ETagCheck(etag, len(content))
                for start in range(0, len(read), cut):
                    check.update(read[start : start + cut])
                assert check.agrees == right


@pytest.mark.parametrize("etag", [None, "", '"kms"', '"0123"', f'"{"a" * 32}-7"'])
def test_an_etag_that_says_nothing_agrees_with_nothing(etag):
    check = ETagCheck(etag, 3)
    check.update(b"abc")
    assert not check.agrees
