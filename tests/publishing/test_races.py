"""Two publishers at once: both end with one answer, whichever call they meet at."""

from __future__ import annotations

import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from brainscore_data.base.errors import BrainScoreDataError, DataError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.local.folder import LocalStore

KEYS = ["stimulus_hvm.zip", "stimulus_hvm.csv", "assy_MajajHong2015.nc"]

PUBLISH = """
import sys
from pathlib import Path
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.store.urls import open_store
sys.stdin.read(1)
try:
    published = publish_bundle(Path(sys.argv[1]), open_store(sys.argv[2]), run=Run("one", "now"))
except BrainScoreDataError as error:
    print(error)
    raise SystemExit(error.exit_code)
for item in published.receipts.items:
    for file in item.files:
        print(file.object.model_dump_json())
"""


@pytest.fixture
def dataset(bundles):
    def of(content):
        return bundles.write(
            bundles.stimulus_set("hvm", b"csv " + content, b"zip " + content),
            bundles.assembly("MajajHong2015", b"nc " + content),
        )

    return of


def objects(published):
    return [file.object for item in published.receipts.items for file in item.files]


@pytest.mark.parametrize("conditional", [True, False])
def test_the_same_dataset_published_twice_at_once_gives_equal_receipts(
    dataset, memory_store, failing_store, run, other_run, conditional
):
    folder = dataset(b"v1")
    for number in itertools.count(1):
        store, theirs = memory_store(conditional=conditional), []

        def publish_in_between(store=store, theirs=theirs):
            theirs.append(publish_bundle(folder, store, run=other_run))

        meeting = failing_store(store, number, "before", publish_in_between)
        ours = publish_bundle(folder, meeting, run=run)
        if meeting.calls < number:
            break
        assert objects(ours) == objects(theirs[0])
        assert [len(store.versions(key)) for key in KEYS] == [1, 1, 1]


def test_of_different_content_exactly_one_wins_and_the_other_is_told_who(
    dataset, memory_store, failing_store, run, other_run
):
    one, other = dataset(b"one"), dataset(b"other")
    for number in itertools.count(1):
        store, told = memory_store(), []

        def publish_in_between(store=store, told=told):
            try:
                publish_bundle(other, store, run=other_run)
            except DataError as error:
                told.append(str(error))

        meeting = failing_store(store, number, "before", publish_in_between)
        try:
            publish_bundle(one, meeting, run=run)
        except DataError as error:
            told.append(str(error))
        if meeting.calls < number:
            break
        assert len(told) == 1
        assert "uploaded by" in told[0]
        contents = {store.open(key).read().split()[1] for key in KEYS}
        assert len(contents) == 1
        assert [len(store.versions(key)) for key in KEYS] == [1, 1, 1]


@pytest.mark.parametrize("contents", [(b"v1", b"v1"), (b"one", b"other")])
def test_threads_that_publish_to_one_folder(dataset, tmp_path, contents):
    folders = [dataset(content) for content in contents]
    for round_number in range(10):
        root, barrier = tmp_path / f"store-{round_number}", Barrier(2)

        def publish(folder, root=root, barrier=barrier):
            barrier.wait()
            try:
                return objects(publish_bundle(folder, LocalStore(root), run=Run("one", "now")))
            except BrainScoreDataError as error:
                return error

        with ThreadPoolExecutor(2) as threads:
            results = list(threads.map(publish, folders))
        assert [len(LocalStore(root).versions(key)) for key in KEYS] == [1, 1, 1]
        if len(set(contents)) == 1:
            assert results[0] == results[1]
        else:
            assert sorted(isinstance(result, DataError) for result in results) == [False, True]


@pytest.mark.parametrize("contents", [(b"v1", b"v1"), (b"one", b"other")])
def test_processes_that_publish_to_one_folder(dataset, tmp_path, contents):
    url = (tmp_path / "store").as_uri()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISH, str(dataset(content)), url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for content in contents
    ]
    for process in processes:
        process.stdin.write("g")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in processes]
    codes = sorted(process.returncode for process in processes)
    if len(set(contents)) == 1:
        assert codes == [0, 0]
        assert outputs[0] == outputs[1]
    else:
        assert codes == [0, 1]
        assert any("one" in output and "other content" in output for output in outputs)
