"""What language's scripts upload under prefixes of their own: into a bundle, and back from S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.brainio.language import load_from_s3
from brainscore_data.plugins.registering import plan_registering
from brainscore_data.plugins.render import render_registrations
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.bundle import bundle_digest
from brainscore_data.records.receipts import load_receipts
from brainscore_data.store.urls import open_store

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from local_s3 import S3Server

    Command = Callable[..., subprocess.CompletedProcess[str]]

IDENTIFIER = "Pereira2018.243sentences-linear"
VALUES = {"ceiling_": 2.5, "ceiling_raw_": [2.0, 3.0], "ceiling_raw_raw_": [[1.0, 2.0], [3.0, 4.0]]}
# As the ceilings of a benchmark are: each the median of the next, without its last dimension.
UPLOADS = """
import xarray as xr
from brainscore_language.utils.s3 import upload_data_assembly
raw_raw = xr.DataArray(
    [[1.0, 2.0], [3.0, 4.0]], dims=["sub_subject", "neuroid"],
    coords={"sub_subject": ["(1, 2)", "(1, 3)"], "neuroid_id": ("neuroid", ["x", "y"]),
            "region": ("neuroid", ["language", "language"])})
raw = raw_raw.median("sub_subject")
raw.attrs["raw"] = raw_raw
ceiling = raw.median("neuroid")
ceiling.attrs["raw"] = raw
for prefix, scores in {"ceiling_": ceiling, "ceiling_raw_": raw, "ceiling_raw_raw_": raw_raw}.items():
    done = upload_data_assembly(
        scores, assembly_identifier="Pereira2018.243sentences-linear", assembly_prefix=prefix)
    print(prefix, done["sha1"], done["VersionId"])
"""


@pytest.fixture
def published(
    command: Command, script: Callable[..., Path], s3_server: S3Server, tmp_path: Path
) -> tuple[Path, str]:
    """Package and publish the three; gives where the receipts are, and the store."""
    done = command("package", "--script", script(UPLOADS), "-o", "bundle", "--yes")
    assert done.returncode == 0, done.stderr
    assert len([line for line in done.stdout.splitlines() if line.endswith(" None")]) == 3
    store = f"s3://{s3_server.new_bucket()}/brainscore-language"
    sent = command(
        *(
            "publish",
            "bundle",
            "--store",
            store,
            "--approve-digest",
            bundle_digest(tmp_path / "bundle"),
        ),
        *("--receipts", "receipts.json"),
        AWS_ENDPOINT_URL=s3_server.endpoint_url,
        **s3_server.environment,
    )
    assert sent.returncode == 0, sent.stderr
    return tmp_path / "receipts.json", store


def test_ceilings_are_published_and_languages_loader_finds_them(
    published: tuple[Path, str],
    s3_server: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import xarray as xr

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    receipts = load_receipts(published[0])
    found = {}
    for item in receipts.items:
        assert item.kind == "assembly"
        pins = item.nc.object
        loaded = load_from_s3(
            item.identifier,
            pins.sha1,
            pins.version_id,
            assembly_prefix=item.prefix,
            cls=xr.DataArray,
            bucket_name=published[1],
        )
        assert loaded.attrs["identifier"] == item.identifier == IDENTIFIER
        found[item.prefix] = loaded.values.tolist()
    assert found == VALUES


def test_what_registers_them_is_a_call_of_the_loader_and_no_registry(
    published: tuple[Path, str], tmp_path: Path
) -> None:
    receipts = load_receipts(published[0])
    shown = render_registrations(receipts)
    compile(shown, "__init__.py", "exec")
    assert "registry[" not in shown
    first = receipts.items[0].files[0].object
    assert (
        f'# load_from_s3("{IDENTIFIER}", sha1="{first.sha1}", version_id="{first.version_id}", '
        f'assembly_prefix="ceiling_", bucket_name="{published[1]}")'
    ) in shown
    plugin = tmp_path / "brainscore_language" / "benchmarks" / "pereira2018"
    plugin.mkdir(parents=True)
    (plugin / "__init__.py").write_text("benchmark_registry = {}\n")
    planned = plan_registering(receipts, plugin, is_earlier=lambda receipt, version: False)
    assert [change.action for change in planned.changes] == ["skip"] * 3
    assert not any(text.changes for text in planned.texts)


def test_a_usual_prefix_is_no_part_of_the_record(bundles: Any, receipts_of: Any) -> None:
    usual = json.loads(
        (bundles.write(bundles.assembly("Kar2019", b"")) / "bundle.json").read_text()
    )
    assert "prefix" not in usual["items"][0]
    assert '"prefix"' not in receipts_of("Kar2019").model_dump_json()


def test_a_prefix_and_an_identifier_that_are_not_the_key_are_refused(
    bundles: Any, tmp_path: Path
) -> None:
    bundle = bundles.write(bundles.assembly("Kar2019", b"content", prefix="ceiling_"))
    store = open_store((tmp_path / "store").as_uri())
    with pytest.raises(DataError, match=r"readers look for ceiling_Kar2019\.nc"):
        publish_bundle(bundle, store, run=Run("majaj", "2026-01-01T00:00:00+00:00"))
