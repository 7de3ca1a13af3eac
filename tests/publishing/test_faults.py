"""A publication that is cut off at any call of the store.

After every one: receipts exist for verified bytes only, running again finishes, and no version
is written twice.
"""

from __future__ import annotations

import hashlib
import itertools

import pytest

from brainscore_data.base.errors import IncompleteError, UsageError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.store.interface import StoreUnavailableError
from brainscore_data.store.local.folder import LocalStore

KEYS = ["stimulus_hvm.zip", "stimulus_hvm.csv", "assy_MajajHong2015.nc"]


@pytest.fixture(params=["folder", "checksums", "no checksums", "no conditions"])
def new_store(request, tmp_path, memory_store):
    numbers = itertools.count()
    return {
        "folder": lambda: LocalStore(tmp_path / f"store-{next(numbers)}"),
        "checksums": memory_store,
        "no checksums": lambda: memory_store(checksums=False),
        "no conditions": lambda: memory_store(conditional=False, checksums=False),
    }[request.param]


@pytest.fixture
def dataset(bundles):
    def at_version(content, replaces=None):
        stimuli = bundles.stimulus_set(
            "hvm",
            b"csv " + content,
            b"zip " + content,
            replaces=replaces and {"csv": replaces[1], "zip": replaces[0]},
        )
        responses = bundles.assembly(
            "MajajHong2015", b"nc " + content, replaces=replaces and replaces[2]
        )
        return bundles.write(stimuli, responses)

    return at_version


def unavailable():
    raise StoreUnavailableError("connection reset")


def objects(receipts):
    return {file.object for part in receipts for item in part.items for file in item.files}


def assert_receipts_hold(store, kept):
    for stored in objects(kept):
        key = stored.key.removeprefix(store.location.prefix)
        with store.open(key, stored.version_id) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == stored.sha256


def publications_cut_off(folder, prepared, failing_store, action, run):
    """Publish once for every call and place, each time to a store of its own."""
    for when in ("before", "after"):
        for number in itertools.count(1):
            store = prepared()
            failing = failing_store(store, number, when, action)
            kept = []
            try:
                publish_bundle(folder, failing, run=run, keep=kept.append)
            except BaseException as error:  # noqa: BLE001 - a killed process is one
                yield store, kept, error
            else:
                if failing.calls < number:
                    break
                yield store, kept, None


def test_a_store_that_stops_answering_is_recovered_from_wherever_it_happens(
    dataset, new_store, failing_store, run, other_run
):
    folder = dataset(b"v1")
    cut_off = 0
    for store, kept, error in publications_cut_off(
        folder, new_store, failing_store, unavailable, run
    ):
        assert error is None or isinstance(error, (IncompleteError, StoreUnavailableError))
        assert error is None or error.exit_code == 3
        cut_off += error is not None
        assert_receipts_hold(store, kept)
        finished = publish_bundle(folder, store, run=other_run)
        assert objects(kept) <= objects([finished.receipts])
        assert [len(store.versions(key)) for key in KEYS] == [1, 1, 1]
    assert cut_off > 6


def test_a_process_that_is_killed_is_recovered_from_wherever_it_happens(
    dataset, new_store, failing_store, killed, run, other_run
):
    folder = dataset(b"v1")

    def kill():
        raise killed

    for store, kept, error in publications_cut_off(folder, new_store, failing_store, kill, run):
        assert isinstance(error, killed)
        assert_receipts_hold(store, kept)
        finished = publish_bundle(folder, store, run=other_run)
        assert objects(kept) <= objects([finished.receipts])
        assert [len(store.versions(key)) for key in KEYS] == [1, 1, 1]


def test_a_replacement_that_is_cut_off_is_recovered_from_wherever_it_happens(
    dataset, failing_store, tmp_path, run, other_run
):
    first = dataset(b"v1")
    template = LocalStore(tmp_path / "first")
    publish_bundle(first, template, run=run)
    numbers = itertools.count()

    def prepared():
        import shutil

        root = tmp_path / f"copy-{next(numbers)}"
        shutil.copytree(tmp_path / "first", root)
        return LocalStore(root)

    second = dataset(b"v2", replaces=[template.stat(key).version_id for key in KEYS])
    for store, kept, _ in publications_cut_off(second, prepared, failing_store, unavailable, run):
        assert_receipts_hold(store, kept)
        finished = publish_bundle(second, store, run=other_run)
        assert objects(kept) <= objects([finished.receipts])
        assert [len(store.versions(key)) for key in KEYS] == [2, 2, 2]


