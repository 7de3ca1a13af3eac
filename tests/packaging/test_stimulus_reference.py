"""An assembly over a stimulus set that the repository registers already."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from pictures import png

import brainscore_data
from brainscore_data.base.errors import DataError
from brainscore_data.packaging import stimulus_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from published_to_s3 import OnS3

    from brainscore_data.records.bundle import Bundle

ASSEMBLY = """
[[assembly]]
identifier = "Doe2026"
visibility = "public"
class = "NeuroidAssembly"
stimulus_set = "Base2020"
values = "values.npy"
dims = ["presentation", "neuroid"]
coords = { presentation = "presentations.csv", neuroid = "neuroids.csv" }
"""


class Repository(NamedTuple):
    """A Brain-Score repository that registers a stimulus set, and a plugin with an assembly."""

    base: Path
    plugin: Path
    on_s3: OnS3

    def register(self, registration: str) -> None:
        (self.base / "__init__.py").write_text(registration)

    def write(self, ids: list[str]) -> None:
        np.save(self.plugin / "values.npy", np.arange(2.0 * len(ids)).reshape(-1, 2))
        rows = "".join(f"{name},{number}\n" for number, name in enumerate(ids))
        (self.plugin / "presentations.csv").write_text("stimulus_id,trial\n" + rows)
        (self.plugin / "neuroids.csv").write_text("neuroid_id,region\na,V4\nb,IT\n")
        head = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n'
        (self.plugin / "dataset.toml").write_text(head + ASSEMBLY)

    def package(self) -> Bundle:
        return brainscore_data.package(self.plugin, self.plugin.parent / "bundle")


@pytest.fixture
def repository(
    tmp_path: Path, publish_to_s3: Callable[..., OnS3], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    root = tmp_path / "vision"
    base, plugin = (root / "brainscore_vision" / "data" / name for name in ("base2020", "doe2026"))
    for folder in (base / "stimuli", plugin):
        folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (base / "stimuli.csv").write_text("stimulus_id,filename,object\nn0,a.png,cup\nn1,b.png,dog\n")
    for name in ("a.png", "b.png"):
        (base / "stimuli" / name).write_bytes(png(ord(name[0])))
    items = """
        [[stimulus_set]]
        identifier = "Base2020"
        visibility = "public"
        metadata = "stimuli.csv"
        files = "stimuli"
        """
    on_s3 = publish_to_s3(base, items)
    # Whoever packages has not published it and has nothing of it.
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "another-cache"))
    monkeypatch.setattr(stimulus_reference, "_PATIENCE", 60.0)  # a busy machine answers late
    (base / "dataset.toml").unlink()
    repository = Repository(base, plugin, on_s3)
    repository.register(on_s3.registration())
    return repository


@pytest.fixture
def nobody_listens(closed_port: int) -> str:
    """The address of a server that is not there."""
    return f"http://127.0.0.1:{closed_port}"


@pytest.fixture
def nobody_answers() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent


@pytest.mark.parametrize("form", ["s3", "own"])
def test_its_ids_are_compared_by_the_pin(
    form: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.register(repository.on_s3.registration(form))
    if form == "own":  # says itself where the server is
        monkeypatch.delenv("AWS_ENDPOINT_URL")
    repository.write(["n1", "n0", "n1"])
    bundle = repository.package()
    assert bundle.notices == []
    assert bundle.items[0].stimulus_set == "Base2020"
    repository.write(["n1", "n7"])
    with pytest.raises(DataError, match="'n7'"):
        repository.package()


def test_readers_merge_it_as_the_repository_registers_it(
    repository: Repository, publish_to_s3: Callable[..., OnS3]
) -> None:
    repository.write(["n1", "n0", "n1"])
    on_s3 = publish_to_s3(repository.plugin, ASSEMBLY)
    both = repository.on_s3.registration() + on_s3.registration()
    source = "data, _ = plugin(registration)\nresult = describe(data['Doe2026']())"
    loaded = on_s3.reader.run(source, env=on_s3.environment, registration=both)
    assert loaded["coords"]["object"]["values"] == ["dog", "cup", "dog"]
    assert loaded["attrs"]["stimulus_set_identifier"] == "Base2020"
    assert loaded["attrs"]["stimulus_set"]["identifier"] == "Base2020"


def test_a_name_that_nobody_registers_is_an_error_that_knows_a_similar_one(
    repository: Repository,
) -> None:
    repository.write(["n0"])
    manifest = repository.plugin / "dataset.toml"
    manifest.write_text(manifest.read_text().replace('"Base2020"', '"Base2000"'))
    with pytest.raises(DataError, match=r"'Base2000' is neither(.|\n)*Base2020"):
        repository.package()


def test_offline_it_is_packaged_and_said_that_ids_were_not_compared(
    repository: Repository, nobody_listens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody_listens)
    repository.write(["n1", "n7"])
    (notice,) = repository.package().notices
    assert "stimulus ids were not compared with those of stimulus set 'Base2020'" in notice
    assert "no whole answer from the server" in notice


def test_a_network_that_swallows_everything_is_asked_twice_for_a_few_seconds(
    repository: Repository, nobody_answers: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stimulus_reference, "_PATIENCE", 0.2)
    host, port = nobody_answers.getsockname()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    repository.write(["n1", "n7"])
    (notice,) = repository.package().notices
    assert "not compared" in notice
    nobody_answers.setblocking(False)
    for _ in range(2):
        nobody_answers.accept()[0].close()
    with pytest.raises(BlockingIOError):
        nobody_answers.accept()


def test_offline_what_was_fetched_before_is_compared(
    repository: Repository, nobody_listens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(["n1", "n0"])
    repository.package()
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody_listens)
    repository.write(["n1", "n7"])
    with pytest.raises(DataError, match="'n7'"):
        repository.package()


def test_a_pin_that_only_running_the_plugin_would_tell_is_said(repository: Repository) -> None:
    repository.register('stimulus_set_registry["Base2020"] = lambda: load(*PINS["Base2020"])\n')
    repository.write(["n7"])
    (notice,) = repository.package().notices
    assert "base2020/__init__.py:1 does not say literally where it is" in notice


def test_a_csv_that_is_not_the_pinned_one_is_said(repository: Repository) -> None:
    sha1 = repository.on_s3.receipt("Base2020").csv.object.sha1
    repository.register(repository.on_s3.registration().replace(sha1, "0" * 40))
    repository.write(["n7"])
    (notice,) = repository.package().notices
    assert "not compared" in notice
    assert sha1 in notice
