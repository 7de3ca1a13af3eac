"""Somebody swaps stimuli for links to outside while their set is packaged: nothing of it is taken."""

from __future__ import annotations

import threading
import zipfile

import pytest

from brainscore_data.base import door
from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.place import Place
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.packaging.one_item import Located, package_item

OURS, SECRET = b"aaaaaa", b"secret"
MANIFEST = """
schema = 1
[dataset]
license = "MIT"
[[stimulus_set]]
identifier = "Doe2024"
visibility = "public"
metadata = "stimuli.csv"
files = "{files}"
"""


@pytest.mark.parametrize("in_zip", [False, True], ids=["folder", "zip"])
def test_nothing_from_outside_is_packaged_while_stimuli_are_swapped(tmp_path, in_zip):
    if not door._WALKS:
        pytest.skip("who has no descriptors of folders may be outrun")
    root, outside, target = tmp_path / "set", tmp_path / "outside", tmp_path / "bundle"
    for folder, content in ((root, OURS), (outside, SECRET)):
        (folder / "stimuli").mkdir(parents=True)
        (folder / "stimuli" / "a.png").write_bytes(content)
        with zipfile.ZipFile(folder / "stimuli.zip", "w") as archive:
            archive.writestr("a.png", content)
    target.mkdir()
    files = "stimuli.zip" if in_zip else "stimuli"
    (root / "stimuli.csv").write_text("stimulus_id,filename\na,a.png\n")
    (root / "dataset.toml").write_text(MANIFEST.format(files=files))
    (item,) = load_dataset(root).manifest.stimulus_sets
    paths = {item.metadata: root / item.metadata, item.files: root / item.files}
    located = Located(root, Place(str(root)), paths)
    swapped = "stimuli.zip" if in_zip else "stimuli/a.png"
    end = threading.Event()

    def swap() -> None:
        path, spare, evil = root / swapped, root / "spare", root / "evil"
        ours = path.read_bytes()
        while not end.is_set():
            evil.symlink_to(outside / swapped)
            spare.write_bytes(ours)
            evil.replace(path)
            spare.replace(path)

    swapping = threading.Thread(target=swap)
    swapping.start()
    packaged, refused = set(), 0
    try:
        for _ in range(200):
            try:
                package_item(item, located, target, 1)
            except (BrainScoreDataError, OSError):
                refused += 1
                continue
            with zipfile.ZipFile(target / "stimulus_Doe2024.zip") as archive:
                packaged.add(archive.read("a.png"))
            if packaged and refused > 20:
                break
    finally:
        end.set()
        swapping.join()
    assert packaged <= {OURS}
    assert refused
