"""A store of a new kind: its folder, and one line in `store.urls`."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import click
import memory_kind
import pytest
from published_data import CSV, STIMULI, zipped

import brainscore_data
from brainscore_data.auditing.audit import audit
from brainscore_data.base.errors import UsageError
from brainscore_data.cli import main
from brainscore_data.cli.options import credential_options
from brainscore_data.github.tasks.task import store_options
from brainscore_data.plugins.registered import read_registered
from brainscore_data.plugins.render import render_registrations
from brainscore_data.store import urls

URL = "memory://lab"


@pytest.fixture(autouse=True)
def one_line(monkeypatch):
    monkeypatch.setitem(urls.KINDS, "memory://", "memory_kind")
    monkeypatch.setattr(memory_kind, "KEPT", {})
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:  # a command has the options that there are at its import
        if name.startswith("brainscore_data.cli."):
            del sys.modules[name]


@pytest.fixture
def folder(bundles, rates_nc):
    return bundles.write(
        bundles.stimulus_set("hvm", CSV, zipped(STIMULI)),
        bundles.assembly("MajajHong2015", rates_nc, stimulus_set="hvm"),
    )


@pytest.fixture
def plugin(folder, tmp_path):
    """Publish, and register what was published."""
    receipts = brainscore_data.publish(folder, URL).receipts
    path = tmp_path / "lab" / "brainscore_vision" / "data" / "majajhong2015" / "__init__.py"
    path.parent.mkdir(parents=True)
    path.write_text(render_registrations(receipts, folder=path.parent.as_posix()))
    return path


def test_is_published_to_and_looked_up_and_loaded_and_verified(folder, cache):
    published = brainscore_data.publish(folder, URL)

    assert [file.object.store for item in published.receipts.items for file in item.files] == [
        URL
    ] * 3
    (found,) = brainscore_data.lookup("MajajHong2015", store=URL)
    assert (found.store, found.latest, found.verified) == (URL, True, "store checksum")
    assert brainscore_data.load_assembly("MajajHong2015", store=URL).shape == (2, 3)
    assert brainscore_data.verify(published.receipts) == []


def test_is_registered_by_a_form_that_reaches_it_and_audited(plugin):
    assert f'store="{URL}"' in plugin.read_text()
    assert read_registered(plugin.parents[3]).find("hvm").pin.store == URL

    audited = audit(plugin.parents[3], [URL], endpoint_url="http://localhost:9")

    assert [(each.content, each.problems) for each in audited.compared] == [("same", ())] * 3
    assert (audited.failed, audited.not_audited) == ((), ())


def test_answers_for_its_preflight(capsys):
    assert main(["store", "check", URL]) == 0
    assert "it is in memory" in capsys.readouterr().out


def test_has_its_options_in_the_commands_and_its_inputs_in_the_action():
    command = click.command()(credential_options(lambda **_: None))
    assert "shelf" in {parameter.name for parameter in command.params}

    job = SimpleNamespace(inputs=SimpleNamespace(shelf="b"))
    assert store_options(job, URL) == {"shelf": "b"}
    assert urls.open_store(URL, shelf="b").location.url == f"{URL}b"
    with pytest.raises(UsageError, match="shelf: that is for memory only"):
        urls.open_store("file:///srv/store", shelf="b")
    with pytest.raises(UsageError, match="endpoint url: that is for S3 and OSF only"):
        urls.open_store(URL, endpoint_url="http://localhost:9")


def test_is_named_where_a_store_is_misspelt():
    with pytest.raises(UsageError) as error:
        urls.open_store("")
    assert error.value.hint.endswith("https://host/folder, doi:10.…/… or memory://name")
    with pytest.raises(UsageError) as error:
        urls.open_store("Lab")
    assert error.value.hint.endswith("; for the memory, write memory://Lab")
