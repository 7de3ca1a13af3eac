"""What the repository says against what the listed stores hold, and no other store."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from action_in_process import dataset
from github_events import schedule

from brainscore_data.packaging.bundling import package
from brainscore_data.publishing.folders import publish

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from local_s3 import S3Server

_PLUGIN = """\
data_registry['Author2026'] = lambda: brainscore_data.load_assembly(
    'Author2026', store={store!r}, version_id='1', sha1={sha1!r}, cls=NeuroidAssembly)
"""


def _published(program: ActionProgram, store: str, **options: Any) -> bytes:
    """Publish a dataset; gives its receipts."""
    made = Path(tempfile.mkdtemp(dir=program.folder))
    for name, content in dataset("data", "Author2026.public").items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    package(made / "data", made / "bundle")
    publish(made / "bundle", store, receipts=made, **options)
    return (made / "receipts.json").read_bytes()


def _audit(program: ActionProgram, files: dict[str, Any], **inputs: str) -> Ran:
    program.check_out(program.repository.commit(files))
    given = {"command": "audit"} | {name.replace("_", "-"): v for name, v in inputs.items()}
    return program.run("schedule", schedule(program.github, program.repository), given)


@pytest.fixture
def store(action_program: ActionProgram) -> str:
    folder = action_program.folder / "store"
    folder.mkdir()
    return folder.as_uri()


@pytest.fixture
def committed(action_program: ActionProgram, store: str) -> dict[str, Any]:
    receipts = _published(action_program, store)
    return dataset("data/a", "Author2026.public") | {"data/a/receipts.json": receipts}


def test_what_the_store_has_lost_is_found(
    action_program: ActionProgram, committed: dict[str, Any], store: str
) -> None:
    right = _audit(action_program, committed, store=store)
    assert right.exit_code == 0, right.log
    assert "1 of 1 files are right" in right.summary
    for file in (action_program.folder / "store").rglob("*.nc*"):
        if file.is_file():
            file.chmod(0o644)
            file.write_bytes(b"rot")
    wrong = _audit(action_program, {}, store=store)
    assert (wrong.exit_code, wrong.outputs["errors"]) == (1, "1"), wrong.log


def test_what_its_manifest_says_is_private_and_the_store_is_more_open_is_found(
    action_program: ActionProgram, committed: dict[str, Any], store: str
) -> None:
    private = dataset("data/a", "Author2026.public", visibility="private")
    ran = _audit(action_program, committed | private, store=store)
    assert ran.exit_code == 1
    assert "dataset.toml says private, but it is tagged visibility=public" in ran.summary
    assert "may have read it since" in ran.summary


def test_registrations_are_compared_beside_the_receipts(
    action_program: ActionProgram, committed: dict[str, Any], store: str
) -> None:
    plugin = _PLUGIN.format(store=store, sha1="a" * 40)
    files = committed | {"brainscore_vision/data/a/__init__.py": plugin}
    found = _audit(action_program, files, store=store)
    assert (found.exit_code, found.outputs["errors"]) == (1, "1"), found.log
    assert "gone" in found.summary
    assert "1 of 1 files are right" in found.summary


def test_a_store_that_only_a_receipt_names_is_not_asked(
    action_program: ActionProgram, committed: dict[str, Any], store: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    receipts = {"data/b/receipts.json": _published(action_program, other.as_uri())}
    files = committed | dataset("data/b", "Other2026") | receipts
    found = _audit(action_program, files, store=store)
    assert (found.exit_code, found.outputs["warnings"]) == (0, "1"), found.log
    assert "not audited: its store is not listed" in found.summary
    assert "1 of 1 files are right" in found.summary


@pytest.mark.parametrize("endpoint", ["another server", "AWS"])
def test_credentials_go_to_no_server_that_only_a_receipt_names(
    action_program: ActionProgram, s3_server: S3Server, endpoint: str
) -> None:
    """A pull request could bring such a receipt, for a server that keeps what it is told."""
    bucket = s3_server.new_bucket()
    url, there = f"s3://{bucket}/data", s3_server.endpoint_url
    receipts = json.loads(_published(action_program, url, endpoint_url=there))
    files = dataset("data/a", "Author2026.public")
    honest = files | {"data/a/receipts.json": json.dumps(receipts)}
    right = _audit(action_program, honest, store=url, endpoint_url=there)
    assert (right.exit_code, right.outputs["warnings"]) == (0, "0"), right.log

    listed = there if endpoint == "AWS" else "http://127.0.0.1:9"
    if endpoint == "AWS":
        receipts["items"][0]["nc"]["object"]["endpoint"] = None
    forged = files | {"data/a/receipts.json": json.dumps(receipts)}
    found = _audit(action_program, forged, store=url, endpoint_url=listed)
    assert found.exit_code == 2, found.log
    assert "no receipt and no registration is in a store that is listed" in found.summary
    assert url in found.summary


def test_several_stores_have_a_line_each(
    action_program: ActionProgram, committed: dict[str, Any], store: str, tmp_path: Path
) -> None:
    listed = f"{(tmp_path / 'other').as_uri()}\n{store}\n"
    found = _audit(action_program, committed, store=listed)
    assert "1 of 1 files are right" in found.summary


def test_without_a_store_nothing_is_asked(
    action_program: ActionProgram, committed: dict[str, Any]
) -> None:
    refused = _audit(action_program, committed)
    assert refused.exit_code == 2
    assert "only the stores that are listed here are asked" in refused.log


def test_a_misspelt_store_does_not_look_like_one_in_which_all_is_fine(
    action_program: ActionProgram, committed: dict[str, Any], store: str
) -> None:
    plugin = _PLUGIN.format(store=store, sha1="a" * 40)
    files = committed | {"brainscore_vision/data/a/__init__.py": plugin}
    refused = _audit(action_program, files, store=f"{store}s")
    assert refused.exit_code == 2, refused.log
    assert store in refused.log


def test_a_receipt_that_cannot_be_read_hides_no_other(
    action_program: ActionProgram, committed: dict[str, Any], store: str
) -> None:
    files = committed | dataset("data/b", "B") | {"data/b/receipts.json": "{}"}
    found = _audit(action_program, files, store=store)
    assert found.exit_code == 2
    assert "1 of 1 files are right" in found.summary
    assert "data/b/receipts.json" in found.summary


def test_a_repository_without_receipts_and_registrations_is_told_so(
    action_program: ActionProgram, store: str
) -> None:
    refused = _audit(action_program, dataset("data/a", "Author2026.public"), store=store)
    assert refused.exit_code == 2
    assert "brainscore-data register" in refused.log


def test_a_path_in_which_nothing_is_does_not_stay_green(
    action_program: ActionProgram, committed: dict[str, Any], store: str
) -> None:
    plugin = {"plugins/a/__init__.py": _PLUGIN.format(store=store, sha1="0" * 40)}
    files = committed | plugin | {"docs/page.md": "text"}
    refused = _audit(action_program, files, store=store, path="docs")
    assert refused.exit_code == 2, refused.log
    assert "no plugin registers data" in refused.log
    for path in ("data", "plugins"):
        assert _audit(action_program, {}, store=store, path=path).exit_code == 1  # it is gone
