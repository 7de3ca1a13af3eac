"""What S3's answers say of an object."""

from __future__ import annotations

from brainscore_data.store.s3.objects import own_sha256


def test_a_crc32_vouches_for_the_sha256_that_its_writer_said_it_belongs_to_and_no_other():
    said = {"crc32": "Myuvag==", "sha256": "ab"}
    assert own_sha256({"ChecksumCRC32": "Myuvag==", "Metadata": said}) == "ab"
    assert own_sha256({"ChecksumCRC32": "AAAAAA==", "Metadata": said}) is None
