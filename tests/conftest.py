"""Fixtures that several parts share."""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("BRAINSCORE_DATA_SHARED", REPOSITORY.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not on this machine: {folder}")
    return folder


class S3Server(NamedTuple):
    """A local S3 server, and the environment in which boto3 finds credentials for it."""

    endpoint_url: str
    environment: Mapping[str, str]

    def client(self, **options: Any) -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=self.endpoint_url, **options)

    def new_bucket(self, *, versioned: bool = True) -> str:
        name = f"bucket-{uuid.uuid4().hex[:16]}"
        client = self.client()
        client.create_bucket(Bucket=name)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        client.close()
        return name


@pytest.fixture(scope="session")
def _moto_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every request
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_server(_moto_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return S3Server(_moto_server, environment)


class Bundles:
    """Writes bundles without packaging anything: publishing only looks at their bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def assembly(
        self, identifier: str, content: bytes, *, meaning: str | None = None, **facts: Any
    ) -> tuple[Any, dict[str, bytes]]:
        from brainscore_data.packaging.bundle import BundledAssembly

        name = f"assy_{identifier.replace('.', '_')}.nc"
        known = {
            "visibility": "public",
            "assembly_class": "NeuroidAssembly",
            "stimulus_set": None,
            "merges_stimulus_set": True,
        }
        item = BundledAssembly(
            identifier=identifier, nc=self._file(name, content, meaning), **(known | facts)
        )
        return item, {name: content}

    def stimulus_set(
        self,
        identifier: str,
        csv: bytes,
        zipped: bytes,
        *,
        meanings: tuple[str | None, str | None] = (None, None),
        **facts: Any,
    ) -> tuple[Any, dict[str, bytes]]:
        from brainscore_data.packaging.bundle import BundledStimulusSet

        stem = f"stimulus_{identifier.replace('.', '_')}"
        item = BundledStimulusSet(
            identifier=identifier,
            csv=self._file(f"{stem}.csv", csv, meanings[0]),
            zip=self._file(f"{stem}.zip", zipped, meanings[1]),
            **({"visibility": "public"} | facts),
        )
        return item, {f"{stem}.csv": csv, f"{stem}.zip": zipped}

    def write(self, *items: tuple[Any, dict[str, bytes]], **facts: Any) -> Path:
        from brainscore_data.packaging.bundle import Bundle, save_bundle

        folder = self._folder / f"bundle-{next(self._numbers)}"
        folder.mkdir(parents=True)
        for _, files in items:
            for name, content in files.items():
                (folder / name).write_bytes(content)
        known = {
            "dataset": "majajhong2015",
            "license": "CC-BY-4.0",
            "plugin": "brainscore_vision/data/majajhong2015",
            "writers": {"netCDF4": "1.7.2", "brainscore-data": "0.1.0"},
        }
        bundle = Bundle(items=[item for item, _ in items], **(known | facts))
        save_bundle(bundle, folder)
        return folder

    @staticmethod
    def _file(name: str, content: bytes, meaning: str | None) -> Any:
        from brainscore_data.packaging.bundle import BundledFile

        sha256 = hashlib.sha256(content).hexdigest()
        digest = sha256 if meaning is None else hashlib.sha256(meaning.encode()).hexdigest()
        return BundledFile(
            name=name,
            sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            sha256=sha256,
            size=len(content),
            digest=f"cd1:{digest}",
        )


@pytest.fixture
def bundles(tmp_path: Path) -> Bundles:
    return Bundles(tmp_path / "bundles")


@pytest.fixture
def receipts_of() -> Callable[..., Any]:
    """Make up receipts; identifiers that start like a stimulus set's become one."""
    from brainscore_data import receipts

    def make(
        *identifiers: str,
        who: str = "majaj",
        plugin: str | None = "brainscore_vision/data/majajhong2015",
        store: str = "s3://lab/data",
        bucket: str | None = "lab",
        endpoint: str | None = None,
        region: str | None = "us-east-2",
        csv_version: str | None = "v1",
        nc_version: str | None = "v1",
        stimulus_set: str | None = "hvm",
        merges_stimulus_set: bool = True,
    ) -> Any:
        def file(name: str, version_id: str | None) -> receipts.FileReceipt:
            content = name.encode()
            stored = receipts.PublishedObject(
                store=store,
                endpoint=endpoint,
                region=region,
                bucket=bucket,
                key=f"data/{name}",
                version_id=version_id,
                sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                digest=f"cd1:{hashlib.sha256(content).hexdigest()}",
                verified="store checksum",
            )
            run = receipts.RunRecord(
                status="new", who=who, when="2015-09-30T12:00:00+00:00", guard="conditional write"
            )
            return receipts.FileReceipt(object=stored, run=run)

        def item(identifier: str) -> receipts.ItemReceipt:
            if identifier.startswith("hvm"):
                return receipts.StimulusSetReceipt(
                    identifier=identifier,
                    visibility="public",
                    csv=file(f"stimulus_{identifier}.csv", csv_version),
                    zip=file(f"stimulus_{identifier}.zip", "v1"),
                )
            return receipts.AssemblyReceipt(
                identifier=identifier,
                visibility="public",
                assembly_class="NeuroidAssembly",
                stimulus_set=stimulus_set,
                merges_stimulus_set=merges_stimulus_set,
                nc=file(f"assy_{identifier}.nc", nc_version),
            )

        return receipts.Receipts(
            dataset="majajhong2015", plugin=plugin, items=[item(name) for name in identifiers]
        )

    return make
