"""What a server says too little of, or wrongly, after a write."""

from __future__ import annotations

import pytest
import wire_faults as faults
from in_parts import KEY, METADATA, TAGS, at, create, every, operations, read
from wire_servers import loses_the_last_part, tells_no_version

from brainscore_data.base.errors import DataError
from brainscore_data.store.interface import Capabilities, StoreUnavailableError
from brainscore_data.store.s3.capabilities import Findings
from brainscore_data.store.write import Write

pytestmark = pytest.mark.usefixtures("small_parts", "as_aws")


@pytest.fixture(params=["one piece", "parts"])
def path(request, source):
    return source if request.param == "one piece" else request.getfixturevalue("large")


@pytest.fixture
def their_bytes_on_top(client, bucket):
    def write(request, answer):
        client.put_object(Bucket=bucket, Key=f"brainio/{KEY}", Body=b"theirs")

    return write


def test_a_version_id_that_is_not_in_the_answer_is_asked_for(through, wire, path):
    wire.server.insert(0, tells_no_version)

    created = create(through, path)

    assert created.version_id
    assert [created] == through.versions(KEY)
    assert read(through, created.version_id) == path.read_bytes()


def test_anothers_version_is_not_taken_for_the_one_whose_id_was_not_told(
    through, wire, path, their_bytes_on_top
):
    wire.server.insert(0, tells_no_version)
    wire.after = lambda request, answer: (
        their_bytes_on_top(request, answer)
        if request.operation in {"PutObject", "CompleteMultipartUpload"}
        else None
    )

    with pytest.raises(StoreUnavailableError, match="not known whether it is what is there now"):
        create(through, path)


def test_a_version_that_may_not_be_looked_at_is_not_known_to_be_ours(through, wire, path):
    wire.server.insert(0, tells_no_version)
    seen = []

    def refuse(request):
        seen.append(request.operation)
        written = {"PutObject", "CompleteMultipartUpload"} & set(seen)
        reads = request.operation in {"HeadObject", "GetObject"}
        return wire.error(403, "AccessDenied", "no") if reads and written else None

    wire.before = refuse

    with pytest.raises(StoreUnavailableError, match="the program cannot look at it"):
        create(through, path)


def test_a_version_with_other_bytes_than_were_sent_is_told(through, wire, large):
    """The answer has no checksum that could be compared, so the size is looked at."""

    def silent(request, ask):
        answer = loses_the_last_part(request, ask)
        if request.operation == "CompleteMultipartUpload":
            before, _, rest = answer.body.partition(b"<ChecksumCRC32>")
            answer.body = before + rest.partition(b"</ChecksumCRC32>")[2]
        return answer

    wire.server.append(silent)

    with pytest.raises(DataError, match="other bytes than it was sent") as error:
        create(through, large)
    assert through.stat(KEY).version_id in str(error.value)


def test_a_checksum_counts_only_where_an_upload_is_known_to_be_completed_at_once(
    through, wire, large, source, monkeypatch
):
    known = Capabilities(writable=True, versioning="enabled", completes_at_once=False)
    monkeypatch.setitem(vars(through), "findings", Findings(known))

    assert create(through, large).sha256 is None
    assert through.stat(KEY).sha256 is None
    assert through.write(Write("stimulus_hvm.csv", source)).sha256 is not None


def test_after_a_lost_answer_tags_that_cannot_be_read_make_no_version_ours(through, wire, large):
    wire.after = at("complete", lambda request, answer: wire.LOST)
    wire.before = at("complete", lambda request: wire.error(412, "PreconditionFailed"), number=2)
    wire.faults = [
        faults.AtCall(1, faults.answers(403, "AccessDenied"), "GetObjectTagging", onwards=True)
    ]

    with pytest.raises(StoreUnavailableError, match="this run or by another"):
        through.write(Write(KEY, large, METADATA, {**TAGS, "run": "1"}))


def test_an_answer_without_tags_has_none(through, wire, source):
    """As Ceph's gateway answers for a file that was sent in parts."""
    created = through.write(Write(KEY, source, METADATA, TAGS))

    def leave_out(request, answer):
        if request.operation == "GetObjectTagging":
            answer.body = b'<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
            answer.headers.pop("Content-Length", None)

    wire.after = leave_out

    assert through.tags(KEY, created.version_id) == {}


@pytest.mark.parametrize("fault", [faults.error_inside, faults.expired, faults.clock_skew])
def test_a_fault_that_passes_takes_nothing_from_what_is_said_of_a_version(
    through, wire, source, fault
):
    created = through.write(Write(KEY, source, METADATA, TAGS))
    assert created.sha256 is not None
    wire.faults = [faults.AtCall(1, fault, "HeadObject")]

    assert through.stat(KEY, created.version_id) == created


def test_a_server_that_goes_on_answering_nothing_is_out_of_order(through, wire, source):
    created = through.write(Write(KEY, source, METADATA, TAGS))
    wire.before = every("head", lambda request: wire.error(200, "InternalError"))
    wire.requests.clear()

    with pytest.raises(StoreUnavailableError, match="out of order"):
        through.stat(KEY, created.version_id)
    assert operations(wire).count("head") > 1
