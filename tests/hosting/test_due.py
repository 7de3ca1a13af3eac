"""Embargoes: what is due is listed, and nothing is opened."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.reading import parse_manifest
from brainscore_data.hosting.due import due_items
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import save_receipts
from brainscore_data.store.local.folder import LocalStore

RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
MANIFEST = """\
schema = 1
[dataset]
license = "CC-BY-4.0"
[[assembly]]
identifier = "{identifier}"
visibility = "{visibility}"
{more}
class = "NeuroidAssembly"
data = "a.nc"
"""


def manifest(identifier="Kar2019", visibility="private", more="embargo = 2027-03-01"):
    return MANIFEST.format(identifier=identifier, visibility=visibility, more=more)


def read(text):
    return parse_manifest(tomllib.loads(text), "dataset.toml")


def test_an_embargo_is_a_day_of_a_private_item():
    assert read(manifest()).assemblies[0].embargo == date(2027, 3, 1)
    assert read(manifest(more="")).assemblies[0].embargo is None


@pytest.mark.parametrize(
    ("visibility", "more", "said"),
    [
        ("public", "embargo = 2027-03-01", 'it needs visibility = "private"'),
        ("private", 'embargo = "2027-03-01"', "must be a date, without quotes"),
        ("private", "embargo = 2027-03-01T08:00:00", "and without a time"),
    ],
)
def test_anything_else_is_one_message(visibility, more, said):
    with pytest.raises(DataError, match=said):
        read(manifest(visibility=visibility, more=more))


@pytest.fixture
def repository(bundles, tmp_path):
    """Give a function that publishes a dataset of a checkout, whose embargo ends on a day."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    store = LocalStore(tmp_path / "store")

    def publish(day, identifier="Kar2019", **facts):
        folder = tmp_path / "repository" / identifier
        folder.mkdir(exist_ok=True)
        facts = {"visibility": "private", "embargo": day} | facts
        bundle = bundles.write(bundles.assembly(identifier, b"nc", **facts))
        done = publish_bundle(bundle, store, run=RUN)
        save_receipts(done.receipts, folder / "receipts.json")
        more = f"embargo = {day}" if day else ""
        (folder / "dataset.toml").write_text(manifest(identifier, facts["visibility"], more))
        return done

    publish.root = tmp_path / "repository"
    return publish


def test_what_is_due_is_listed_with_its_command_the_longest_overdue_first(repository):
    repository(date(2999, 3, 1))
    repository(date(2999, 2, 1), "Kar2020")
    repository(None, "Kar2021")
    assert due_items(repository.root, date(2999, 1, 31)) == []
    found = due_items(repository.root, date(2999, 3, 1))
    assert [each.identifier for each in found] == ["Kar2020", "Kar2019"]
    assert found[0].manifest == "Kar2020/dataset.toml"
    assert found[0].command.startswith(
        "brainscore-data visibility set public Kar2020 --store file:"
    )


def test_what_is_public_or_was_never_published_is_not_due(repository):
    repository(None, visibility="public")
    repository(date(2999, 1, 1), "Kar2020")
    (repository.root / "Kar2020" / "receipts.json").unlink()
    assert due_items(repository.root, date(2999, 1, 1)) == []


def test_an_embargo_that_is_past_when_it_is_first_published_is_refused(repository):
    with pytest.raises(DataError, match="its embargo ended on 2020-01-01") as refused:
        repository(date(2020, 1, 1))
    assert 'visibility = "public"' in refused.value.hint


def test_once_it_is_published_its_end_is_no_finding(repository):
    repository(date(2999, 1, 1))
    [item] = repository(date(2020, 1, 1)).receipts.items
    assert item.nc.run.status == "unchanged"


def test_receipts_say_the_embargo_and_without_one_nothing_of_it(repository):
    repository(date(2999, 1, 1))
    text = (repository.root / "Kar2019" / "receipts.json").read_text()
    assert '"embargo": "2999-01-01"' in text
    repository(None, "Kar2020")
    assert '"embargo"' not in (repository.root / "Kar2020" / "receipts.json").read_text()