def test_the_receipts_of_finished_items_are_kept_and_the_error_names_them(
    dataset, memory_store, failing_store, run
):
    folder, store = dataset(b"v1"), memory_store()

    class NoAssemblies:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            if write.key.endswith(".nc"):
                unavailable()
            return store.write(write)

    kept = []
    with pytest.raises(IncompleteError, match=r"published so far: hvm") as cut_off:
        publish_bundle(folder, NoAssemblies(), run=run, keep=kept.append)
    assert [item.identifier for part in kept for item in part.items] == ["hvm"]
    assert "run it again" in cut_off.value.hint


def test_half_a_stimulus_set_has_no_receipt(dataset, memory_store, run):
    folder, store = dataset(b"v1"), memory_store()

    class NoTables:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            if write.key.endswith(".csv"):
                raise KeyboardInterrupt
            return store.write(write)

    kept = []
    with pytest.raises(KeyboardInterrupt):
        publish_bundle(folder, NoTables(), run=run, keep=kept.append)
    assert kept == []
    assert store.stat("stimulus_hvm.zip") is not None
    finished = publish_bundle(folder, store, run=run)
    assert len(store.versions("stimulus_hvm.zip")) == 1
    assert len(finished.receipts.items) == 2


def test_a_write_whose_answer_got_lost_is_still_this_runs(dataset, memory_store, run):
    store = memory_store()

    class LosesAnswers:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            store.write(write)
            unavailable()

    published = publish_bundle(dataset(b"v1"), LosesAnswers(), run=run)
    files = [file for item in published.receipts.items for file in item.files]
    assert {file.run.status for file in files} == {"new"}
    assert [len(store.versions(key)) for key in KEYS] == [1, 1, 1]


class TestAReplacementWhoseAnswerGotLost:
    NC = "assy_MajajHong2015.nc"

    @pytest.fixture
    def store(self, memory_store, bundles, run):
        store = memory_store()
        publish_bundle(bundles.write(bundles.assembly("MajajHong2015", b"v1")), store, run=run)
        return store

    @pytest.fixture
    def corrected(self, store, bundles):
        first = store.stat(self.NC).version_id
        return bundles.write(bundles.assembly("MajajHong2015", b"v2", replaces=first))

    @staticmethod
    def losing(store, *, arrives):
        class LosesAnswers:
            def __getattr__(self, name):
                return getattr(store, name)

            def write(self, write):
                if arrives:
                    store.write(write)
                unavailable()

        return LosesAnswers()

    def test_is_this_runs_if_it_arrived(self, store, corrected, run):
        published = publish_bundle(corrected, self.losing(store, arrives=True), run=run)
        assert published.receipts.items[0].nc.run.status == "replaced"
        assert len(store.versions(self.NC)) == 2

    def test_was_not_taken_if_the_earlier_version_is_still_the_latest(self, store, corrected, run):
        with pytest.raises(IncompleteError, match="did not take the file"):
            publish_bundle(corrected, self.losing(store, arrives=False), run=run)


def test_after_a_lost_answer_tags_that_cannot_be_read_do_not_make_a_version_ours(
    bundles, memory_store, run
):
    store = memory_store()

    class LosesAnswersAndHidesTags:
        def __getattr__(self, name):
            return getattr(store, name)

        def write(self, write):
            store.put_by_hand(write.key, b"rates")  # another run was first
            unavailable()

        def tags(self, key, version_id=None):
            raise UsageError("you may not s3:GetObjectTagging")

    folder = bundles.write(bundles.assembly("MajajHong2015", b"rates"))
    published = publish_bundle(folder, LosesAnswersAndHidesTags(), run=run)
    said = published.receipts.items[0].nc.run
    assert (said.status, said.guard) == ("unchanged", None)
